"""A short honest overload: policies so heavy that a worker evaluates a few hundred a second, and callers ask for more."""

import contextlib
import statistics
import threading
import time

import pytest

import prometheus
import wire
from crowd import Crowd
from gateway import Gateway, get_request
from operators import order
from redis_gateway import IS_SANITIZED

POLICIES_COUNT = 2000 if IS_SANITIZED else 6000  # an evaluation takes a debug build 1 ms and more
CONNECTIONS = 48  # with crowd.py's pause, most of them wait even where it takes a quarter of that
LOAD_S = 3.0
SHEDS_S, CLOSES_S, OPENS_S = 20.0, 40.0, 30.0  # a machine that others share; the bench measures in milliseconds
SETTINGS = {"max_offers": 8}


def heavy(number):
    """Fifteen conditions that hold, and one behind them that does not."""
    towns = [f"town-{number}-{i}" for i in range(8)]
    true = [{"attr": "amount", "op": "gte", "value": 1}, {"attr": "delivery_fee", "op": "lte", "value": 100000},
            {"attr": "city", "op": "not_in", "value": towns}]
    last = {"attr": "user_id", "op": "in", "value": [f"staff-{number}-{i}" for i in range(8)]}
    return {"id": f"heavy-{number:04d}", "scope": {"type": "all"}, "conditions": true * 5 + [last],
            "offer": {"coupon": f"C-{number}", "kind": "coupon"}}


HEAVY = {f"heavy-{number:04d}.json": heavy(number) for number in range(POLICIES_COUNT)}
HEAVIER = {f"heavy-{number:05d}.json": heavy(number) for number in range(2 * POLICIES_COUNT)}  # half is still too much


def heavy_gateway(tmp_path, policies=HEAVY, **breaker):
    return Gateway(policies, SETTINGS, workers=1, state_dir=str(tmp_path), breaker={"ramp_step_ms": 200, **breaker})


@pytest.fixture
def gateway(tmp_path):
    with heavy_gateway(tmp_path) as running:
        yield running


