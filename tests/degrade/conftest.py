"""Servers and gateways that the tests share, and the gate that fails the session when a sanitizer wrote a report."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import sanitizers
from gateway import Gateway, raise_file_limit
from redis_gateway import RedisGateway
from redis_server import RedisServer
from releases import Publisher
from policies import POLICIES, SETTINGS

RELEASE = {**POLICIES, "settings.json": SETTINGS}


@pytest.fixture(scope="session", autouse=True)
def no_sanitizer_report():
    raise_file_limit()
    yield
    assert sanitizers.session_reports == []


@pytest.fixture
def gateway(tmp_path):
    """Of its own for each test; what operators say is kept."""
    with Gateway(state_dir=str(tmp_path)) as running:
        yield running


@pytest.fixture
def redis():
    with RedisServer() as running:
        Publisher(running.url(), running).publish(RELEASE)
        yield running


@pytest.fixture
def fed(redis, tmp_path):
    """A gateway that has its policies and switches from Redis, asks for these often, and keeps what it hears."""
    with RedisGateway(redis.url(), redis={"switch_poll_ms": 100}, state_dir=str(tmp_path)) as running:
        yield running
