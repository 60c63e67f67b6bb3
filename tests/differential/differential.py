"""The differential test: random (policy set, context, time) triples, answered by promoctl and by the oracle, byte for byte.

    /usr/bin/python3 tests/differential/differential.py --promoctl build/debug/promoctl

Ends with 0 when all answers agree and, from 20000 triples on, every reason code and kind of offer has come up.
On the first disagreement it shrinks the case, prints it, saves it into --keep DIR (replay: DIR/command.sh), and ends with 1.
The same --seed and --triples give the same run, whatever --jobs. --oracle-only prints what the generator covers.
"""

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import contexts
import generate
import oracle
import shrink

ROOT = Path(__file__).resolve().parents[2]
LINES_A_SET, TIMES_A_SET = 16, 3
COVERAGE_FROM = 20000  # triples; shorter runs may miss a rare code by chance
RUN_MAX_S = 60
TIME_ZONES = ("UTC", "Asia/Shanghai", "America/New_York")  # must not matter


@dataclass
class Question:
    line: bytes
    context: dict = None  # None: invalid, to be refused
    pointed: bool = True  # a refusal names the member


@dataclass
class Failure:
    set_number: int
    what: str
    directory: dict  # file name -> bytes
    line: bytes  # the context at fault; all of the input if it cannot be told which one
    at: str
    expected: bytes
    actual: bytes


def make_questions(world):
    rng = world.rng
    lines = [contexts.valid_line(world) for _ in range(LINES_A_SET)]
    questions = [Question(line, json.loads(line)) for line in lines]
    for _ in range(rng.choice((0, 1, 1, 2))):  # about 5 %
        line, pointed = contexts.invalid_line(world)
        questions.insert(rng.randrange(len(questions) + 1), Question(line, None, pointed))
    return questions


def make_input(rng, questions):
    """Blank lines are skipped; the last line may lack its end."""
    blank = b"\n" if generate.chance(rng, 0.2) else b""
    text = b"\n".join(question.line + (blank if generate.chance(rng, 0.2) else b"") for question in questions)
    return text + (b"" if generate.chance(rng, 0.2) else b"\n")


def run_promoctl(promoctl, directory, at, text, through_file=False, zone="UTC"):
    command = [str(promoctl), "evaluate", "--policies", str(directory), "--at", at, "--explain"]
    environment = dict(os.environ, TZ=zone)
    with tempfile.NamedTemporaryFile() as file:
        if through_file:
            file.write(text)
            file.flush()
            command.append(file.name)
        try:
            return subprocess.run(command, input=b"" if through_file else text, capture_output=True, timeout=RUN_MAX_S,
                                  env=environment, check=False)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 124, b"", f"no end within {RUN_MAX_S} s".encode())


def refuses(answer, pointed):
    try:
        problem = json.loads(answer)
    except ValueError:
        return False
    return isinstance(problem, dict) and problem.get("status") == 400 and (not pointed or "pointer" in problem)


def first_difference(questions, expected, run):
    """(what, question number or None for the whole input, actual) or None."""
    if run.returncode not in (0, 1) or not run.stdout:
        return f"exit status {run.returncode} and {len(run.stdout)} bytes of answers", None, run.stderr
    answers = run.stdout.split(b"\n")
    if answers.pop() != b"":
        return "the last answer has no line end", None, run.stdout
    for number, (question, actual) in enumerate(zip(questions, answers)):
        if question.context is None and not refuses(actual, question.pointed):
            return "an invalid context was not refused as it must be", number, actual
        if question.context is not None and actual != expected[number]:
            return "another decision", number, actual
    if len(answers) != len(questions):
        return f"{len(answers)} answers to {len(questions)} contexts", None, run.stderr
    if run.returncode != 0 and all(question.context is not None for question in questions):
        return "exit status 1 though every context is valid", None, run.stderr
    return None


def decide(policies, settings, question, at, counts):
    if question.context is None:
        return b"(a problem object with status 400" + (b" and a pointer)" if question.pointed else b")")
    decision, notes = oracle.evaluate(policies, settings, question.context, oracle.instant(at))
    counts["triples"] += 1
    counts.update("reason " + entry["reason"] for entry in decision["reasons"])
    counts.update("offer " + offer["kind"] for offer in decision["offers"])
    counts.update(notes)
    return oracle.render(decision)


