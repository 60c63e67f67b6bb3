"""What gateways expose, once a session, and the gate that fails it when a sanitizer wrote a report."""

import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import exposed
import sanitizers


@pytest.fixture(scope="session", autouse=True)
def no_sanitizer_report():
    yield
    assert sanitizers.session_reports == []


@pytest.fixture(scope="session")
def exposures(tmp_path_factory):
    """The texts of /metrics."""
    return [exposed.of_a_directory(tmp_path_factory.mktemp("state")), exposed.of_a_redis()]


@pytest.fixture(scope="session")
def samples(exposures):
    return [sample for text in exposures for sample in exposed.samples_of(text)]


@pytest.fixture(scope="session")
def promtool():
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is missing: Debian's package prometheus")
    return program
