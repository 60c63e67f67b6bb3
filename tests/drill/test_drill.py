"""The drill's own judgement: what miscounts proves nothing."""

import collections
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import table  # noqa: E402
import zipf  # noqa: E402
from crowd import Record, Tally, judge, right_again_s  # noqa: E402
from wire import parse_responses  # noqa: E402

POLICIES = HERE.parents[1] / "deploy/demo/policies"
OFFERS = [{"coupon": "C"}]


def answer(body, status=200):
    return parse_responses(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))[0]


def seen(**changes):
    return {"asked": 9, "right": 9, "wrong": 0, "failed": 0, "slow": 0, "right_again_s": 0.0, **changes}


def result(load=(), fault=(), failed=1, largest=1500):
    """Of a drill that went as it should, but for the changes to what promogate did."""
    calm = {"failed": 0, "redis_bytes_per_request": 0.003, "redis_commands_per_request": 0.0001, **dict(load)}
    fault = {"promogate": seen(**dict(fault)), "baseline": seen(failed=failed, right=0)}
    return {"load": {"promogate": calm, "baseline": {"failed": 0, "redis_bytes_per_request": 64000.0}},
            "largest_value_bytes": {"promogate": largest}, "killed": fault, "stalled": fault}


def test_an_answer_is_right_when_its_offers_are_among_the_right_ones():
    assert judge(answer(b'{"degraded":false,"offers":[{"coupon":"C"}]}'), [[], OFFERS]) == "right"
    assert judge(answer(b'{"degraded":false,"offers":[]}'), [OFFERS]) == "wrong"
    assert judge(answer(b'{"degraded":true,"offers":[{"coupon":"C"}]}'), [OFFERS]) == "degraded"
    assert judge(answer(b"{}", 500), [OFFERS]) == "status 500"


def test_a_tally_counts_each_question_that_was_open_and_no_other():
    records = [Record(0.0, 0.5, "status 500"),  # over before it began
               Record(0.9, 0.2, "right"), Record(1.5, 2.0, "status 500"), Record(1.6, 0.1, "degraded"),
               Record(2.0, 0.1, "TimeoutError")]  # asked when it was over
    tally = Tally(records, 1.0, 2.0)
    assert (tally.asked, tally.right, tally.wrong, tally.failed, tally.slow) == (3, 1, 1, 1, 1)
    assert tally.longest_ms == 2000 and tally.failures == {"status 500": 1}


def test_all_is_right_again_when_the_last_bad_answer_has_come():
    records = [Record(0.0, 0.5, "wrong"), Record(1.0, 0.5, "status 500"), Record(1.2, 0.1, "right")]
    assert right_again_s(records, 1.0) == 0.5
    assert right_again_s(records, 1.5) == 0.0


def test_a_drill_that_went_as_it_should_meets_every_claim():
    assert [what for what, holds in table.claims(result()) if not holds] == []


@pytest.mark.parametrize("changes, what", [
    ({"load": {"failed": 1}}, "no request of the load failed"),
    ({"load": {"redis_bytes_per_request": 1.0}}, "bytes"),
    ({"load": {"redis_commands_per_request": 0.5}}, "commands"),
    ({"largest": 8193}, "8 KiB"),
    ({"fault": {"right": 8, "wrong": 1}}, "right answers only"),
    ({"fault": {"right": 8, "failed": 1}}, "right answers only"),
    ({"fault": {"asked": 0, "right": 0}}, "right answers only"),
    ({"fault": {"slow": 1}}, "waits a second"),
    ({"fault": {"right_again_s": 3.1}}, "right again"),
    ({"failed": 0}, "see failures"),
])
def test_each_claim_can_fail(changes, what):
    broken = [claim for claim, holds in table.claims(result(**changes)) if not holds]
    assert broken and all(what in claim for claim in broken)


def test_questions_are_the_same_every_time_and_crowd_at_few_places():
    contexts = zipf.contexts(POLICIES, 5000)
    assert contexts == zipf.contexts(POLICIES, 5000)
    asked = collections.Counter(code for context in contexts for code in context["aoi"])
    shares = [count / sum(asked.values()) for _, count in asked.most_common()]
    assert 0.08 < shares[0] < 0.16 and 0.4 < shares[1] / shares[0] < 0.6 and len(asked) > 1000
