"""A release that looks like a mistake is refused with a reason; what is in force stays, and the next good release becomes
active without help.
"""

import json

import pytest

from redis_gateway import RedisGateway
from redis_layout import Release, key, write_release, write_root
from refusals import IN_FORCE, LIMITS, NAMESPACE, POLICIES, RELEASE_BYTES_MAX, gateway, refuses, writer  # with fixtures
from releases import numbered_set
from wire import wait_until


# what looks like a mistake

def test_a_release_without_a_policy(gateway, writer):
    write_release(writer, NAMESPACE, 11, {"settings.json": {"max_offers": 3}})
    refuses(gateway, writer, "has no policy", "--accept-drop")


def test_a_release_that_takes_most_policies_away(gateway, writer):
    write_release(writer, NAMESPACE, 11, numbered_set(3, fillers=POLICIES // 2 - 2))
    refuses(gateway, writer, f"{POLICIES} are in force", "drop_max_bp")


def test_half_of_the_policies_may_go(gateway, writer):
    write_release(writer, NAMESPACE, 11, numbered_set(3, fillers=POLICIES // 2 - 1))
    gateway.wait_release(11)


@pytest.mark.parametrize("documents", [{"settings.json": {"max_offers": 3}}, numbered_set(3, fillers=0)],
                         ids=["empty", "drop"])
def test_what_a_person_has_confirmed_becomes_active(gateway, writer, documents):
    write_release(writer, NAMESPACE, 11, documents, forced=True)
    gateway.wait_release(11)
    assert gateway.status()["policies"] == len(set(documents) - {"settings.json"})


def test_an_older_number(gateway, writer):
    write_release(writer, NAMESPACE, 9, numbered_set(3))
    refuses(gateway, writer, "release 9 is older than 10", "lost data")


def test_an_older_number_is_refused_even_if_a_person_confirmed_it(gateway, writer):
    write_release(writer, NAMESPACE, 9, numbered_set(3), forced=True)
    refuses(gateway, writer, "release 9 is older than 10")


def test_the_same_number_with_other_content(gateway, writer):
    write_release(writer, NAMESPACE, IN_FORCE, numbered_set(3))
    refuses(gateway, writer, "other content")


def test_the_same_number_with_the_same_content_is_confirmed(gateway, writer):
    seen = len(gateway.events)
    write_release(writer, NAMESPACE, IN_FORCE, numbered_set(1), at=1)
    write_release(writer, NAMESPACE, 11, numbered_set(2))
    gateway.wait_release(11)
    assert not [event for event in gateway.events[seen:] if event["event"] == "snapshot_refused"]


def test_more_bytes_than_redis_release_max_bytes(gateway, writer):
    write_release(writer, NAMESPACE, 11, {**numbered_set(3), "large.json": {
        "id": "large", "scope": {"type": "aoi", "aois": [f"{i:060}" for i in range(RELEASE_BYTES_MAX // 60)]},
        "offer": {"coupon": "C", "kind": "coupon"}}}, forced=True)
    fetched = gateway.metric("promogate_source_pieces_total", origin="fetched")
    gateway.wait_reason("release_max_bytes")
    assert gateway.metric("promogate_source_pieces_total", origin="fetched") == fetched, "refused unfetched"
    refuses(gateway, writer, "redis.release_max_bytes")


def test_more_memory_than_limits_snapshot_max_bytes(redis, writer):
    """Documents that fit, whose compiled form does not."""
    documents = {f"p{p}.json": {"id": f"p{p}", "scope": {"type": "aoi", "aois": [f"{p}-{i}" for i in range(3000)]},
                                "offer": {"coupon": "C", "kind": "coupon"}} for p in range(12)}
    with RedisGateway(redis.url(), limits={"snapshot_max_bytes": 65536}) as gateway:
        write_release(writer, NAMESPACE, 11, {**numbered_set(3), **documents})
        refuses(gateway, writer, "snapshot_max_bytes")


def test_more_work_than_limits_max_candidates(gateway, writer):
    documents = {f"p{p}.json": {"id": f"p{p}", "scope": {"type": "all"}, "offer": {"coupon": "C", "kind": "coupon"}}
                 for p in range(LIMITS["max_candidates"])}
    write_release(writer, NAMESPACE, 11, {**numbered_set(3), **documents})
    refuses(gateway, writer, "max_candidates")


def test_what_was_refused_becomes_active_when_the_limit_is_raised(redis, gateway, writer):
    write_release(writer, NAMESPACE, 11, numbered_set(3, fillers=0))
    gateway.wait_reason("drop_max_bp")
    seen = len(gateway.events)
    gateway.reload(source=redis.url(), limits=LIMITS,
                   redis={"poll_ms": 100, "spread_ms": 0, "drop_max_bp": 10000, "release_max_bytes": RELEASE_BYTES_MAX})
    gateway.wait_release(11, since=seen)


def test_a_refusal_is_over_when_redis_says_again_what_is_in_force(gateway, writer):
    root = writer.call("GET", key(NAMESPACE, "root"))
    write_release(writer, NAMESPACE, 9, numbered_set(3))
    gateway.wait_reason("is older than")
    writer.call("SET", key(NAMESPACE, "root"), root)
    wait_until(lambda: gateway.status()["source"]["error"] == "", what="the status page forgets the refusal")
    assert gateway.decide()["release"] == IN_FORCE


def test_a_refusal_is_told_once_not_at_every_poll(gateway, writer):
    write_release(writer, NAMESPACE, 9, numbered_set(3))
    gateway.wait_reason("is older than")
    gateway.polls_on(10)
    assert len([event for event in gateway.events if event["event"] == "snapshot_refused"]) == 1


# roots

def root_with(**changes):
    return Release(11, numbered_set(3), **changes).root_bytes()


ROOTS = {
    "no JSON": (b"no JSON", "no JSON object"),
    "nothing": (b"", "no JSON object"),
    "a JSON list": (b"[1]", "no JSON object"),
    "cut short": (root_with()[:-1], "no JSON object"),
    "two objects": (root_with() * 2, "no JSON object"),
    "a member twice": (root_with()[:-1] + b',"release":12}', "a member twice"),
    "a NUL": (root_with() + b"\x00", "no JSON object"),
    "another format": (root_with(format=2), "format"),
    "another format and other members": (b'{"format":2,"root":"elsewhere"}', "format"),
    "no format": (root_with(format=None), "lacks a member"),
    "no manifest": (root_with(manifest=None), "lacks a member"),
    "a manifest that is no digest": (root_with(manifest="x" * 32), "hexadecimal"),
    "a manifest in upper case": (root_with(manifest="AB" * 16), "hexadecimal"),
    "release 0": (root_with(release=0), "out of its range"),
    "a release past 2^53": (root_with(release=1 << 53), "out of its range"),
    "a release as text": (root_with(release="11"), "out of its range"),
    "a negative count": (root_with(policies=-1), "out of its range"),
    "a level that no blob has": (root_with(level=200), "out of its range"),
    "a length that no manifest has": (root_with(length=1 << 40), "out of its range"),
    "a rollback to itself": (root_with(rollback_of=11), "not older"),
    "forced as a number": (root_with(forced=1), "neither true nor false"),
    "600 bytes": (root_with(padding="x" * 450), "512 bytes"),
    "1 MiB": (b"x" * (1 << 20), "more than 64 KiB"),
}


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_that_is(gateway, writer, root):
    value, words = ROOTS[root]
    assert root != "600 bytes" or len(value) > 512
    write_root(writer, NAMESPACE, value)
    refuses(gateway, writer, words)


def test_a_root_with_a_member_of_tomorrow_is_fine(gateway, writer):
    write_release(writer, NAMESPACE, 11, numbered_set(3), canary={"share": 500})
    gateway.wait_release(11)


@pytest.mark.parametrize("command", [("RPUSH", "a", "b"), ("HSET", "a", "b"), ("SADD", "a"), ("ZADD", 1, "a")],
                         ids=lambda command: command[0])
def test_a_root_of_another_type(gateway, writer, command):
    name, *rest = command
    writer.call("DEL", key(NAMESPACE, "root"))
    writer.call(name, key(NAMESPACE, "root"), *rest)
    refuses(gateway, writer, "WRONGTYPE")


def test_a_root_that_is_gone(gateway, writer):
    writer.call("DEL", key(NAMESPACE, "root"))
    refuses(gateway, writer, "does not exist")


def test_numbers_in_the_root_that_the_manifest_does_not_bear_out(gateway, writer):
    write_release(writer, NAMESPACE, 11, numbered_set(3), policies=POLICIES + 1)
    refuses(gateway, writer, "other counts than the root says")


def test_numbers_that_flap_compile_what_is_new_and_nothing_else(gateway, writer):
    """Root flips between two releases many times: only growing numbers become active."""
    roots = [write_release(writer, NAMESPACE, number, numbered_set(number)).root_bytes() for number in (11, 12)]
    gateway.wait_release(12)
    for i in range(200):
        writer.call("SET", key(NAMESPACE, "root"), roots[i % 2])
    writer.call("SET", key(NAMESPACE, "root"), roots[1])
    write_release(writer, NAMESPACE, 13, numbered_set(13))
    gateway.wait_release(13)
    active = [event["release"] for event in gateway.events if event["event"] == "snapshot_active"]
    assert active == sorted(set(active)), json.dumps(active)