def read_files(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def run_set(job):
    """Counts and a Failure or None, of one policy set."""
    options, number = job
    rng = random.Random(f"{options.seed}/{number}")
    world = generate.World(rng)
    policies, settings = generate.make_set(world)
    counts = Counter(sets=1)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        generate.write_set(rng, policies, settings, directory)
        policies, settings = oracle.load_set(directory)
        questions = make_questions(world)
        counts["refused contexts"] += sum(question.context is None for question in questions) * TIMES_A_SET
        for at in generate.make_times(world, policies, TIMES_A_SET):
            expected = [decide(policies, settings, question, at, counts) for question in questions]
            if options.oracle_only:
                count_conditions(policies, questions, counts)
                continue
            text = make_input(rng, questions)
            run = run_promoctl(options.promoctl, directory, at, text, generate.chance(rng, 0.7), rng.choice(TIME_ZONES))
            difference = first_difference(questions, expected, run)
            if difference:
                what, at_fault, actual = difference
                failure = Failure(number, what, read_files(directory), text, at, b"(an answer to each context)", actual)
                if at_fault is not None:
                    failure.line, failure.expected = questions[at_fault].line, expected[at_fault]
                if what == "another decision":
                    shrink_failure(options.promoctl, policies, settings, questions[at_fault].context, failure)
                return counts, failure
    return counts, None


def count_conditions(policies, questions, counts):
    for condition in (c for policy in policies for c in policy.get("conditions", [])):
        for question in questions:
            if question.context is not None:
                refusal = oracle.condition_refusal(condition, question.context)
                counts[f"condition {condition['op']} {refusal or 'holds'}"] += 1


def shrink_failure(promoctl, policies, settings, context, failure):
    """Replaces the case by a smaller one with the same kind of answer, when there is one."""
    def disagreement(policies, settings, context):
        with tempfile.TemporaryDirectory() as folder:
            files = shrink.plain_files(policies, settings)
            for name, content in files.items():
                (Path(folder) / name).write_bytes(content)
            line = json.dumps(context, ensure_ascii=False).encode()
            actual = run_promoctl(promoctl, folder, failure.at, line + b"\n").stdout.rstrip(b"\n")
            decision, _ = oracle.evaluate(policies, settings, context, oracle.instant(failure.at))
            expected = oracle.render(decision)
            if actual == expected or (b'"reasons":' in actual) != (b'"reasons":' in failure.actual):
                return None
            return files, line, expected, actual

    smallest = shrink.smallest(policies, settings, context, disagreement)
    if smallest:
        failure.directory, failure.line, failure.expected, failure.actual = smallest


def report(options, failure):
    show = {"time": failure.at.encode(), "context": failure.line, "expected": failure.expected, "actual": failure.actual}
    print(f"DISAGREEMENT: {failure.what} (seed {options.seed}, set {failure.set_number})")
    for name, text in show.items():
        print(f"  {name}: {text.decode(errors='backslashreplace')}")
    if options.keep is None:
        print("  set (--keep DIR saves it):")
        for name, content in sorted(failure.directory.items()):
            print(f"    {name}: {content.decode(errors='backslashreplace')}")
        return
    policies = options.keep / "policies"
    policies.mkdir(parents=True, exist_ok=True)
    for old in policies.iterdir():
        if old.is_file():
            old.unlink()
    for name, content in failure.directory.items():
        (policies / name).write_bytes(content)
    for name in ("context", "expected", "actual"):
        (options.keep / f"{name}.json").write_bytes(show[name] + b"\n")
    (options.keep / "command.sh").write_text(
        f'cd "$(dirname "$0")" && {options.promoctl} evaluate --policies policies --at {failure.at} --explain context.json\n')
    print(f"  kept in {options.keep}")


def coverage(counts):
    """Prints the counts; the codes and kinds that never came up."""
    wanted = ["reason " + reason for reason in oracle.REASONS] + ["offer " + kind for kind in oracle.KINDS]
    for name in wanted + sorted(counts.keys() - set(wanted)):
        print(f"{counts[name]:9}  {name}")
    return [name for name in wanted if counts[name] == 0]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--promoctl", type=lambda path: Path(path).resolve(), default=ROOT / "build/debug/promoctl")
    parser.add_argument("--triples", type=int, default=20000)
    parser.add_argument("--seed", default=None, help="any text; random by default")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, default=None, metavar="DIR", help="where a failing case is saved")
    parser.add_argument("--oracle-only", action="store_true", help="no promoctl: print what the generator covers")
    options = parser.parse_args()
    options.seed = options.seed or str(random.SystemRandom().randrange(2**32))
    return options


def main():
    options = parse_options()
    print(f"seed {options.seed}", flush=True)
    if not options.oracle_only and not os.access(options.promoctl, os.X_OK):
        sys.exit(f"no program {options.promoctl}")
    sets = -(-options.triples // (LINES_A_SET * TIMES_A_SET))
    counts = Counter()
    with multiprocessing.Pool(options.jobs) as pool:
        for set_counts, failure in pool.imap(run_set, ((options, number) for number in range(sets))):
            counts.update(set_counts)
            if failure:
                report(options, failure)
                sys.exit(1)
    missing = coverage(counts)
    if missing and counts["triples"] >= COVERAGE_FROM:
        sys.exit("the generator has rotted, these never came up: " + ", ".join(missing))


if __name__ == "__main__":
    main()
