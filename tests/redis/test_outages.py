"""Redis dies, stops, loses its data, fails over; callers see nothing of it, and the gateway is back soon after Redis is."""

import contextlib
import time

import pytest

import redis_layout
from callers import Callers, judge, percentile
from redis_gateway import IS_SANITIZED, RedisGateway
from redis_topology import Replicated, wait_in_step
from releases import Publisher, numbered_set
from wire import wait_until

CALM_S = 1.0
FAULT_S = 2.5
RECOVERY_S = 6.0 if IS_SANITIZED else 2.0
LATENCY_FACTOR = 5
LATENCY_ROOM_S = 0.2 if IS_SANITIZED else 0.02


class Stage:
    """A gateway under load, and what has been published so far."""

    def __init__(self, gateway, callers, publisher, sets):
        self.gateway, self._callers, self.publisher, self.sets = gateway, callers, publisher, sets
        self._calm_from = time.monotonic()
        self._number = max(sets.values())

    def calm(self):
        time.sleep(CALM_S)
        self._fault_from = time.monotonic()

    def last(self, seconds=FAULT_S):
        """The fault goes on for so long; the probe is asked all the while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.gateway.is_ready() and self.gateway.admin("/livez").status == 200
            time.sleep(0.05)
        self._fault_until = time.monotonic()

    def publish(self):
        self._number += 1
        release = self.publisher.publish(numbered_set(self._number))
        self.sets[release] = self._number
        return release

    def recovers(self, returned_at, release=None):
        """A new release is active so long after Redis' return."""
        self.gateway.wait_release(release or self.publish(), RECOVERY_S + 10)
        seconds = time.monotonic() - returned_at
        print(f"active {seconds:.2f} s after Redis' return")
        assert seconds <= RECOVERY_S

    def judge(self):
        answers = self._callers.stop()
        judge(answers, self.sets)
        calm = percentile(answers, 0.99, self._calm_from, self._fault_from)
        fault = percentile(answers, 0.99, self._fault_from, self._fault_until)
        print(f"{len(answers)} answers; p99 {calm * 1e3:.2f} ms in calm, {fault * 1e3:.2f} ms in the fault")
        assert fault <= LATENCY_FACTOR * calm + LATENCY_ROOM_S


@contextlib.contextmanager
def stage(url, publisher, first=1, **redis):
    """Everything after the first publish; judged at the end."""
    release = publisher.publish(numbered_set(first))
    with RedisGateway(url, redis=redis) as gateway, Callers(gateway.address) as callers:
        running = Stage(gateway, callers, publisher, {release: first})
        running.calm()
        yield running
        running.judge()


def test_redis_is_killed_and_comes_back_with_its_data(redis, publisher):
    with stage(redis.url(), publisher) as running:
        redis.save()
        redis.kill()
        running.last()
        wait_until(lambda: any("refused" in event.get("reason", "").lower() for event in running.gateway.events
                               if event["event"] == "source_unavailable"), what="refused, be it after a reset")
        redis.start()
        running.recovers(time.monotonic())


def test_redis_is_stopped_and_goes_on(redis, publisher):
    with stage(redis.url(), publisher) as running:
        redis.pause()
        running.last()
        assert running.gateway.wait_event("source_unavailable")["reason"]
        assert running.gateway.metric("promogate_source_failures_total") > 0
        redis.resume()
        running.recovers(time.monotonic())


def test_redis_comes_back_empty(redis, publisher):
    """The release in force stays; who publishes into the empty one must say the number to go on from."""
    with stage(redis.url(), publisher) as running:
        in_force = max(running.sets)
        redis.kill()
        redis.forget()
        redis.start()
        running.gateway.wait_reason("does not exist")
        running.last()
        assert running.gateway.decide()["release"] == in_force
        begin = time.monotonic()
        with redis.client() as client:
            redis_layout.write_release(client, "main", in_force + 1, numbered_set(77))
        running.sets[in_force + 1] = 77
        running.recovers(begin, in_force + 1)


def test_redis_comes_back_with_older_data_than_are_in_force(redis, publisher):
    with stage(redis.url(), publisher) as running:
        redis.save()
        in_force = running.publish()
        running.gateway.wait_release(in_force)
        redis.kill()
        redis.start()
        reason = running.gateway.wait_reason("is older than")["reason"]
        assert "lost data" in reason
        running.last()
        assert running.gateway.decide()["release"] == in_force
        begin = time.monotonic()
        release = running.publisher.publish(numbered_set(50), "--release", str(in_force + 1))
        running.sets[release] = 50
        assert release == in_force + 1
        running.recovers(begin, release)


