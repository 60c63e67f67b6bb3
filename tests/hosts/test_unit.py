"""The unit is valid, leaves the service little to do harm with, and what it forbids the gateway does not need."""

import re
import shutil
import signal
import subprocess

import pytest

from gateway import BUILD, ROOT, Gateway
from redis_gateway import IS_SANITIZED, RedisGateway
from redis_server import RedisServer
from releases import Publisher, numbered_set

UNIT = ROOT / "deploy/systemd/promogate.service"
TEXT = UNIT.read_text()
EXPOSURE_MAX = 15  # tenths; it is 11: sockets, and the machine's root
FILTER = ROOT / "tests/support/system_call_filter.py"
LAUNCHER = ("/usr/bin/python3", FILTER, UNIT)

needs_systemd_analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


def setting(name):
    return re.findall(rf"(?m)^{name}=(.*)$", TEXT)[-1]


def default_of(name):
    told = subprocess.run([BUILD / "promogate", "--print-settings"], check=True, capture_output=True, text=True).stdout
    return int(re.search(rf"\| `{re.escape(name)}` \| `(\d+)`", told)[1])


def analyze(*arguments):
    ran = subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, timeout=60)
    return ran.returncode, ran.stdout + ran.stderr


@needs_systemd_analyze
def test_systemd_finds_no_fault_in_it(tmp_path):
    """With the programs that were built: the machine may have none installed, nor the manual."""
    unit = re.sub(r"(?m)^Documentation=.*\n", "", TEXT.replace("/usr/bin/promogate", str(BUILD / "promogate")))
    (tmp_path / UNIT.name).write_text(unit)
    assert analyze("verify", str(tmp_path / UNIT.name)) == (0, "")


@needs_systemd_analyze
def test_what_it_exposes_is_little():
    code, told = analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX}", str(UNIT))
    if "Unknown" in told or "unrecognized option" in told:
        pytest.skip("this systemd-analyze judges no file")
    assert code == 0, told


def test_stopping_may_take_as_long_as_a_drain():
    drain_ms = default_of("drain.grace_ms") + default_of("drain.timeout_ms")
    assert int(setting("TimeoutStopSec")) * 1000 >= drain_ms + 10000


def test_the_journal_takes_every_line_that_the_gateway_may_write():
    lines = int(setting("LogRateLimitBurst")) / int(setting("LogRateLimitIntervalSec"))
    assert lines > default_of("access_log.lines_per_second_max")


def test_the_start_limit_leaves_a_start_to_the_release_before_a_deadly_one():
    assert int(setting("StartLimitBurst")) > default_of("quarantine.deaths") + 1


@needs_systemd_analyze
@pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer makes calls of its own")
def test_the_gateway_lives_its_life_under_the_units_system_call_filter(tmp_path):
    pytest.importorskip("seccomp", reason="needs python3-seccomp")
    with Gateway(launcher=LAUNCHER, state_dir=str(tmp_path), drain={"grace_ms": 100}) as gateway:
        assert gateway.get().status == 200
        assert gateway.batch({"requests": [{"user_id": "u1", "aoi": "A1", "amount": 1}] * 1000}).status == 200
        gateway.wait_event("state_written")
        gateway.process.send_signal(signal.SIGHUP)
        gateway.wait_event("config_active")
        assert gateway.admin("/metrics").status == 200
        assert "Seccomp:\t2" in open(f"/proc/{gateway.process.pid}/status", encoding="ascii").read()


@needs_systemd_analyze
@pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer makes calls of its own")
def test_a_gateway_of_redis_lives_under_it_too():
    pytest.importorskip("seccomp", reason="needs python3-seccomp")
    with RedisServer() as redis:
        release = Publisher(redis.url(), redis).publish(numbered_set(1))
        with RedisGateway(redis.url(), launcher=LAUNCHER) as gateway:
            gateway.wait_release(release)
            gateway.polls_on(3)


@needs_systemd_analyze
def test_a_call_that_the_unit_forbids_ends_a_process_under_the_filter():
    pytest.importorskip("seccomp", reason="needs python3-seccomp")
    ran = subprocess.run([*LAUNCHER, "/usr/bin/nice", "-n", "1", "true"], timeout=60)
    assert ran.returncode == -signal.SIGSYS
