"""What answers in Redis' place drips, lies, floods or falls silent: callers see nothing of it.

Each mode once at the poll of the root and once at the fetch of pieces, one after the other under the same load.
"""

import json
import time

import pytest

from callers import Callers, judge, percentile
from fake_redis import MODES, FakeRedis, moved_in_a_circle
from redis_gateway import IS_SANITIZED, RedisGateway
from redis_server import RedisServer
from releases import Publisher, numbered_set, root_of
from wire import wait_until

PACE = {"poll_ms": 100, "backoff_max_ms": 200, "connect_timeout_ms": 300, "command_timeout_ms": 300}
CALM_S = 1.0
NOTICED_S = 10.0
LATENCY_FACTOR = 5
LATENCY_ROOM_S = 0.2 if IS_SANITIZED else 0.02
RECOVERY_S = 6.0 if IS_SANITIZED else 2.0
MEMORY_ROOM_BYTES = 64 << 20
SIGNS = ("promogate_source_failures_total", "promogate_refresher_refusals_total", "promogate_source_connects_total",
         "promogate_refresher_unavailable_total")


class Stage:
    def __init__(self, fake, gateway, publisher, sets):
        self.fake, self.gateway, self.publisher, self.sets = fake, gateway, publisher, sets
        self._number = max(sets.values())

    def publish(self):
        self._number += 1
        release = self.publisher.publish(numbered_set(self._number))
        self.sets[release] = self._number
        return release

    def signs(self):
        return [self.gateway.metric(name) for name in SIGNS]

    def notices(self, before):
        wait_until(lambda: self.signs() != before, NOTICED_S, what="it notices")

    def recovers(self, release):
        begin = time.monotonic()
        self.fake.behave()
        self.gateway.wait_release(release, RECOVERY_S + 10)
        assert time.monotonic() - begin <= RECOVERY_S


@pytest.fixture(scope="module")
def running():
    with RedisServer() as redis, FakeRedis(redis.address) as fake:
        publisher = Publisher(redis.url(), redis)
        sets = {publisher.publish(numbered_set(1)): 1}
        with RedisGateway(fake.url(), redis=PACE) as gateway, Callers(gateway.address, threads=1) as callers:
            time.sleep(CALM_S)
            trouble_from = time.monotonic()
            yield Stage(fake, gateway, publisher, sets)
            answers = callers.stop()
            judge(answers, sets)
            calm, trouble = percentile(answers, 0.99, end=trouble_from), percentile(answers, 0.99, trouble_from)
            print(f"{len(answers)} answers; p99 {calm * 1e3:.2f} ms in calm, {trouble * 1e3:.2f} ms in trouble")
            assert trouble <= LATENCY_FACTOR * calm + LATENCY_ROOM_S


@pytest.fixture(autouse=True)
def serves_on(running):
    """Whatever a test does: ready, alive, and the decision that was in force or a newer one."""
    before = running.gateway.decide()["release"]
    yield
    running.fake.behave()
    assert running.gateway.is_ready() and running.gateway.admin("/livez").status == 200
    assert running.gateway.decide()["release"] >= before


ODD = {**MODES, "-MOVED in a circle": None}
DELIVERS = ("extra reply",)  # what was asked for comes too, so the release may become active on a second connection


def begin(running, mode, only):
    running.fake.misbehave(moved_in_a_circle(running.fake) if ODD[mode] is None else mode, only)


@pytest.mark.parametrize("mode", ODD)
def test_the_poll_meets(running, mode):
    before, in_force = running.signs(), running.gateway.decide()["release"]
    begin(running, mode, {"GET"})
    running.notices(before)
    assert running.gateway.decide()["release"] == in_force
    running.recovers(running.publish())


@pytest.mark.parametrize("mode", ODD)
def test_the_fetch_meets(running, mode):
    before, in_force = running.signs(), running.gateway.decide()["release"]
    begin(running, mode, {"MGET"})
    release = running.publish()
    running.notices(before)
    assert running.gateway.decide()["release"] == in_force or mode in DELIVERS
    running.recovers(release)


def test_a_reply_that_nobody_asked_for_is_never_taken_for_the_next_one(running):
    """It is a root that would be accepted: of a higher number, and its pieces are there."""
    root = root_of(running.publisher.server)
    lie = json.dumps({**root, "release": root["release"] + 1000000}).encode()
    seen, before = len(running.gateway.events), running.signs()
    running.fake.misbehave(lambda call, reply: reply + b"$%d\r\n%s\r\n" % (len(lie), lie), {"GET"})
    for _ in range(5):
        running.notices(before)
        before = running.signs()
    running.recovers(running.publish())
    told = [event["event"] for event in running.gateway.events[seen:]]
    assert told.count("snapshot_active") == 1 and "snapshot_refused" not in told


@pytest.mark.parametrize("mode", ["silent", "close", "reset", "drip", "-NOAUTH", "binary", "huge array"])
def test_every_command_meets(running, mode):
    """The handshake of a new connection too."""
    before = running.signs()
    begin(running, mode, None)
    running.fake.drop_all()
    running.notices(before)
    running.recovers(running.publish())


@pytest.mark.parametrize("mode", ["silent", "extra reply", "binary", "huge array", "reset", "-NOAUTH"])
def test_the_subscription_meets(running, mode):
    """A hint is only a hint: the poll goes on."""
    begin(running, mode, {"SUBSCRIBE"})
    running.fake.drop_all()
    running.gateway.wait_release(running.publish(), RECOVERY_S + NOTICED_S)


@pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer's own memory is no measure")
@pytest.mark.parametrize("mode", ["flood", "huge bulk", "huge array", "endless line", "wide nesting"])
def test_memory_is_bounded_whatever_is_promised(running, mode):
    memory = "process_resident_memory_bytes"
    before = running.gateway.metric(memory)
    signs = running.signs()
    begin(running, mode, {"GET"})
    for _ in range(5):
        running.notices(signs)
        signs = running.signs()
        assert running.gateway.metric(memory) <= before + MEMORY_ROOM_BYTES
    running.recovers(running.publish())
