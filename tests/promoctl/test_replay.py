"""promoctl replay: a decision log is answered again; what differs, what is degraded, torn or unreadable is told."""

import array
import fcntl
import json
import pathlib
import subprocess
import sys
import termios

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import decision_log
import sanitizers
import wire
from decision_log import ID, PROMOCTL, RELEASE, ROOT
from gateway import Gateway
from policies import POLICIES, SETTINGS

LINE_BYTES_MAX = 4 * 1024 * 1024
DEMO = ROOT / "deploy/demo"
DEMO_CONTEXTS = (DEMO / "requests.jsonl").read_text("utf-8").splitlines()
CONTEXT = {"user_id": "u1", "aoi": "310115-0001", "amount": 6200, "delivery_fee": 500, "interface": "checkout"}


def replay(*arguments, stdin=""):
    """The finished process."""
    reports = sanitizers.Reports()
    done = subprocess.run([PROMOCTL, "replay", *map(str, arguments)], input=stdin, capture_output=True,
                          encoding="utf-8", timeout=60, env=reports.environment())
    assert reports.text() == ""
    return done


def write_set(folder, policies=POLICIES, settings=SETTINGS):
    folder.mkdir()
    for name, document in {**policies, "settings.json": settings}.items():
        (folder / name).write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return folder


@pytest.fixture(name="policies")
def fixture_policies(tmp_path):
    return write_set(tmp_path / "policies")


@pytest.fixture(name="log")
def fixture_log(tmp_path):
    """Writes lines to a file: log(line, ...), each with its newline."""

    def write(*lines, name="decisions.log"):
        (tmp_path / name).write_text("".join(line + "\n" for line in lines), "utf-8")
        return tmp_path / name

    return write


def report(*arguments, status, stdin=""):
    done = replay("--json", *arguments, stdin=stdin)
    assert (done.returncode, done.stderr) == (status, ""), done.stdout
    return wire.strict_json(done.stdout)


def counts(found):
    return [found["same"], found["different"], sum(found["degraded"].values()), found["unreadable"], found["torn"]]


def changed(**members):
    """The set with its offer of 800 from 5000 on changed."""
    return {**POLICIES, "amount-off.json": {**POLICIES["amount-off.json"], **members}}


# the same set

def test_the_set_that_answered_answers_the_same(log):
    lines = decision_log.of(DEMO / "policies", DEMO_CONTEXTS)
    done = replay("--policies", DEMO / "policies", log(*lines))
    assert done.returncode == 0
    assert done.stdout.startswith(f"{len(lines)} lines: {len(lines)} same, 0 different, 0 degraded, 0 unreadable, 0 torn\n")
    assert "\ndifferent: " not in done.stdout


def test_what_a_gateway_answered_is_answered_the_same(log, tmp_path):
    contexts = [CONTEXT, {**CONTEXT, "aoi": ["310115-0001", "B1"], "request_id": 'r"\\1'},
                {**CONTEXT, "interface": "browse", "attributes": {"tier": "gold", "ids": ["a", "é"], "n": 1, "b": True}},
                {**CONTEXT, "aoi": "商场-é", "amount": 4999, "delivery_fee": 0}]
    kept = tmp_path / "kept.jsonl"
    with Gateway(decision_log={"file": str(kept)}) as gateway:
        for context in contexts:
            gateway.post(context)
        gateway.batch({"requests": contexts})
        gateway.post({**CONTEXT, "interface": "switched"})
        gateway.get(user_id="u1", aoi="310115-0001", amount=6200, tier="gold")
    found = report("--policies", write_set(tmp_path / "set"), kept, status=0)
    assert counts(found) == [9, 0, 1, 0, 0]
    assert found["releases"] == [{"release": found["release"], "lines": 9}]
    assert found["before"] == found["now"]
    assert found["before"]["discount"] > 0 and found["before"]["delivery_discount"] > 0


