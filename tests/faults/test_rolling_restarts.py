"""The short form of rolling_restarts.py."""

import rolling_restarts

RESTARTS = 4
GRACE_MS = 1500  # a shared machine may keep the balancer from looking for a while


def test_restarts_in_turns_behind_one_load_lose_no_request():
    result = rolling_restarts.run(RESTARTS, GRACE_MS)
    print(result)
    assert result.failures == [] and result.restarts == RESTARTS and result.answers > 0
