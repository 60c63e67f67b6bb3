"""Gateways as the OpenAPI tests need them: the demo's configuration and policies, with a change or two."""

import pathlib
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import sanitizers  # noqa: E402
import wire  # noqa: E402
from gateway import Gateway, get_request  # noqa: E402
from stopped_thread import StoppedThread  # noqa: E402

DEMO = ROOT / "deploy" / "demo"
# A refused body of the largest size and one byte more is read to its end, so that its answer can be.
QUICK = "drain = { grace_ms = 0; };\nlimits = { drain_max_bytes = 8388608; };\n"
ONE_WORKER = ("workers = 0", "workers = 1")
MIB = 1 << 20
STUCK_AFTER_S = 1
STEPS_MAX = 20
LEAST = {"user_id": "u42", "aoi": "310115-0001", "amount": 6200}
TOKEN = "correct-horse-battery-staple"


class DemoGateway(Gateway):
    """Runs deploy/demo/promogate.conf on free ports, each (old, new) of `replaced` put in."""

    def __init__(self, *replaced, **options):
        super().__init__(**options)
        self._replaced = [("127.0.0.1:8080", "127.0.0.1:0"), ("127.0.0.1:8081", "127.0.0.1:0"), *replaced]

    def write_config(self, **_):
        text = QUICK + (DEMO / "promogate.conf").read_text("utf-8")
        for old, new in self._replaced:
            assert old in text, old
            text = text.replace(old, new)
        self.write_config_text(text)

    def write_policies(self, *_):
        (self.folder / "policies").symlink_to(DEMO / "policies")
        (self.folder / "broken").mkdir()
        (self.folder / "broken" / "policy.json").write_text("{")
        (self.folder / "token").write_text(TOKEN + "\n")


@pytest.fixture(scope="session", autouse=True)
def no_sanitizer_report():
    yield
    assert sanitizers.session_reports == []


def shared(name, *replaced, **options):
    @pytest.fixture(scope="session", name=name)
    def fixture():
        with DemoGateway(*replaced, **options) as running:
            yield running

    return fixture


def limited(text):
    return "limits = {", "limits = { " + text


gateway = shared("gateway")
switched_off = shared("switched_off", ('"checkout"; degrade = "auto"', '"checkout"; degrade = "on"'))
guarded = shared("guarded", ('token_file = ""', 'token_file = "token"'))
beyond_loopback = shared("beyond_loopback", ('admin = { listen = "127.0.0.1:0"', 'admin = { listen = "0.0.0.0:0"'))
without_snapshot = shared("without_snapshot", ("file:policies", "file:broken"), wait_ready=False)
past_its_rate = shared("past_its_rate", ("drain =", 'rate = { total_per_second = 1; on_limit = "reject"; };\ndrain ='))
little_work = shared("little_work", limited("batch_max_work = 1;"))
little_answer = shared("little_answer", limited("answer_max_bytes = 65536;"))


@pytest.fixture
def fresh():
    """For a test that leaves an order behind."""
    with DemoGateway() as running:
        yield running


@pytest.fixture(scope="session")
def crowded():
    """The room for bodies is taken by one that was promised and does not come."""
    limits = f"bodies_max_bytes = {MIB}; body_max_bytes = {MIB}; body_timeout_ms = 600000;"
    with DemoGateway(ONE_WORKER, limited(limits)) as running:
        with running.connect() as promising:
            promise = [("Content-Length", str(MIB)), ("Expect", "100-continue")]
            assert promising.ask(wire.request("POST", "/v1/evaluate", promise)).status == 100
            yield running
        wire.wait_until(lambda: running.post(LEAST).status == 200, what="room again")


@pytest.fixture(scope="session")
def stuck():
    """The only worker has taken a request and stands still; let go, it answers and the gateway is well again."""
    setting = ("drain =", f"stuck_after_s = {STUCK_AFTER_S};\ndrain =")
    with DemoGateway(ONE_WORKER, setting) as running, running.connect() as waiting:
        with stop_worker(running) as thread:
            waiting.send(get_request())
            step_into_work(thread, running)
            yield running
        assert waiting.response().status == 200
        wire.wait_until(lambda: running.admin("/livez").status == 200, what="livez 200 again")


def stop_worker(running):
    try:
        return StoppedThread(running.process.pid, "worker-0")
    except PermissionError:
        pytest.skip("this machine lets nobody stop a thread")


def step_into_work(thread, running):
    """The thread slept when it was stopped, and who sleeps is not stuck: so it goes on, one system call at a time."""
    for _ in range(STEPS_MAX):
        thread.step()
        if fails_soon(running):
            return
    raise AssertionError(f"livez does not fail after {STEPS_MAX} steps")


def fails_soon(running):
    deadline = time.monotonic() + STUCK_AFTER_S + 0.5
    while time.monotonic() < deadline:
        if running.admin("/livez").status == 503:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="session")
def token():
    return TOKEN