def test_the_number_of_the_set_is_that_which_check_tells(policies, log):
    found = report("--policies", policies, log(), status=0)
    check = subprocess.run([PROMOCTL, "check", "--json", policies], capture_output=True, encoding="utf-8", timeout=60)
    assert found["release"] == json.loads(check.stdout)["facts"]["release"]
    assert (found["lines"], found["releases"]) == (0, [])


def test_an_answer_under_another_id_and_release_is_the_same(policies, log):
    answer = decision_log.answers(policies, [CONTEXT])[0]
    lines = [decision_log.line(CONTEXT, decision_log.signed(answer, release, decision_id))
             for release, decision_id in ((1, "0" * 26), (2**53 - 1, "7" + "Z" * 25), (1, ID))]
    found = report("--policies", policies, log(*lines), status=0)
    assert found["releases"] == [{"release": 1, "lines": 2}, {"release": 2**53 - 1, "lines": 1}]


# another set

def test_a_changed_policy_is_told_with_what_it_costs(log, policies, tmp_path):
    lines = decision_log.of(policies, [CONTEXT, {**CONTEXT, "amount": 4000}, {**CONTEXT, "user_id": "u2"}])
    cheaper = write_set(tmp_path / "cheaper", changed(
        offer={"coupon": "C-300", "kind": "amount_off", "tiers": [{"reach": 5000, "off": 300}]}))
    found = report("--policies", cheaper, log(*lines), status=1)
    assert counts(found) == [1, 2, 0, 0, 0]
    # of 6200: 800 and a tenth of what remains, then 300 and a tenth; of 4000 a tenth
    assert found["before"] == {"discount": 2 * (800 + 540) + 400, "delivery_discount": 3 * 400}
    assert found["now"] == {"discount": 2 * (300 + 590) + 400, "delivery_discount": 3 * 400}
    first = found["differences"][0]
    assert [(first["file"], first["line"]), (first["decision_id"], first["release"])] == [
        (str(tmp_path / "decisions.log"), 1), (ID, RELEASE)]
    assert [[offer["discount"] for offer in first[side]["offers"]] for side in ("before", "now")] == [
        [800, 540, 400], [300, 590, 400]]
    assert first["before"]["exposures"] == first["now"]["exposures"] == [
        {"policy": "ab", "variant": "b10", "offered": True}]
    assert [difference["line"] for difference in found["differences"]] == [1, 3]


def test_in_text_a_difference_is_what_went_and_what_came(log, policies, tmp_path):
    without = {name: policy for name, policy in POLICIES.items() if name != "ab.json"}
    place = log(*decision_log.of(policies, [CONTEXT]))
    done = replay("--policies", write_set(tmp_path / "without", without), place)
    assert done.returncode == 1
    head, _, tail = done.stdout.partition("different: ")
    assert head.splitlines()[-3:] == [f"release {RELEASE} answered 1 lines", "discount: 1340 fen before, 800 now (-540)",
                                      "delivery_discount: 400 fen before, 400 now (+0)"]
    assert tail.splitlines() == [
        f"{place}:1: {ID}: discount 1340 -> 800",
        '    - offer {"policy":"ab","coupon":"C-10","kind":"percent_off","variant":"b10","discount":540}',
        '    - exposure {"policy":"ab","variant":"b10","offered":true}']


@pytest.mark.parametrize("members", [
    {"offer": {"coupon": "C-301", "kind": "amount_off", "tiers": [{"reach": 5000, "off": 800}]}},
    {"offer": {"coupon": "C-300", "kind": "percent_off", "bp": 10000, "cap": 800}}, {"priority": 1}, {"state": "paused"},
    {"id": "amount-off-2"}, {"interfaces": ["cart"]}, {"rollout": {"salt": "r", "share": 0}}])
def test_whatever_of_an_answer_changes_is_a_difference(log, policies, tmp_path, members):
    other = write_set(tmp_path / "other", changed(**members))
    assert counts(report("--policies", other, log(*decision_log.of(policies, [CONTEXT])), status=1)) == [0, 1, 0, 0, 0]


