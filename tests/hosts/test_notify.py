"""The service manager is told when we are ready, how we are, that we leave; and its watchdog is fed by who is well."""

import contextlib
import signal
import time

import wire
from gateway import Gateway, get_request, post_request
from policies import POLICIES, SETTINGS, heavy_set
from service_manager import ServiceManager, monotonic_us, threads_of
from stopped_thread import step_into_work, stop_or_skip

WATCHDOG_MS = 200
PING_S = WATCHDOG_MS / 2000
DUMP_AFTER_MS = 100
WITHOUT_PING_S = 8 * PING_S
BATCHES = 60  # half a minute, or more
STUCK_FOR_S = 4.0  # past stuck_after_s of 1 and the main thread's longest sleep


@contextlib.contextmanager
def managed(watchdog_ms=0, **options):
    with ServiceManager(watchdog_ms) as manager, Gateway(launcher=manager.launcher, **options) as gateway:
        yield manager, gateway


def is_silent(*managers):
    """No ping for so long; one that was under way as we began to look does not count."""
    time.sleep(PING_S)
    begin = time.monotonic()
    time.sleep(WITHOUT_PING_S)
    return not any(manager.pings(begin, time.monotonic()) for manager in managers)


def contexts(count):
    return {"requests": [{"user_id": "u1", "aoi": "A1", "amount": 1}] * count}


# states

def test_ready_is_told_when_the_listeners_answer_though_there_is_no_release():
    with managed(policies={"bad.json": {}}, settings=None, wait_ready=False) as (manager, gateway):
        manager.wait("READY=1")
        assert gateway.admin("/startupz").status == 200 and gateway.get().json()["cause"] == "no_snapshot"
        manager.wait("STATUS=no release yet: fallbacks only")
        assert manager.lines() == ["READY=1"]


def test_the_status_follows_the_release_in_force():
    with managed() as (manager, gateway):
        manager.wait(f"STATUS=release {gateway.get().json()['release']} in force")
        first = next(iter(POLICIES))
        gateway.publish({name: document for name, document in POLICIES.items() if name != first}, SETTINGS)
        manager.wait(f"STATUS=release {gateway.get().json()['release']} in force")


def test_sighup_is_told_as_a_reload_that_ends():
    with managed() as (manager, gateway):
        seen, before_us = manager.wait("READY=1") + 1, monotonic_us()
        gateway.process.send_signal(signal.SIGHUP)
        reloading = manager.wait("RELOADING=1", seen)
        manager.wait("READY=1", reloading)
        assert manager.lines(seen) == ["RELOADING=1", "READY=1"]
        assert before_us <= int(manager.messages[reloading][1]["MONOTONIC_USEC"]) <= monotonic_us()


def test_a_refused_configuration_ends_its_reload_and_stays_in_the_status_until_a_good_one_comes():
    with managed() as (manager, gateway):
        refused = "in force; the changed configuration was refused: see the log"
        seen = manager.wait("READY=1") + 1
        gateway.write_config_text('listen = "')
        gateway.process.send_signal(signal.SIGHUP)
        manager.wait("READY=1", seen)
        at = manager.wait(f"STATUS={refused}", seen)
        gateway.reload(stuck_after_s=7)
        manager.wait("STATUS=in force", at + 1)
        assert manager.lines(seen)[:2] == ["RELOADING=1", "READY=1"]


def test_sigterm_is_told_as_the_drain_begins_and_nothing_is_reloaded_after_it():
    with managed(drain={"grace_ms": 1500}) as (manager, gateway):
        seen = manager.wait("READY=1") + 1
        gateway.terminate()
        manager.wait("STOPPING=1", seen)
        assert gateway.admin("/readyz").status == 503 and gateway.get().status == 200
        at = manager.wait(f"STATUS=draining; release {gateway.get().json()['release']} in force", seen)
        gateway.process.send_signal(signal.SIGHUP)
        gateway.wait_event("config_active")
        gateway.wait_exit()
        assert manager.lines(seen) == ["STOPPING=1"] and at >= seen


