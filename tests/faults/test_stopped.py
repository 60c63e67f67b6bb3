"""The process, or one of its threads, stands still for a while: it goes on, and says what it noticed.

PROMOGATE_STOPPED_S=10 is the full form of the first tests.
"""

import os
import shutil
import signal
import subprocess
import time

import pytest

import prometheus
from gateway import BUILD, Gateway, get_request
from load import Load
from policies import heavy_set
from probing import probe
from redis_gateway import IS_SANITIZED
from releases import numbered_set
from stopped_thread import step_into_work, stop_or_skip
from wire import wait_until
from witness import Witness

STOPPED_S = float(os.environ.get("PROMOGATE_STOPPED_S", 3.0))
CONNECTIONS = 32
CALM_S = 1.0
CLOSED_AGAIN_S = 30.0  # a ramp of six steps, after at most one opening
STOPS, STOP_S = 6, 1.2  # longer than stuck_after_s
DUMP_AFTER_MS = 100
HEAVY_POLICIES, HEAVY_CONTEXTS = 300, 1000  # most of a second, at its best


def metric(gateway, name, **labels):
    return prometheus.parse(gateway.admin("/metrics").body.decode())[name].total(**labels)


# the whole process

@pytest.fixture(scope="module")
def stopped():
    """(gateway, testimony) of one that was stopped and went on, under load all the while."""
    with Gateway(numbered_set(1), {}, stuck_after_s=1) as gateway:
        with Load(gateway.address, CONNECTIONS), Witness(gateway.address) as witness:
            time.sleep(CALM_S)
            gateway.process.send_signal(signal.SIGSTOP)
            time.sleep(STOPPED_S)
            gateway.process.send_signal(signal.SIGCONT)
            probes = probe(gateway.admin_address, 50, paths=("/livez", "/readyz"), pause_s=0.02)
            testimony = witness.stop()
        yield gateway, testimony, probes


def test_livez_and_readyz_are_200_as_soon_as_it_goes_on(stopped):
    """Though the stop was longer than stuck_after_s: a worker that could not run was not stuck."""
    _, _, probes = stopped
    assert probes.failures == []


def test_callers_waited_and_were_answered_right(stopped):
    gateway, testimony, _ = stopped
    print(testimony)
    testimony.judge({gateway.get(user_id="u1", aoi="A1", amount=1).json()["release"]: 1})
    assert testimony.slowest_s >= 0.9 * STOPPED_S, "it was not stopped"


def test_the_gap_is_counted_and_opens_the_breaker_once_at_most(stopped):
    gateway, _, _ = stopped
    assert metric(gateway, "promogate_control_gaps_total") >= 1
    openings = [event for event in gateway.events if event["event"] == "breaker_transition" and event["to"] == "open"]
    for interface in ("checkout", "browse"):
        assert len([event for event in openings if event["interface"] == interface]) <= 1, openings


def test_it_recovers_without_a_restart(stopped):
    gateway, _, _ = stopped
    wait_until(lambda: metric(gateway, "promogate_breaker_state", interface="checkout", state="closed") == 1,
               CLOSED_AGAIN_S, what="closed")
    assert not gateway.get(user_id="u1", aoi="A1", amount=1).json()["degraded"]
    assert [event["event"] for event in gateway.events].count("listening") == 1


def test_stops_without_warning_are_not_taken_for_stuck_workers():
    """Most stops catch a worker in the middle of a turn, which then seems to have lasted for all that time."""
    with Gateway(numbered_set(1), {}, stuck_after_s=1, watchdog={"dump_after_ms": DUMP_AFTER_MS}) as gateway, \
            Load(gateway.address, CONNECTIONS):
        for stop in range(1, STOPS + 1):
            gateway.process.send_signal(signal.SIGSTOP)
            time.sleep(STOP_S)
            gateway.process.send_signal(signal.SIGCONT)
            assert probe(gateway.admin_address, 3, paths=("/livez",)).failures == [], stop
            wait_until(lambda: metric(gateway, "promogate_control_gaps_total") >= stop, what="the gap is counted")
        assert [event for event in gateway.events if event["event"] == "worker_stuck"] == []


# one worker

def test_a_worker_that_stands_still_with_work_is_told_fails_livez_and_is_well_when_it_goes_on():
    with Gateway(workers=1, stuck_after_s=1, watchdog={"dump_after_ms": DUMP_AFTER_MS}) as gateway, \
            gateway.connect() as waiting:
        with stop_or_skip(gateway, "worker-0") as thread:
            waiting.send(get_request())
            step_into_work(thread, gateway, DUMP_AFTER_MS)
            event = gateway.wait_event("worker_stuck")
            assert event["level"] == "error" and event["worker"] == 0 and event["stuck_ms"] >= DUMP_AFTER_MS
            assert event["stack"] == "it does not answer", "a thread that a debugger stops cannot"
            wait_until(lambda: gateway.admin("/livez").status == 503, 5, what="livez 503")
            assert b"worker-0 has work and makes no progress" in gateway.admin("/livez").body
            assert [gateway.admin(path).status for path in ("/readyz", "/startupz", "/metrics")] == [200] * 3
        assert waiting.response().status == 200
        gateway.wait_event("worker_moves")
        wait_until(lambda: gateway.admin("/livez").status == 200, what="livez 200 again")
        assert metric(gateway, "promogate_worker_stuck_total") == 1


def functions_of(stack):
    """The names behind "promogate+0x1234 < ...": places in the file, unless the linker was told to keep names."""
    places = [frame.removeprefix("promogate+") for frame in stack.split(" < ") if frame.startswith("promogate+")]
    named = subprocess.run(["addr2line", "-f", "-e", BUILD / "promogate", *[place.split()[0] for place in places]],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=30)
    return named.stdout.splitlines()[::2]


@pytest.mark.skipif(shutil.which("addr2line") is None, reason="without binutils places have no names")
@pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer's build has other frames, and a thread that calls nothing does "
                                         "not answer under ThreadSanitizer")
def test_the_stack_of_a_worker_that_spins_is_told():
    """A batch that may hold its loop for a second: long for the watchdog, not for livez."""
    batch = {"requests": [{"user_id": "u1", "aoi": "A1", "amount": 1}] * HEAVY_CONTEXTS}
    settings = {"batch": {"slice_us": 1000000}, "limits": {"batch_max_work": 1000000000}, "breaker": {"mode": "off"}}
    with Gateway(heavy_set(HEAVY_POLICIES), {}, workers=1, watchdog={"dump_after_ms": DUMP_AFTER_MS}, **settings) as gateway:

        def is_caught_evaluating():
            """What it does besides, such as reading contexts, may be caught first."""
            assert gateway.batch(batch).status == 200
            stacks = [event["stack"] for event in gateway.events if event["event"] == "worker_stuck"]
            return any("evaluate" in functions_of(stack) for stack in stacks)

        wait_until(is_caught_evaluating, 30, what="a stack with evaluate")
        assert gateway.admin("/livez").status == 200
        gateway.wait_event("worker_moves")