def test_what_no_answer_shows_is_no_difference(log, policies, tmp_path):
    other = write_set(tmp_path / "other", changed(name="renamed", priority=101, conditions=[
        {"attr": "amount", "op": "gte", "value": 1}]))
    found = report("--policies", other, log(*decision_log.of(policies, [CONTEXT])), status=0)
    assert counts(found) == [1, 0, 0, 0, 0]


def test_a_log_that_was_edited_differs_where_it_was(log, policies):
    answer = decision_log.signed(decision_log.answers(policies, [CONTEXT])[0])
    lines = [decision_log.line({**CONTEXT, "request_id": "r1"}, answer), decision_log.line(CONTEXT, answer.replace(":", ": ")),
             decision_log.line({**CONTEXT, "interface": "cart"}, answer)]
    done = replay("--policies", policies, log(*lines))
    assert done.returncode == 1
    assert done.stdout.startswith("3 lines: 0 same, 3 different, ")
    assert done.stdout.count("the same offers, discounts and exposures; they part at byte ") == 2


def test_the_first_differences_are_told(log, policies, tmp_path):
    place = log(*decision_log.of(policies, [CONTEXT] * 15))
    other = write_set(tmp_path / "other", changed(state="paused"))
    for arguments, told in (((), 10), (("--differences", 0), 0), (("--differences", 3), 3), (("--differences", 99), 15)):
        found = report("--policies", other, *arguments, place, status=1)
        assert found["different"] == 15
        assert [difference["line"] for difference in found["differences"]] == list(range(1, told + 1))
    assert "\n12 more are different\n" in replay("--policies", other, "--differences", 3, place).stdout


# time

@pytest.mark.parametrize("time, offers", [("2026-02-12T11:59:59.999Z", 0), ("2026-02-12T12:00:00.000Z", 1),
                                          ("2026-02-12T12:59:59.999Z", 1), ("2026-02-12T13:00:00.000Z", 0)])
@pytest.mark.parametrize("schedule", [
    {"from": "2026-02-12T12:00:00Z", "to": "2026-02-12T13:00:00Z"},
    {"utc_offset": "+08:00", "windows": [{"days": [4], "from": "20:00", "to": "21:00"}]}])
def test_a_line_is_answered_at_the_second_of_its_time(log, tmp_path, schedule, time, offers):
    folder = write_set(tmp_path / "set", {"a.json": {
        "id": "a", "scope": {"type": "all"}, "schedule": schedule, "offer": {"coupon": "C", "kind": "coupon"}}})
    lines = decision_log.of(folder, [CONTEXT], time)
    assert lines[0].count('"policy":"a"') == offers
    assert counts(report("--policies", folder, log(*lines), status=0)) == [1, 0, 0, 0, 0]
    other_side = decision_log.of(folder, [CONTEXT], "2026-02-12T12:30:00.000Z" if offers == 0 else "2026-02-12T11:00:00.000Z")
    wrong = other_side[0].replace("12:30:00.000Z" if offers == 0 else "11:00:00.000Z", time[11:])
    assert counts(report("--policies", folder, log(wrong), status=1)) == [0, 1, 0, 0, 0]


# degraded, torn, unreadable

def test_degraded_lines_are_counted_by_cause_and_not_compared(log, policies):
    lines = [decision_log.degraded(CONTEXT, cause) for cause in decision_log.CAUSES + ("switch",)]
    found = report("--policies", policies, log(*lines, *decision_log.of(policies, [CONTEXT])), status=0)
    assert counts(found) == [1, 0, 6, 0, 0]
    assert found["degraded"] == {"switch": 2, "saturated": 1, "no_snapshot": 1, "rate_limited": 1, "budget": 1}
    assert found["before"]["discount"] == 1340
    assert found["releases"] == [{"release": RELEASE, "lines": 1}]
    assert "6 degraded (2 switch, 1 rate_limited, 1 no_snapshot, 1 budget, 1 saturated)" in replay(
        "--policies", policies, log(*lines)).stdout