def test_without_a_manager_there_is_no_thread_that_tells_one():
    with Gateway() as gateway:
        assert "notify" not in threads_of(gateway.process.pid)
    with managed() as (_, gateway):
        wire.wait_until(lambda: "notify" in threads_of(gateway.process.pid))


def test_a_manager_that_does_not_read_holds_up_neither_requests_nor_a_reload_nor_the_drain():
    with ServiceManager(WATCHDOG_MS, reads=False) as manager, Gateway(launcher=manager.launcher) as gateway:
        manager.fill()
        time.sleep(2 * PING_S)  # its thread has tried to tell
        gateway.reload(stuck_after_s=7)
        assert gateway.get().status == 200
        begin = time.monotonic()
        gateway.stop()
        assert time.monotonic() - begin < 10


# watchdog

def test_it_is_fed_each_half_of_its_time():
    with managed(WATCHDOG_MS) as (manager, _):
        begin = time.monotonic()
        wire.wait_until(lambda: manager.pings(begin, time.monotonic()) >= 6, 20, what="six pings")
        assert manager.pings(begin, time.monotonic()) <= (time.monotonic() - begin) / PING_S + 2, "too many"


def test_without_a_watchdog_nothing_is_fed():
    with managed() as (manager, gateway):
        manager.wait(f"STATUS=release {gateway.get().json()['release']} in force")
        assert is_silent(manager)


def test_a_worker_that_stands_still_with_work_ends_the_feeding_until_it_goes_on():
    with managed(WATCHDOG_MS, workers=1, stuck_after_s=1, watchdog={"dump_after_ms": DUMP_AFTER_MS}) as (manager, gateway):
        with gateway.connect() as waiting:
            with stop_or_skip(gateway, "worker-0") as thread:
                waiting.send(get_request())
                step_into_work(thread, gateway, DUMP_AFTER_MS)
                assert gateway.wait_event("watchdog_withheld")["stuck"] == "worker"
                assert gateway.admin("/livez").status == 503 and is_silent(manager)
            assert waiting.response().status == 200
            begin = time.monotonic()
            wire.wait_until(lambda: manager.pings(begin, time.monotonic()) >= 2, 20, what="pings again")


def test_a_main_a_control_or_an_admin_thread_that_hangs_ends_the_feeding():
    names = {"promogate": "main", "control": "control", "admin": "admin"}
    with contextlib.ExitStack() as stack:
        parts = [stack.enter_context(managed(WATCHDOG_MS, stuck_after_s=1)) for _ in names]
        stopped = [stack.enter_context(stop_or_skip(gateway, name)) for name, (_, gateway) in zip(names, parts)]
        for told, (_, gateway) in zip(names.values(), parts):
            assert gateway.wait_event("watchdog_withheld", 20)["stuck"] == told
        assert is_silent(*[manager for manager, _ in parts]) and len(stopped) == 3
        for name, (_, gateway) in zip(names, parts):
            assert name == "admin" or gateway.admin("/livez").status == 200, "livez asks after workers only"


def test_a_configuration_that_waits_for_large_batches_does_not_end_the_feeding():
    """The main thread waits for them for longer than a thread may be stuck: that is load, and helped by no restart."""
    settings = {"limits": {"batch_max_work": 1000000000}, "breaker": {"mode": "off"}, "stuck_after_s": 1}
    with managed(WATCHDOG_MS, policies=heavy_set(300), settings={}, workers=1, **settings) as (manager, gateway), \
            contextlib.ExitStack() as stack:
        for _ in range(BATCHES):
            stack.enter_context(gateway.connect()).send(post_request(contexts(1000), path="/v1/evaluate/batch"))
        begin = time.monotonic()
        gateway.write_config(**settings, settle_ms=60)
        time.sleep(STUCK_FOR_S)
        end = time.monotonic()
        assert not [event for event in gateway.events if event["event"] in ("config_active", "watchdog_withheld")]
        assert manager.pings(begin, end) >= (end - begin) / PING_S / 2
        gateway.kill()  # nobody needs the rest
