"""The judgement of the load-test standard: what it makes of samples and reports that are known."""

import verdict
from monitor import Probe, Sample, sample_of

ONSET, END = 100.0, 110.0


def watched(*states, every_s=0.05, start=ONSET, transitions=None):
    """One interface's states as samples; the core is all ours."""
    return [Sample(start + i * every_s, start + i * every_s, {"checkout": state}, transitions or {}, {})
            for i, state in enumerate(states)]


def window(full):
    return {"full": full}


def logged(ts, target):
    return {"ts": ts, "event": "breaker_transition", "interface": "checkout", "from": "closed", "to": target}


def test_the_time_to_shed_is_read_from_the_log_on_the_loads_clock():
    events = [{"ts": "1970-01-01T00:00:00.000Z", "event": "listening"}, logged("1970-01-01T00:20:00.250Z", "shedding"),
              logged("1970-01-01T00:20:00.900Z", "open")]
    moves = verdict.moves_of(events, 1100.0)
    assert round(verdict.moved_s(moves, ("shedding", "open"), ONSET), 3) == 0.25
    assert round(verdict.moved_s(moves, ("open",), ONSET), 3) == 0.9


def test_a_move_before_the_onset_or_after_the_end_is_no_answer_to_it():
    moves = [verdict.Move(at, "checkout", "closed", "shedding") for at in (ONSET - 1, END + 1)]
    assert verdict.moved_s(moves, ("shedding",), ONSET, END) is None


def test_what_never_came_about_fails_whatever_the_limit():
    assert not verdict.at_most("shed", None, 1000).passes
    assert not verdict.at_least("goodput", None, 0).passes
    assert verdict.at_most("shed", None, 1000).measured == "never"


def test_limits_hold_at_their_bound_and_not_past_it():
    assert verdict.at_most("p99", 10.0, 10).passes and not verdict.at_most("p99", 10.01, 10).passes
    assert verdict.at_least("goodput", 95.0, 95).passes and not verdict.at_least("goodput", 94.99, 95).passes


def test_closed_again_is_when_it_stays_closed():
    samples = watched("shedding", "closed", "ramp", "closed", "closed")
    assert round(verdict.closed_again_s(samples, ONSET), 3) == 0.15


def test_a_watch_that_ends_before_it_is_closed_says_never():
    assert verdict.closed_again_s(watched("closed", "ramp"), ONSET) is None


def test_without_the_breakers_metrics_it_is_never_closed():
    assert verdict.closed_again_s([Sample(ONSET, 0, {}, {}, {})], ONSET) is None
    assert verdict.oscillations([Sample(ONSET, 0, {}, {}, {})]) is None


def test_one_interface_that_is_not_closed_is_enough():
    both = Sample(ONSET, 0, {"checkout": "closed", "cart": "ramp"}, {}, {})
    assert verdict.closed_again_s([both], ONSET) is None


def moves(before, after):
    return [Sample(ONSET, 0, {"checkout": "closed"}, before, {}), Sample(END, 0, {"checkout": "closed"}, after, {})]


def test_the_first_fall_is_no_oscillation_and_each_relapse_is_one():
    once = {("checkout", *move): 1 for move in (("closed", "shedding"), ("shedding", "ramp"), ("ramp", "closed"))}
    assert verdict.oscillations(moves({}, {})) == 0
    assert verdict.oscillations(moves({}, once)) == 0
    assert verdict.oscillations(moves({}, once | {("checkout", "ramp", "open"): 2})) == 2


def test_transitions_before_the_watch_do_not_count():
    fall = ("checkout", "closed", "shedding")
    assert verdict.oscillations(moves({fall: 7}, {fall: 8})) == 0


def test_each_interface_has_its_own_first_fall():
    assert verdict.oscillations(moves({}, {(name, "closed", "shedding"): 1 for name in ("checkout", "cart")})) == 0


def report(fulls):
    return {"start_ns": int(ONSET * 1e9), "window_ms": 100, "windows": [window(full) for full in fulls]}


def test_goodput_is_full_decisions_per_second_of_the_core():
    samples = watched(*["shedding"] * 201)
    assert round(verdict.goodput(report([90] * 50 + [70] * 50), samples, 0, 10)) == 800
    assert round(verdict.goodput(report([90] * 50 + [70] * 50), samples, 5, 10)) == 700


def test_time_that_neighbours_took_from_the_core_is_not_held_against_the_gateway():
    halved = [sample._replace(core_s=sample.core_s / 2) for sample in watched(*["shedding"] * 201)]
    assert round(verdict.goodput(report([45] * 100), halved, 0, 10)) == 900


def test_goodput_outside_the_watch_is_not_guessed():
    assert verdict.goodput(report([90] * 100), watched("closed", "closed"), 0, 10) is None


def test_the_seconds_of_a_phase_are_judged_one_by_one():
    phase = {"start_s": 1.0, "end_s": 3.0}
    each = verdict.goodput_each_second(report([0] * 10 + [90] * 10 + [10] * 10), watched(*["shedding"] * 100), phase)
    assert [round(second) for second in each] == [900, 100]


def test_errors_are_named_in_the_check():
    check = verdict.none_of("without an answer", {"not_200": 0, "broken": 3, "unsent": 2})
    assert not check.passes and check.measured == "5 (broken 3, unsent 2)"
    assert verdict.none_of("without an answer", {"broken": 0}).passes


def test_probes_fail_by_count_and_by_time():
    good = [Probe(0, 0.001, None)] * 99
    assert all(check.passes for check in verdict.probe_checks(good, 50))
    assert not verdict.probe_checks(good + [Probe(0, 0.001, "/livez: status 503")], 50)[0].passes
    assert not verdict.probe_checks(good + [Probe(0, 0.2, None)] * 2, 50)[1].passes
    assert not verdict.probe_checks([], 50)[0].passes


def test_a_percentile_is_a_value_that_was_measured():
    assert verdict.percentile([3, 1, 2], 0.5) == 2
    assert verdict.percentile(range(1, 101), 0.99) == 99
    assert verdict.percentile([], 0.5) is None


SCRAPE = """# HELP promogate_breaker_state The state in force.
# TYPE promogate_breaker_state gauge
promogate_breaker_state{interface="checkout",state="closed"} 0
promogate_breaker_state{interface="checkout",state="shedding"} 1
# HELP promogate_breaker_share_ratio Admitted.
# TYPE promogate_breaker_share_ratio gauge
promogate_breaker_share_ratio{interface="checkout"} 0.1
# HELP promogate_breaker_transitions_total Transitions.
# TYPE promogate_breaker_transitions_total counter
promogate_breaker_transitions_total{interface="checkout",from="closed",to="shedding"} 1
"""


def test_a_scrape_says_the_state_the_share_and_the_transitions():
    assert sample_of(5.0, 2.5, SCRAPE) == Sample(5.0, 2.5, {"checkout": "shedding"},
                                                 {("checkout", "closed", "shedding"): 1}, {"checkout": 0.1})


def test_a_metric_without_samples_yet_is_no_transition():
    before, _, _ = SCRAPE.rpartition("promogate_breaker_transitions_total{")
    assert sample_of(5.0, 2.5, before) == Sample(5.0, 2.5, {"checkout": "shedding"}, {}, {"checkout": 0.1})


def test_a_gateway_without_a_breaker_has_no_state():
    assert sample_of(5.0, 2.5, "# HELP up Up.\n# TYPE up gauge\nup 1\n") == Sample(5.0, 2.5, {}, {}, {})