def test_a_torn_last_line_is_told_and_no_failure(log, policies):
    line = decision_log.of(policies, [CONTEXT])[0]
    place = log(line)
    for length in (1, len(line) // 2, len(line) - 1):
        place.write_text(line + "\n" + line[:length], "utf-8")
        done = replay("--policies", policies, place)
        assert done.returncode == 0
        assert done.stdout.startswith("2 lines: 1 same, 0 different, 0 degraded, 0 unreadable, 1 torn\n")
        assert f"\ntorn: {place}:2: the JSON " in done.stdout


def test_a_last_line_that_only_lacks_its_newline_is_answered(log, policies):
    place = log()
    place.write_text(decision_log.of(policies, [CONTEXT])[0], "utf-8")
    assert counts(report("--policies", policies, place, status=0)) == [1, 0, 0, 0, 0]


def test_a_line_torn_in_the_middle_of_a_log_is_unreadable(log, policies):
    line = decision_log.of(policies, [CONTEXT])[0]
    found = report("--policies", policies, log(line[:40], line), status=1)
    assert counts(found) == [1, 0, 0, 1, 0]
    assert found["problems"] == [{"file": str(log(line)), "line": 1, "torn": False, "pointer": "",
                                  "reason": "the JSON ends within a string"}]


def test_the_end_of_each_log_may_be_torn(log, policies):
    line = decision_log.of(policies, [CONTEXT])[0]
    older, newer = log(name="log.1"), log(name="log")
    for place in (older, newer):
        place.write_text(f"{line}\n{line[:50]}", "utf-8")
    found = report("--policies", policies, older, newer, status=0)
    assert counts(found) == [2, 0, 0, 0, 2]
    assert [(problem["file"], problem["line"], problem["torn"]) for problem in found["problems"]] == [
        (str(older), 2, True), (str(newer), 2, True)]


def bad_lines():
    decision = decision_log.signed(
        '{"release":0,"interface":"checkout","degraded":false,"offers":[],"discount":0,"delivery_discount":0,"exposures":[]}')
    good = decision_log.line(CONTEXT, decision)
    return [
        ("nonsense", "", "the JSON has an unknown word"),
        (good + "x", "", "the JSON has something behind its end"),
        (good.replace("u1", "\\ud800"), "", "the JSON has a bad escape in a string"),
        ("[]", "", "is not an object"),
        ("{}", "/ts", "is missing"),
        (good[:-1] + ',"node":"n1"}', "/node", "is a member too many"),
        (good.replace('"context"', '"request"'), "/request", "stands where context belongs"),
        (good.replace(".000Z", "Z"), "/ts", "is no time like 2026-02-12T12:00:00.123Z"),
        (good.replace("02-12", "02-30"), "/ts", "is no time like 2026-02-12T12:00:00.123Z"),
        (good.replace('"amount":6200', '"amount":-1'), "/context/amount", "is not between 0 and 1000000000000"),
        (good.replace('"user_id":"u1",', ""), "/context/user_id", "is missing"),
        (good.replace('"user_id"', '"user\\n"'), "/context/user\n", "is not a member of a request"),
        (decision_log.line(CONTEXT, decision[:-1] + ',"reasons":[]}'), "/decision/reasons", "is a member too many"),
        (decision_log.line(CONTEXT, decision.replace(ID, "x")), "/decision/decision_id", "is not a ULID"),
        (decision_log.degraded(CONTEXT, "whim"), "/decision/cause", "is no cause that is known here"),
    ]


@pytest.mark.parametrize("line, pointer, reason", bad_lines(), ids=range(len(bad_lines())))
def test_an_unreadable_line_is_told_with_its_place_and_the_others_are_answered(log, policies, line, pointer, reason):
    good = decision_log.of(policies, [CONTEXT])[0]
    place = log(good, "", line, good)
    found = report("--policies", policies, place, status=1)
    assert counts(found) == [2, 0, 0, 1, 0]
    assert found["problems"] == [
        {"file": str(place), "line": 3, "torn": False, "pointer": pointer, "reason": reason}]
    shown = f"{pointer}: {reason}".replace("\n", "\\x0a") if pointer else reason
    assert f"\nunreadable: {place}:3: {shown}\n" in replay("--policies", policies, place).stdout


def test_a_line_may_have_4_mib_and_no_byte_more(log, policies):
    good = decision_log.of(policies, [CONTEXT])[0]
    longest = good + " " * (LINE_BYTES_MAX - len(good.encode()))
    place = log(longest, longest + " ", good)
    found = report("--policies", policies, place, status=1)
    assert counts(found) == [2, 0, 0, 1, 0]
    assert found["problems"] == [
        {"file": str(place), "line": 2, "torn": False, "pointer": "", "reason": "is longer than 4194304 bytes"}]


def test_bytes_that_are_no_utf_8_make_a_line_unreadable(log, policies):
    place = log(*decision_log.of(policies, [CONTEXT]))
    place.write_bytes(place.read_bytes().replace(b"u1", b"u\xff"))
    found = report("--policies", policies, place, status=1)
    assert found["problems"][0]["reason"] == "the JSON is not valid UTF-8"


# logs

def test_logs_are_read_in_the_order_given_and_a_dash_is_stdin(log, policies, tmp_path):
    line = decision_log.of(policies, [CONTEXT])[0]
    other = write_set(tmp_path / "other", changed(state="paused"))
    found = report("--policies", other, log(line, line, name="log.1"), "-", log(line, name="log"), status=1, stdin=line)
    assert [(pathlib.Path(difference["file"]).name, difference["line"]) for difference in found["differences"]] == [
        ("log.1", 1), ("log.1", 2), ("stdin", 1), ("log", 1)]


def test_a_log_that_cannot_be_read_is_a_failure(log, policies):
    for missing in ("/nonexistent", "/"):
        done = replay("--policies", policies, log(), missing)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"promoctl replay: {missing}: ")