class Probes(threading.Thread):
    """Asks for livez and readyz, and notes every status and the switches' page."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self._gateway, self._is_over = gateway, threading.Event()
        self.statuses, self.pages = set(), []

    def run(self):
        while not self._is_over.wait(0.05):
            self.statuses |= {self._gateway.admin(path).status for path in ("/livez", "/readyz")}
            self.pages.append({one["interface"]: one for one in self._gateway.admin("/admin/switches").json()["switches"]})

    def stop(self):
        self._is_over.set()
        self.join(30)
        return self.pages


@contextlib.contextmanager
def probed(gateway):
    probes = Probes(gateway)
    probes.start()
    yield probes
    probes.stop()
    assert probes.statuses == {200}


def transitions(gateway):
    return [(event["interface"], event["from"], event["to"]) for event in list(gateway.events)
            if event["event"] == "breaker_transition" and event["cause"] != "switch"]


def is_closed(gateway):
    switches = gateway.admin("/admin/switches").json()["switches"]
    return all(one["breaker"] == "closed" for one in switches if one["interface"] != "switched")


def wait_transition(gateway, to, timeout_s):
    wire.wait_until(lambda: to in [found for _, _, found in transitions(gateway)], timeout_s, what=to)


def seconds_of(answers, cause):
    return [answer.seconds for answer in answers if answer.cause == cause]


def test_overload_sheds_the_lower_priority_first_and_everybody_is_answered_then_it_closes(gateway):
    with probed(gateway) as probes, Crowd(gateway.address, CONNECTIONS) as crowd:
        wait_transition(gateway, "shedding", SHEDS_S)
        time.sleep(LOAD_S)
        answers = crowd.stop()
        wire.wait_until(lambda: is_closed(gateway), CLOSES_S, what="closed after the load")
    assert transitions(gateway)[0] == ("browse", "closed", "shedding")
    assert {answer.cause for answer in answers} == {None, "saturated"}
    for page in probes.pages:
        states = {page[name]["breaker"] for name in ("checkout", "browse")}
        if states <= {"closed", "shedding"}:
            assert page["browse"]["share_bp"] <= page["checkout"]["share_bp"], page
    if not IS_SANITIZED:
        quick, waited = (statistics.median(seconds_of(answers, cause)) for cause in ("saturated", None))
        assert quick < waited and quick < 0.05, (quick, waited)


def turned_away(gateway):
    """Decisions, so far, that found no room to wait."""
    families = prometheus.parse(gateway.admin("/metrics").body.decode())
    return families["promogate_decisions_total"].total(cause="saturated")


def test_never_keeps_evaluating_and_the_line_stays_bounded(tmp_path):
    """Row 40: an operator takes the breaker away, and what waits is bounded all the same."""
    with heavy_gateway(tmp_path, queue_max_ms=10) as gateway:
        order(gateway, "*", "never", ttl_s=600)
        with probed(gateway) as probes, Crowd(gateway.address, CONNECTIONS) as crowd:
            wire.wait_until(lambda: turned_away(gateway), SHEDS_S, what="turned away")
            time.sleep(LOAD_S)
            answers = crowd.stop()
        assert {answer.cause for answer in answers} == {None, "saturated"}
        assert transitions(gateway) == [], "turned away, not shed"
        assert all(page[name]["breaker"] == "forced_closed" for page in probes.pages for name in ("checkout", "browse"))
    if not IS_SANITIZED:
        assert statistics.median(seconds_of(answers, None)) < 0.2, "a line of 10 ms, and the machine's delays"


def test_an_operators_on_under_overload_is_the_fallback_for_everybody(gateway):
    with probed(gateway), Crowd(gateway.address, CONNECTIONS) as crowd:
        wait_transition(gateway, "shedding", SHEDS_S)
        order(gateway, "*", "on")
        in_force_at = time.monotonic()
        time.sleep(1.0)
        answers = crowd.stop()
    assert {answer.cause for answer in answers if answer.at > in_force_at} == {"switch"}


def test_it_opens_where_the_smallest_share_is_too_much_and_leaves_by_time_when_nobody_asks(tmp_path):
    """Row 36: a breaker that is open needs no request to find its way back."""
    with heavy_gateway(tmp_path, HEAVIER, share_min_bp=5000, delay_target_ms=1, delay_hard_ms=2, open_ms=1000) as gateway:
        with probed(gateway):
            with Crowd(gateway.address, CONNECTIONS) as crowd:
                wait_transition(gateway, "open", OPENS_S)
                crowd.stop()
            wire.wait_until(lambda: is_closed(gateway), CLOSES_S, what="closed, nobody asking")
        assert ("ramp", "closed") in [(a, b) for _, a, b in transitions(gateway)]


def test_a_burst_opens_and_sheds_nothing(gateway):
    """Row 33: a moment without waiting lies in every tick, so a burst is no standing queue."""
    with gateway.connect(timeout_s=60) as connection:
        for _ in range(3):
            connection.send(get_request() * 30)
            assert {connection.response().status for _ in range(30)} == {200}
            time.sleep(0.5)
    assert transitions(gateway) == []


@pytest.mark.parametrize("mode", ["shadow", "off"])
def test_a_shadow_counts_what_it_would_do_and_changes_no_answer_and_off_does_neither(tmp_path, mode):
    with heavy_gateway(tmp_path, mode=mode) as gateway:
        with probed(gateway), Crowd(gateway.address, CONNECTIONS) as crowd:
            if mode == "shadow":
                wait_transition(gateway, "shedding", SHEDS_S)
            time.sleep(LOAD_S)
            answers = crowd.stop()
        assert {answer.cause for answer in answers} == {None}
        text = gateway.admin("/metrics").body.decode()
        assert ("promogate_breaker_shadow_shed_total 0\n" in text) == (mode == "off")
        assert (transitions(gateway) == []) == (mode == "off")


def test_a_budget_shorter_than_the_line_is_a_fallback_and_not_a_late_answer(gateway):
    order(gateway, "*", "never", ttl_s=600)  # so that the line is what decides
    hurried, causes = get_request([("X-Budget-Ms", "2")]), set()
    with Crowd(gateway.address, CONNECTIONS) as crowd, gateway.connect() as connection:
        def is_late():
            causes.add(connection.ask(hurried).json().get("cause"))
            return "budget" in causes

        wire.wait_until(is_late, SHEDS_S, what="budget")
        crowd.stop()
    assert causes <= {None, "budget", "saturated"}
