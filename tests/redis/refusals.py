"""What the suites of refused releases share: release 10 is in force, written piece by piece (redis_layout.py), since
promoctl would refuse most of what follows; a gateway that keeps to tight limits; and what a refusal must look like.
"""

import pytest

from redis_gateway import RedisGateway
from redis_layout import key, write_release
from releases import number_in, numbered_set

NAMESPACE = "main"
IN_FORCE = 10
POLICIES = len(numbered_set(1))
RELEASE_BYTES_MAX = 1 << 20
LIMITS = {"max_candidates": 12, "snapshot_max_bytes": 8 << 20}


@pytest.fixture
def writer(redis):
    with redis.client() as client:
        write_release(client, NAMESPACE, IN_FORCE, numbered_set(1))
        yield client


@pytest.fixture
def gateway(redis, writer):
    with RedisGateway(redis.url(), redis={"poll_ms": 100, "release_max_bytes": RELEASE_BYTES_MAX},
                      limits=LIMITS) as running:
        yield running


def refuses(gateway, writer, *words):
    """The log and the status page say these words, the old decision stays, and a good release follows."""
    gateway.tells(*words)
    assert (gateway.decide()["release"], number_in(gateway.decide())) == (IN_FORCE, 1)
    assert gateway.is_ready()
    writer.call("DEL", key(NAMESPACE, "root"))
    write_release(writer, NAMESPACE, 100, numbered_set(2))
    gateway.wait_release(100)
    assert number_in(gateway.decide()) == 2
    assert gateway.status()["source"]["error"] == "", "what is over is over"
