"""A Redis for the tests of a file, a fresh namespace for each test, and the gate that fails on a sanitizer's report."""

import itertools
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import sanitizers
from namespace import Namespace
from redis_server import RedisServer

_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def no_sanitizer_report():
    yield
    assert sanitizers.session_reports == []


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as running:
        yield running


@pytest.fixture
def namespace(redis):
    """One that nobody has used."""
    with redis.client() as client:
        yield Namespace(redis, client, f"test-{next(_numbers)}")
