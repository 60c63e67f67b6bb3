"""The reader of PromQL sees what the suites rely on: a wrong name, a wrong label, a value that nothing has."""

import promql
import pytest

SAMPLES = [("a_total", {"code": "2xx", "route": "get"}), ("a_total", {"code": "5xx", "route": "admin"}),
           ("b", {"state": "open"})]

READ = {
    "a name alone": ("b", ["b{}"]),
    "functions, words, times and numbers are no series": (
        "sum by (code) (rate(a_total[5m])) > bool 1e3 and on (state) b offset 5m", ["a_total{}", "b{}"]),
    "matchers of each kind": ('a_total{code=~"4xx|5xx",route!="admin"}', ['a_total{code=~"4xx|5xx",route!="admin"}']),
    "braces and commas in a value": ('b{state="{a,b}"} or b', ['b{state="{a,b}"}', "b{}"]),
    "a string is no series": ('count_values by (code) ("release", b)', ["b{}"]),
    "a recorded name": ("job:x:rate5m > 0.5", ["job:x:rate5m{}"]),
}

MISSED = {
    "a wrong name": ("a_totals", ["a_totals{}"]),
    "a wrong label": ('b{status="open"}', ['b{status="open"}']),
    "a wrong value": ('b{state="opened"}', ['b{state="opened"}']),
    "labels that no series has together": ('a_total{code="5xx",route="get"}', ['a_total{code="5xx",route="get"}']),
    "one wrong alternative": ('a_total{code=~"2xx|3xx"}', ['a_total{code="3xx"}']),
    "nothing but what is excluded": ('b{state!="open"}', ['b{state!="open"}']),
    "nothing, where all is there": ('a_total{code=~"2xx|5xx",route!~"b.*"}', []),
}


@pytest.mark.parametrize("expression, expected", READ.values(), ids=READ)
def test_it_reads(expression, expected):
    assert [repr(selector) for selector in promql.selectors(expression)] == expected


@pytest.mark.parametrize("expression, expected", MISSED.values(), ids=MISSED)
def test_it_misses(expression, expected):
    missed = [miss for selector in promql.selectors(expression) for miss in selector.misses(SAMPLES)]
    assert [repr(selector) for selector in missed] == expected


def test_it_lists_the_labels_of_groups_and_joins():
    asked = "sum by (a, b) (x) / on (c) group_left () sum without (d) (y) > ignoring (e) z"
    assert promql.labels(asked) == {"a", "b", "c", "d", "e"}
