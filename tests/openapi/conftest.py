"""Gateways as the OpenAPI tests need them: the demo's configuration and policies, with a change or two."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import sanitizers  # noqa: E402
from gateway import Gateway  # noqa: E402

DEMO = ROOT / "deploy" / "demo"
# A refused body of the largest size and one byte more is read to its end, so that its answer can be.
QUICK = "drain = { grace_ms = 0; };\nlimits = { drain_max_bytes = 8388608; };\n"
TOKEN = "correct-horse-battery-staple"


class DemoGateway(Gateway):
    """Runs deploy/demo/promogate.conf on free ports, each (old, new) of `replaced` put in."""

    def __init__(self, *replaced, **options):
        super().__init__(**options)
        self._replaced = [("127.0.0.1:8080", "127.0.0.1:0"), ("127.0.0.1:8081", "127.0.0.1:0"), *replaced]

    def write_config(self, **_):
        text = (DEMO / "promogate.conf").read_text("utf-8") + QUICK
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


gateway = shared("gateway")
switched_off = shared("switched_off", ('"checkout"; degrade = "auto"', '"checkout"; degrade = "on"'))
guarded = shared("guarded", ('token_file = ""', 'token_file = "token"'))
without_snapshot = shared("without_snapshot", ("file:policies", "file:broken"), wait_ready=False)


@pytest.fixture(scope="session")
def token():
    return TOKEN
