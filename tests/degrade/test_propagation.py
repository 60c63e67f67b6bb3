"""An order is in force for callers within the time that operators are promised, whoever brings it."""

import statistics

from propagation import BOUND_MS, measure, table

FLIPS = 5


def test_orders_reach_callers_within_their_bounds():
    measured = measure(FLIPS)
    for source, times in measured.items():
        assert statistics.median(times) <= BOUND_MS[source], table(measured)
