"""What the tests share, and the gate that fails the session when a sanitizer wrote a report."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import sanitizers
from gateway import raise_file_limit


@pytest.fixture(scope="session", autouse=True)
def no_sanitizer_report():
    raise_file_limit()
    yield
    assert sanitizers.session_reports == []
