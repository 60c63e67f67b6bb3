"""promoctl as operators and scripts see it: arguments in, lines and exit status out (contract, section 5)."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMOCTL = ROOT / os.environ.get("PROMOGATE_BUILD_DIR", "build/debug") / "promoctl"

LINE_BYTES_MAX = 4 * 1024 * 1024
CONTEXT = '{"user_id":"u1","aoi":"A1","amount":6200}'
NOTHING = '{"release":0,"interface":"checkout","degraded":false,"offers":[],"discount":0,"delivery_discount":0,' \
          '"exposures":[]}'


def policy(**members):
    return {"id": "a", "scope": {"type": "all"}, "offer": {"coupon": "C", "kind": "coupon"}, **members}


def promoctl(*arguments, stdin="", **options):
    return subprocess.run([PROMOCTL, *map(str, arguments)], input=stdin, capture_output=True, encoding="utf-8",
                          timeout=60, **options)


@pytest.fixture
def policies(tmp_path):
    """A folder to write documents to: policies(name=object or text, ...)."""
    folder = tmp_path / "policies"
    folder.mkdir()

    def write(**documents):
        for name, document in documents.items():
            text = document if isinstance(document, str) else json.dumps(document)
            (folder / f"{name}.json").write_text(text, encoding="utf-8")
        return folder

    return write


# check

def test_check_tells_the_facts_of_a_good_set_on_one_line(policies):
    folder = policies(a=policy(), b=policy(id="b", scope={"type": "aoi", "aois": ["A1", "A2"]}))
    done = promoctl("check", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ok: release ")
    assert done.stdout.endswith(", 2 policies, 2 AOIs, 2 pairs, at most 2 candidates\n")


def test_check_tells_every_problem_on_a_line_of_its_own(policies):
    done = promoctl("check", policies(a=policy(priority=1.5, color="red"), b=policy(), c="{"))
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert [line.split(": ")[:2] for line in sorted(lines)] == [
        ["a.json", "/color"], ["a.json", "/priority"], ["b.json", "/id"], ["c.json", "(document)"]]


def test_check_stays_on_one_line_whatever_a_file_is_called(policies):
    folder = policies()
    (folder / "a\nb\x1b.json").write_text("{")
    done = promoctl("check", folder)
    assert done.returncode == 1
    assert done.stdout.startswith("a\\x0ab\\x1b.json: (document): ")
    assert done.stdout.count("\n") == 1


def test_check_json_holds_problems_or_facts(policies):
    folder = policies(a=policy())
    good = json.loads(promoctl("check", "--json", folder).stdout)
    assert good["problems"] == [] and good["facts"]["policies"] == 1
    policies(a="[]")
    done = promoctl("check", folder, "--json")
    bad = json.loads(done.stdout)
    assert done.returncode == 1
    assert bad["facts"] is None
    assert [problem["file"] for problem in bad["problems"]] == ["a.json"] and bad["problem_count"] == 1


def test_check_refuses_a_directory_that_cannot_be_read(tmp_path):
    done = promoctl("check", tmp_path / "none")
    assert done.returncode == 1
    assert done.stdout == f"{tmp_path}/none: (document): cannot be read: No such file or directory\n"


def test_check_holds_the_worst_case_against_max_candidates(policies):
    folder = policies(a=policy(), b=policy(id="b"))
    assert promoctl("check", "--max-candidates", 2, folder).returncode == 0
    assert promoctl("check", "--max-candidates", 1, folder).returncode == 1


def test_check_passes_over_what_is_no_document(policies):
    folder = policies(a=policy())
    (folder / ".b.json").write_text("{")
    (folder / "README").write_text("{")
    (folder / "c.json").mkdir()
    os.mkfifo(folder / "d.json")
    assert promoctl("check", folder).returncode == 0


# evaluate

def test_evaluate_answers_each_line_in_order_and_skips_blank_ones(policies):
    folder = policies(a=policy(interfaces=["cart"]))
    done = promoctl("evaluate", "--policies", folder,
                    stdin=f'\n \t\r\n{CONTEXT}\r\nnonsense\n{{"user_id":"u1","aoi":"A1","amount":1,"interface":"cart"}}')
    assert (done.returncode, done.stderr) == (0, "")
    first, second, third = done.stdout.splitlines()
    assert first == NOTHING
    assert json.loads(second)["status"] == 400
    assert json.loads(third)["offers"] == [
        {"policy": "a", "coupon": "C", "kind": "coupon", "variant": None, "discount": 0}]


def test_evaluate_reads_a_file_or_a_dash_like_stdin(policies, tmp_path):
    (tmp_path / "contexts").write_text(CONTEXT)
    arguments = ["evaluate", "--policies", policies()]
    assert promoctl(*arguments, tmp_path / "contexts").stdout == NOTHING + "\n"
    assert promoctl(*arguments, "-", stdin=CONTEXT).stdout == NOTHING + "\n"


def test_evaluate_decides_at_the_time_that_it_is_given(policies):
    folder = policies(a=policy(schedule={"from": "2026-02-12T20:00:00+08:00"}))

    def offers(at):
        return len(json.loads(promoctl("evaluate", "--policies", folder, "--at", at, stdin=CONTEXT).stdout)["offers"])

    assert offers("2026-02-12T11:59:59Z") == 0
    assert offers("2026-02-12T12:00:00Z") == 1


def test_evaluate_explains_every_policy_by_id(policies):
    folder = policies(b=policy(id="b", state="paused"), a=policy(id="z"), c=policy(id="c", interfaces=["cart"]))
    answer = json.loads(promoctl("evaluate", "--explain", "--policies", folder, stdin=CONTEXT).stdout)
    assert answer["reasons"] == [{"policy": "b", "reason": "paused"}, {"policy": "c", "reason": "interface_miss"},
                                 {"policy": "z", "reason": "offered"}]
    assert list(answer)[-1] == "reasons"


def test_evaluate_answers_before_it_waits_for_more(policies):
    with subprocess.Popen([PROMOCTL, "evaluate", "--policies", policies()], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, encoding="utf-8") as process:
        for _ in range(3):
            process.stdin.write(CONTEXT + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == NOTHING + "\n"
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_evaluate_refuses_only_the_line_that_is_too_long(policies):
    at_the_ceiling = CONTEXT + " " * (LINE_BYTES_MAX - len(CONTEXT))
    done = promoctl("evaluate", "--policies", policies(), stdin=f"{at_the_ceiling}\n{at_the_ceiling} \n{CONTEXT}\n")
    first, second, third = done.stdout.splitlines()
    assert (first, third) == (NOTHING, NOTHING)
    assert json.loads(second)["detail"] == "the line is longer than 4194304 bytes"
    assert done.returncode == 0


def test_evaluate_with_a_bad_set_tells_its_problems_and_decides_nothing(policies):
    done = promoctl("evaluate", "--policies", policies(a="["), stdin=CONTEXT)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("a.json: (document): ")


@pytest.mark.parametrize("file", ["/nonexistent", "/"])
def test_evaluate_fails_on_a_file_that_cannot_be_read(policies, file):
    done = promoctl("evaluate", "--policies", policies(), file)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"promoctl evaluate: {file}: ")


# all commands

@pytest.mark.parametrize("arguments", [["check", "{set}"], ["check", "--json", "{set}"], ["--help"], ["--version"],
                                       ["evaluate", "--help"], ["evaluate", "--policies", "{set}"]])
def test_output_that_cannot_be_written_is_a_failure(policies, arguments):
    folder = policies()
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([PROMOCTL, *(part.format(set=folder) for part in arguments)], input=CONTEXT,
                              stdout=full, stderr=subprocess.PIPE, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 1
    assert "cannot write the output: No space left on device" in done.stderr


def test_a_reader_that_goes_away_is_a_failure_and_no_signal(policies):
    with subprocess.Popen([PROMOCTL, "evaluate", "--policies", policies()], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        process.stdin.write(f"{CONTEXT}\n".encode())
        process.stdin.close()
        assert process.wait(timeout=60) == 1
        assert b"Broken pipe" in process.stderr.read()


@pytest.mark.parametrize("arguments", [
    [], ["publish"], ["--bad"], ["check"], ["check", "a", "b"], ["check", "--bad", "a"], ["check", "--max-candidates"],
    ["check", "--max-candidates", "0", "a"], ["check", "--max-candidates", "-1", "a"],
    ["check", "--max-candidates", "1x", "a"], ["check", "--max-candidates", "4294967296", "a"],
    ["evaluate"], ["evaluate", "a"], ["evaluate", "--policies"], ["evaluate", "--policies", "a", "b", "c"],
    ["evaluate", "--policies", "a", "--at", "yesterday"], ["evaluate", "--policies", "a", "--at", "2026-02-30T00:00:00Z"]])
def test_wrong_usage_is_told_on_stderr_with_status_2(arguments):
    done = promoctl(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: promoctl" in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["evaluate", "--help"], ["evaluate", "-h"]])
def test_help_is_no_failure(arguments):
    done = promoctl(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: promoctl ")


def test_version_names_the_program():
    assert promoctl("--version").stdout.startswith("promoctl ")
