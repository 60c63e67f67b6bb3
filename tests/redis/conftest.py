"""Servers and gateways that the tests share, and the gate that fails the session when a sanitizer wrote a report."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import sanitizers
from gateway import raise_file_limit
from redis_server import RedisServer
from releases import Publisher


@pytest.fixture(scope="session", autouse=True)
def no_sanitizer_report():
    raise_file_limit()
    yield
    assert sanitizers.session_reports == []


@pytest.fixture
def redis():
    with RedisServer() as running:
        yield running


@pytest.fixture
def publisher(redis):
    return Publisher(redis.url(), redis)