def test_with_a_bad_set_nothing_is_answered(log, policies):
    (policies / "bad.json").write_text("[", "utf-8")
    done = replay("--policies", policies, log())
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("bad.json: (document): ")


def bytes_waiting(pipe):
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def peak_memory_kib(lines, policies):
    """The most that it ever held, once it has read them all."""
    with subprocess.Popen([PROMOCTL, "replay", "--json", "--policies", policies, "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        for chunk in lines:
            process.stdin.write(chunk)
        process.stdin.flush()
        wire.wait_until(lambda: bytes_waiting(process.stdin) == 0, 30, what="all read")
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text("ascii")
        process.stdin.close()
        found = wire.strict_json(process.stdout.read())
    return int(status.split("VmHWM:")[1].split()[0]), found


def test_a_long_log_takes_no_more_memory_than_a_short_one():
    lines = decision_log.of(DEMO / "policies", DEMO_CONTEXTS)
    chunk = "".join(line + "\n" for line in lines).encode()
    short_kib, short = peak_memory_kib([chunk], DEMO / "policies")
    long_kib, long = peak_memory_kib([chunk] * 500, DEMO / "policies")
    assert (short["same"], long["same"]) == (len(lines), 500 * len(lines)) == (200, 100000)
    assert long_kib < short_kib + 4096, (short_kib, long_kib)  # the log has 60 MB


# usage

@pytest.mark.parametrize("arguments", [
    [], ["log"], ["--policies", "DIR"], ["--policies"], ["--bad", "--policies", "DIR", "log"],
    ["--policies", "DIR", "--differences", "-1", "log"], ["--policies", "DIR", "--differences", "10001", "log"],
    ["--policies", "DIR", "--differences", "x", "log"], ["--policies", "DIR", "--max-candidates", "0", "log"]])
def test_wrong_usage_is_told_on_stderr_with_status_2(arguments):
    done = replay(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: promoctl replay --policies DIR" in done.stderr


def test_help_says_what_a_replay_is_good_for():
    done = replay("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "what the change would have cost" in done.stdout


def test_a_report_that_cannot_be_written_is_a_failure(log, policies):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([PROMOCTL, "replay", "--policies", policies, log()], stdout=full,
                              stderr=subprocess.PIPE, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 1
    assert "cannot write the output: No space left on device" in done.stderr
