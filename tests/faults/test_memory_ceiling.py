"""Memory past its ceiling: fallbacks, no new release, no restart; and all is back when there is room again."""

import pytest

import growth
import prometheus
from gateway import Gateway
from redis_gateway import IS_SANITIZED, RedisGateway
from redis_server import RedisServer
from releases import Publisher, numbered_set
from wire import wait_until

BELOW_BYTES = 1 << 20  # any gateway is larger
ABOVE_BYTES = 1 << 39
SHORT_S = 10.0


def decide(gateway):
    return gateway.get(user_id="u1", aoi="A1", amount=6200).json()


def metric(gateway, name):
    return prometheus.parse(gateway.admin("/metrics").body.decode())[name].total()


@pytest.fixture
def gateway():
    with Gateway(numbered_set(1), {}) as running:
        yield running


def become_short(gateway):
    gateway.reload(limits={"memory_max_bytes": BELOW_BYTES})
    return gateway.wait_event("memory_short", SHORT_S)


def become_well(gateway):
    gateway.reload(limits={"memory_max_bytes": ABOVE_BYTES})
    gateway.wait_event("memory_back", SHORT_S)


def test_past_the_ceiling_callers_get_fallbacks_and_probes_are_well(gateway):
    event = become_short(gateway)
    assert event["ceiling_bytes"] == BELOW_BYTES < event["resident_bytes"]
    wait_until(lambda: decide(gateway)["degraded"], what="a fallback")
    answer = gateway.get(user_id="u1", aoi="A1", amount=6200)
    assert answer.status == 200 and answer.header("X-Promo-Degraded") == "saturated"
    assert answer.json()["cause"] == "saturated"
    assert [offer["coupon"] for offer in answer.json()["offers"]] == ["C-SAFE", "C-MORE"]
    assert [gateway.admin(path).status for path in ("/livez", "/readyz")] == [200, 200]
    assert metric(gateway, "promogate_memory_short") == 1
    assert metric(gateway, "promogate_memory_ceiling_bytes") == BELOW_BYTES
    told = gateway.wait_event("breaker_transition", since=gateway.events.index(event))
    assert told["to"] == "open" and told["cause"] == "memory"


def test_no_release_is_loaded_meanwhile_and_the_newest_is_once_there_is_room(gateway):
    become_short(gateway)
    seen = len(gateway.events)
    gateway.write_policies(numbered_set(2), {})
    refused = gateway.wait_event(("snapshot_refused", "snapshot_active"), since=seen)
    assert refused["event"] == "snapshot_refused"
    assert "memory" in gateway.wait_event("snapshot_problem", since=seen)["reason"]
    become_well(gateway)
    gateway.wait_event("snapshot_active", since=seen)
    offers = wait_until(lambda: not (decision := decide(gateway))["degraded"] and decision["offers"], 30,
                        what="decisions again")
    assert [offer["coupon"] for offer in offers] == ["C-2"]


def test_a_release_of_redis_waits_for_room_too():
    with RedisServer() as redis:
        publisher = Publisher(redis.url(), redis)
        publisher.publish(numbered_set(1))
        with RedisGateway(redis.url()) as gateway:
            become_short(gateway)
            seen = len(gateway.events)
            second = publisher.publish(numbered_set(2))
            assert "memory" in gateway.wait_reason("memory", since=seen)["reason"]
            assert gateway.admin("/readyz").status == 200
            gateway.write_config(source=redis.url(), redis={"poll_ms": 200, "spread_ms": 0},
                                 limits={"memory_max_bytes": ABOVE_BYTES})
            gateway.wait_event("memory_back", SHORT_S)
            gateway.wait_release(second, 30, since=seen)


@pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer keeps freed memory on purpose")
def test_a_ceiling_of_half_again_its_size_holds_while_callers_send_large_bodies():
    """What requests may take is bounded by limits.bodies_max_bytes: it stays below, and nobody is refused."""
    with Gateway(numbered_set(1), {}) as gateway:
        resident = growth.resident_bytes(gateway.process.pid)
        gateway.reload(limits={"memory_max_bytes": resident * 3 // 2 + (64 << 20)})
        batch = {"requests": [{"user_id": "u1", "aoi": "A1", "amount": 1, "attributes": {"x": "y" * 200}}] * 1000}
        for _ in range(20):
            assert gateway.batch(batch).status == 200
        assert [event for event in gateway.events if event["event"] == "memory_short"] == []
