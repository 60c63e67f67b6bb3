"""bench_open against a real gateway that is well, stalled, gone, or closes its connections."""

import json
import signal
import subprocess
import threading
import time

import pytest
from gateway import BUILD, Gateway

TIMEOUT_S = 60
OUTCOMES = ("full", "switch", "saturated", "no_snapshot", "rate_limited", "budget", "other_cause", "not_200", "broken",
            "unanswered", "unsent")


@pytest.fixture()
def aois(tmp_path):
    file = tmp_path / "aois"
    file.write_text("310115-0001\n310104-0007\n999999-0001\n")
    return file


def command(gateway, *options):
    host, port = gateway.address
    return [BUILD / "bench_open", f"{host}:{port}", *map(str, options)]


def run(gateway, *options):
    """(report, exit code)"""
    done = subprocess.run(command(gateway, *options), stdout=subprocess.PIPE, text=True, timeout=TIMEOUT_S)
    return json.loads(done.stdout), done.returncode


def ended(cell):
    return sum(cell[outcome] for outcome in OUTCOMES)


def stall(gateway, after_s, stalled_s):
    """Stops the gateway for a while; the thread to join."""
    def act():
        time.sleep(after_s)
        gateway.process.send_signal(signal.SIGSTOP)
        time.sleep(stalled_s)
        gateway.process.send_signal(signal.SIGCONT)
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_every_request_is_accounted_for_in_the_total_the_phases_and_the_windows(aois):
    with Gateway() as gateway:
        report, code = run(gateway, "--rate", "300:0.5,0:0.2,600:0.5", "--aois", aois)
    assert code == 0
    assert report["total"]["offered"] == report["total"]["full"] == 450
    assert [phase["full"] for phase in report["phases"]] == [150, 0, 300]
    for name in ("offered", "sent", *OUTCOMES):
        assert sum(window[name] for window in report["windows"]) == report["total"][name], name


def test_fallbacks_are_counted_by_their_cause_and_their_interface(aois):
    with Gateway() as gateway:
        report, _ = run(gateway, "--rate", "500:1", "--aois", aois, "--interface", "checkout=1,switched=1")
    assert report["interfaces"]["checkout"]["full"] == report["total"]["full"] > 0
    assert report["interfaces"]["switched"]["switch"] == report["total"]["switch"] > 0
    assert report["total"]["full"] + report["total"]["switch"] == 500
    assert report["interfaces"]["switched"]["full_max_us"] == 0 < report["interfaces"]["switched"]["fallback_max_us"]


def test_a_stall_is_charged_to_every_request_that_was_due_in_it(aois):
    """A third of all is due in the stall, however few connections there are to wait on."""
    with Gateway() as gateway:
        thread = stall(gateway, 1.0, 1.0)
        report, _ = run(gateway, "--rate", "200:3", "--aois", aois, "--connections", 2)
        thread.join()
    assert report["total"]["full"] == 600
    assert report["total"]["full_p90_us"] > 400_000


def test_requests_past_the_ceiling_of_waiting_ones_are_never_sent(aois):
    with Gateway() as gateway:
        thread = stall(gateway, 0.5, 1.0)
        report, code = run(gateway, "--rate", "200:2", "--aois", aois, "--connections", 2, "--waiting-max", 20)
        thread.join()
    total = report["total"]
    assert code == 1 and total["unsent"] > 50
    assert total["sent"] == total["offered"] - total["unsent"] and ended(total) == total["offered"] == 400


def test_a_connection_that_the_server_closed_between_requests_loses_none(aois):
    with Gateway(limits={"idle_timeout_ms": 200}) as gateway:
        report, code = run(gateway, "--rate", "100:0.3,0:1.5,100:0.3", "--aois", aois, "--connections", 8)
    assert code == 0 and report["total"]["full"] == 60
    assert report["reopened"] >= 8


def test_a_server_that_is_gone_is_told_from_a_slow_one(aois):
    with Gateway() as gateway:
        killer = threading.Timer(0.5, gateway.process.kill)
        killer.start()
        report, code = run(gateway, "--rate", "200:1.5", "--aois", aois, "--connections", 4)
        killer.join()
        gateway.kill()  # tells it that this end was meant
    total = report["total"]
    assert code == 1 and total["full"] > 0
    assert total["broken"] + total["unsent"] > 0 == total["unanswered"]
    assert ended(total) == total["offered"] == 300


def test_a_trace_is_replayed_at_its_times(tmp_path):
    trace = tmp_path / "trace"
    lines = [f"{i * 20000} /v1/evaluate?user_id=u{i}&aoi=310115-0001&amount=6200&interface=browse" for i in range(50)]
    trace.write_text("\n".join([*lines, "1000000 /v1/evaluate?user_id=u1"]) + "\n")
    with Gateway() as gateway:
        report, code = run(gateway, "--trace", trace, "--speed", 2, "--interface", "checkout=1,browse=1")
    assert report["interfaces"]["browse"]["full"] == 50
    assert (code, report["total"]["not_200"], report["interfaces"]["other"]["not_200"]) == (1, 1, 1)
    assert 0.5 <= report["seconds"] < 5
    assert [window["offered"] for window in report["windows"][:5]] == [10] * 5


def test_a_signal_ends_the_run_early_and_the_report_is_whole(aois):
    with Gateway() as gateway:
        process = subprocess.Popen(command(gateway, "--rate", "100:50", "--aois", aois), stdout=subprocess.PIPE,
                                   text=True)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=TIMEOUT_S)
    report = json.loads(out)
    assert 0 < report["total"]["full"] == report["total"]["offered"] < 5000
    assert process.returncode == 0


@pytest.mark.parametrize("arguments, word", [
    (["192.0.2.1:80", "--rate", "1:1", "--aois", "f"], "loopback"),
    (["127.0.0.1:80", "--rate", "1:0", "--aois", "f"], "--rate"),
    (["127.0.0.1:80", "--rate", "1:1"], "--aois"),
    (["127.0.0.1:80", "--rate", "1:1", "--aois", "/nonexistent"], "/nonexistent"),
    (["127.0.0.1:80", "--rate", "1:1", "--aois", "f", "--trace", "t"], "--trace"),
    (["127.0.0.1:80", "--rate", "1:1", "--aois", "f", "--interface", "a"], "--interface"),
    (["127.0.0.1:80", "--aoi-zipf", "11"], "--aoi-zipf"),
    (["127.0.0.1:80", "--connections", "4097"], "--connections"),
    (["127.0.0.1:80", "--color", "red"], "--color"),
    (["127.0.0.1:80", "--rate"], "--rate"),
    ([], "address"),
])
def test_what_cannot_be_run_is_refused_by_name(arguments, word):
    done = subprocess.run([BUILD / "bench_open", *arguments], capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.returncode == 2 and word in done.stderr and not done.stdout
