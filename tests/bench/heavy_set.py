#!/usr/bin/python3
"""A legal policy set that is expensive to evaluate: the incident's 14 policies, and growth nobody looked after.

  heavy_set.py --out FOLDER --policies 4000             the set with so many policies for all users
  heavy_set.py --out FOLDER --evaluate-us 1000          with as many as make one evaluate() cost so much, by measuring

Each grown policy is for all users and has the most conditions that the contract allows. All of them hold but the last,
which names users that there are none of: the evaluation learns late that it gives nothing. GIVING of them do hold, so
that decisions differ from those of the incident's set and can be checked against promoctl's.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
INCIDENT = REPOSITORY / "deploy/demo/policies"
GIVING = 4
CONDITIONS_MAX = 16         # the contract's limit
CANDIDATES_DEFAULT = 20000  # limits.max_candidates
START_COUNT = 2000
COUNT_MAX = 90000           # bench_evaluate compiles no set with more candidates than 100 000
ROUNDS = 3                  # of scaling: memory gets slower as a set outgrows a cache
LOOKS = 3  # at each count
NEAR = 0.03


def conditions(number, holds):
    """Fifteen that hold for every request with a city, then the one that decides."""
    towns = [f"town-{number}-{i}" for i in range(8)]
    true = [{"attr": "amount", "op": "gte", "value": 1}, {"attr": "delivery_fee", "op": "lte", "value": 100000},
            {"attr": "city", "op": "not_in", "value": towns}, {"attr": "user_id", "op": "ne", "value": "nobody"},
            {"attr": "interface", "op": "not_in", "value": ["kiosk", "print"]}]
    last = {"attr": "user_id", "op": "not_in" if holds else "in", "value": [f"staff-{number}-{i}" for i in range(8)]}
    return (true * CONDITIONS_MAX)[:CONDITIONS_MAX - 1] + [last]


def grown(number, count):
    holds = number % (count // GIVING) == 0
    tier = {"reach": 2000, "off": 100 + number % 50}
    return {"id": f"growth-{number:05d}", "scope": {"type": "all"}, "conditions": conditions(number, holds),
            "offer": {"coupon": f"C-{number}", "kind": "amount_off", "tiers": [tier]},
            "group": "growth", "priority": number % 100}


def documents(count):
    """{file's name: document}, settings included. `count` is 0, for the incident's set alone, or at least GIVING."""
    found = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in sorted(INCIDENT.glob("*.json"))}
    return found | {f"growth-{number:05d}.json": grown(number, count) for number in range(1, count + 1)}


def limits(count):
    """The settings that let a gateway take the set."""
    return {} if count + 14 <= CANDIDATES_DEFAULT else {"max_candidates": count + 14}


def write(folder, count):
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents(count).items():
        (folder / name).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def measure_us(build, count, contexts_file, at):
    """Microseconds of one evaluate() in this process's neighbour: the median of bench_evaluate's rounds."""
    with tempfile.TemporaryDirectory(prefix="promogate-heavy-") as name:
        write(pathlib.Path(name), count)
        command = [f"{build}/bench_evaluate", "--policies", name, "--requests", str(contexts_file), "--at", at,
                   "--rounds", "5", "--json"]
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)["evaluate_ns"] / 1e3


def quiet_us(build, count, contexts_file, at):
    """The least of some: a neighbour's build makes a set look heavier than it is, never lighter."""
    return min(measure_us(build, count, contexts_file, at) for _ in range(LOOKS))


def calibrate(build, evaluate_us, contexts_file, at):
    """(policies, microseconds measured): the count is scaled until it is NEAR, ROUNDS times at most."""
    count = START_COUNT
    for _ in range(ROUNDS):
        measured_us = quiet_us(build, count, contexts_file, at)
        if abs(measured_us / evaluate_us - 1) <= NEAR:
            break
        count = min(COUNT_MAX, max(GIVING, round(count * evaluate_us / measured_us)))
    else:
        measured_us = quiet_us(build, count, contexts_file, at)
    return count, measured_us


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--policies", type=int)
    size.add_argument("--evaluate-us", type=float)
    parser.add_argument("--build", default=str(REPOSITORY / "build/release"))
    parser.add_argument("--contexts", default=str(REPOSITORY / "deploy/demo/requests.jsonl"))
    options = parser.parse_args()
    count = options.policies
    if options.evaluate_us:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        count, measured_us = calibrate(options.build, options.evaluate_us, options.contexts, at)
        print(f"{count} policies: {measured_us:.0f} us a evaluate()")
    if not GIVING <= count <= COUNT_MAX:
        sys.exit(f"heavy_set.py: --policies takes {GIVING} to {COUNT_MAX}")
    write(options.out, count)
    needed = limits(count)
    print(f"{count + 14} policies in {options.out}" + (f"; needs limits = {needed}" if needed else ""))


if __name__ == "__main__":
    main()
