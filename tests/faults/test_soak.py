"""The short form of soak.py."""

import time

import soak

SECONDS = 15.0


def test_nothing_is_wrong_lost_or_leaked_while_everything_goes_on():
    result = soak.run(SECONDS, time.time_ns())
    print(result)
    assert result.problems == [], result
