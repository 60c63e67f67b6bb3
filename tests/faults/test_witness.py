"""A witness believes nothing: each way in which an answer can be wrong is found."""

import pytest

from witness import FALLBACKS, Testimony, Wrong, read_decision

RIGHT = {"interface": "checkout", "degraded": False, "release": 7, "offers": [{"coupon": "C-3", "discount": 0}],
         "exposures": []}
FALLBACK = {"interface": "checkout", "degraded": True, "cause": "switch", "release": 7, "exposures": [],
            "offers": [{"coupon": coupon, "discount": discount} for coupon, discount in FALLBACKS["checkout"]]}
SPOKEN = {"answers": 5, "failures": [], "slowest_s": 0.1, "slowest_at": 1.0, "sets": {"7": [3]}, "causes": {}}


def test_a_right_decision_tells_its_release_and_number_and_a_right_fallback_neither():
    assert read_decision(RIGHT, "checkout", None) == (7, 3)
    assert read_decision(FALLBACK, "checkout", "switch") == (None, None)


@pytest.mark.parametrize("decision, cause", [
    ({**RIGHT, "interface": "browse"}, None),
    ({**RIGHT, "offers": []}, None),
    ({**RIGHT, "offers": RIGHT["offers"] * 2}, None),
    ({**RIGHT, "offers": [{"coupon": "C-SAFE", "discount": 0}]}, None),
    ({**RIGHT, "cause": "switch"}, None),
    (RIGHT, "switch"),
    ({**FALLBACK, "cause": "weather"}, "weather"),
    (FALLBACK, "saturated"),
    ({**FALLBACK, "offers": []}, "switch"),
    ({**FALLBACK, "offers": FALLBACK["offers"][::-1]}, "switch"),
    ({**FALLBACK, "exposures": [{"policy": "p"}]}, "switch"),
])
def test_a_wrong_answer_is_found(decision, cause):
    with pytest.raises(Wrong):
        read_decision(decision, "checkout", cause)


@pytest.mark.parametrize("change", [{"failures": ["status 500"]}, {"answers": 0}, {"sets": {"7": [4]}},
                                    {"sets": {"7": [3, 4]}}, {"sets": {"8": [3]}}])
def test_a_release_that_answers_as_another_or_was_never_published_is_found(change):
    Testimony(SPOKEN).judge({7: 3})
    with pytest.raises(AssertionError):
        Testimony({**SPOKEN, **change}).judge({7: 3})
