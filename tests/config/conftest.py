"""The gate that fails the session when a sanitizer wrote a report."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import sanitizers


@pytest.fixture(scope="session", autouse=True)
def no_sanitizer_report():
    yield
    assert sanitizers.session_reports == []