def test_another_release_of_the_same_number_is_refused(redis, publisher):
    """Older data, and somebody published since: the number is one that this gateway knows with other content."""
    with stage(redis.url(), publisher) as running:
        redis.save()
        in_force = running.publish()
        running.gateway.wait_release(in_force)
        redis.kill()
        redis.start()
        assert running.publisher.publish(numbered_set(60)) == in_force
        assert "other content" in running.gateway.wait_reason("other content")["reason"]
        running.last()
        begin = time.monotonic()
        running.recovers(begin)


@pytest.mark.parametrize("is_paused", [False, True], ids=["killed", "stopped"])
def test_a_sentinel_fails_over(is_paused):
    with Replicated() as topology:
        publisher = Publisher(topology.url(), topology.master)
        with stage(topology.url(), publisher) as running:
            wait_in_step(topology.master, topology.replica)
            topology.master.pause() if is_paused else topology.master.kill()
            publisher.server = topology.replica
            topology.wait_failover()
            promoted_at = time.monotonic()
            running.recovers(promoted_at)
            running.last(1.0)
            assert running.gateway.metric("promogate_source_failures_total") > 0


def test_the_failed_master_comes_back_as_a_replica_and_nothing_changes():
    with Replicated() as topology:
        publisher = Publisher(topology.url(), topology.master)
        with stage(topology.url(), publisher) as running:
            wait_in_step(topology.master, topology.replica)
            topology.master.pause()
            publisher.server = topology.replica
            topology.wait_failover()
            running.gateway.wait_release(running.publish())
            topology.master.resume()
            wait_until(lambda: topology.master.info("replication")["role"] == "slave", 20.0, 0.05,
                       what="the old master follows the new one")
            running.last(1.0)
            running.gateway.wait_release(running.publish())


def test_redis_flaps(redis, publisher):
    with stage(redis.url(), publisher) as running:
        redis.save()
        for _ in range(4):
            redis.kill()
            running.last(0.3)
            redis.start()
            running.last(0.2)
        running.recovers(time.monotonic())


def test_redis_is_away_while_the_gateway_starts_without_a_state(redis, publisher):
    """Callers get the fallback, with 200; the first release ends it."""
    publisher.publish(numbered_set(1))
    redis.save()
    redis.kill()
    with RedisGateway(redis.url(), wait_ready=False) as gateway, Callers(gateway.address) as callers:
        gateway.wait_event("source_unavailable")
        assert gateway.decide()["cause"] == "no_snapshot"
        assert [gateway.admin(path).status for path in ("/livez", "/readyz", "/startupz")] == [200, 503, 200]
        begin = time.monotonic()
        redis.start()
        gateway.wait_ready()
        assert time.monotonic() - begin <= RECOVERY_S
        judge(callers.stop(), {}, degraded_is_fine=True)


def test_the_status_page_forgets_an_outage_that_is_over(redis, publisher):
    publisher.publish(numbered_set(1))
    redis.save()
    with RedisGateway(redis.url()) as gateway:
        redis.kill()
        assert gateway.wait_event("source_unavailable")["reason"] in gateway.status()["source"]["error"]
        redis.start()
        wait_until(lambda: gateway.status()["source"]["error"] == "", RECOVERY_S, what="no error")


def test_an_unavailable_redis_is_told_once_not_at_every_try(redis, publisher):
    publisher.publish(numbered_set(1))
    with RedisGateway(redis.url(), redis={"backoff_max_ms": 100}) as gateway:
        redis.kill()
        gateway.wait_event("source_unavailable")
        failures = gateway.metric("promogate_source_failures_total")
        wait_until(lambda: gateway.metric("promogate_source_failures_total") >= failures + 10, what="ten more tries")
        told = [event for event in gateway.events if event["event"] == "source_unavailable"]
        assert len(told) <= 2, told


def test_several_gateways_are_all_back_in_time(redis, publisher):
    """Full jitter waits a random part of the ceiling, never more."""
    publisher.publish(numbered_set(1))
    redis.save()
    with contextlib.ExitStack() as gateways:
        running = [gateways.enter_context(RedisGateway(redis.url())) for _ in range(4)]
        redis.kill()
        for gateway in running:
            gateway.wait_event("source_unavailable")
        time.sleep(2.0)
        redis.start()
        begin = time.monotonic()
        release = publisher.publish(numbered_set(2))
        for gateway in running:
            gateway.wait_release(release)
        assert time.monotonic() - begin <= RECOVERY_S
