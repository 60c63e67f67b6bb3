"""A publish reaches the gateway, and costs no more than what changed; a request costs Redis nothing."""

import json
import pathlib
import subprocess
import time

import pytest

import redis_layout
from fake_redis import FakeRedis
from gateway import BUILD, ROOT, get_request
from redis_gateway import IS_SANITIZED, RedisGateway
from releases import Publisher, number_in, numbered_set
from wire import wait_until

DEMO = ROOT / "deploy/demo/policies"
UNCHANGED_POLL_BYTES_MAX = 200
ONE_AOI_EDIT_BYTES_MAX = 8192
VALUE_BYTES_MAX = 8192
HINTED_S = 4.0 if IS_SANITIZED else 2.0
NEVER_MS = 600000  # the largest poll_ms


def demo_documents():
    return {file.name: file.read_bytes() for file in sorted(DEMO.glob("*.json"))}


def bytes_moved(gateway):
    return gateway.metric("promogate_source_bytes_total")


# life

def test_a_gateway_waits_for_the_first_release_and_then_is_ready(redis, publisher):
    with RedisGateway(redis.url(), wait_ready=False) as gateway:
        event = gateway.wait_event("source_unavailable")
        assert "does not exist" in event["reason"]
        assert not gateway.is_ready() and gateway.decide()["cause"] == "no_snapshot"
        release = publisher.publish(numbered_set(1))
        active = gateway.wait_release(release)
        assert (active["policies"], active["origin"]) == (len(numbered_set(1)), "redis")
        gateway.wait_ready()
        assert (gateway.decide()["release"], number_in(gateway.decide())) == (release, 1)


def test_an_edit_becomes_active_and_its_number_grows(redis, publisher):
    first = publisher.publish(numbered_set(1))
    with RedisGateway(redis.url()) as gateway:
        second = publisher.publish(numbered_set(2))
        gateway.wait_release(second)
        assert second > first and number_in(gateway.decide()) == 2


def test_a_rollback_is_a_new_number_with_old_content(redis, publisher):
    first, second = publisher.publish(numbered_set(1)), publisher.publish(numbered_set(2))
    with RedisGateway(redis.url()) as gateway:
        assert number_in(gateway.decide()) == 2
        third = publisher.rollback(first)
        gateway.wait_release(third)
        assert third > second and number_in(gateway.decide()) == 1
        assert gateway.decide()["release"] == third


def test_the_demo_set_answers_from_redis_as_it_does_from_its_folder(redis, publisher):
    request = get_request(user_id="u1", aoi=first_aoi(), amount=6200)
    release = publisher.publish(DEMO)
    with RedisGateway(redis.url()) as of_redis, RedisGateway(f"file:{DEMO}") as of_folder:
        answers = [gateway.ask(request).json() for gateway in (of_redis, of_folder)]
        assert answers[0]["offers"] and answers[0]["offers"] == answers[1]["offers"]
        assert answers[0]["release"] == release


def test_another_program_can_publish_from_the_description_of_the_layout(redis):
    with redis.client() as client:
        redis_layout.write_release(client, "main", 5, demo_documents())
    with RedisGateway(redis.url()) as gateway:
        assert gateway.decide()["release"] == 5
        assert gateway.status()["policies"] == len(set(demo_documents()) - {"settings.json"})


def test_namespaces_are_apart(redis, publisher):
    other = Publisher(redis.url("other"), redis, "other")
    publisher.publish(numbered_set(1))
    other.publish(numbered_set(2))
    with RedisGateway(redis.url()) as gateway, RedisGateway(redis.url("other")) as gateway_of_other:
        assert [number_in(each.decide()) for each in (gateway, gateway_of_other)] == [1, 2]


def test_check_reads_the_release_and_says_what_is_wrong_with_none(redis, publisher):

    def check(gateway):
        return subprocess.run([BUILD / "promogate", "-c", gateway.folder / "promogate.conf", "--check"],
                              capture_output=True, text=True, timeout=60)

    with RedisGateway(redis.url(), wait_ready=False) as gateway:
        missing = check(gateway)
        assert missing.returncode == 1 and "does not exist" in missing.stderr
        publisher.publish(numbered_set(1))
        assert check(gateway).returncode == 0


# what it costs

def test_a_poll_that_finds_nothing_new_moves_at_most_200_bytes(redis, publisher):
    publisher.publish(DEMO)
    with FakeRedis(redis.address) as fake, RedisGateway(fake.url(), redis={"poll_ms": 100}) as gateway:
        before = fake.traffic()
        wait_until(lambda: len(fake.traffic().commands) >= len(before.commands) + 10, what="ten polls")
        after = fake.traffic()
        polls = after.commands[len(before.commands):]
        assert set(polls) == {"GET"}
        assert (after.bytes - before.bytes) / len(polls) <= UNCHANGED_POLL_BYTES_MAX
        assert after.connections == before.connections, "one connection is kept"


def test_the_metrics_tell_the_bytes_that_moved(redis, publisher):
    publisher.publish(DEMO)
    with FakeRedis(redis.address) as fake:
        with RedisGateway(fake.url(), redis={"poll_ms": NEVER_MS, "hints": False}) as gateway:
            seen = fake.traffic()
            assert gateway.metric("promogate_source_bytes_total", direction="out") == seen.bytes_in
            assert gateway.metric("promogate_source_bytes_total", direction="in") == seen.bytes_out
            assert gateway.metric("promogate_source_connects_total") == seen.connections
            status = gateway.status()["source"]
            assert (status["bytes_in"], status["bytes_out"]) == (seen.bytes_out, seen.bytes_in)


def first_aoi():
    return min(aoi for document in demo_documents().values() for aoi in json.loads(document).get("scope", {}).get("aois", []))


def with_one_aoi_changed(folder):
    """A copy of the demo set in which one code of one policy, in the middle of some 300, is another one."""
    documents = demo_documents()
    lists = {name: json.loads(document).get("scope", {}).get("aois", []) for name, document in documents.items()}
    name = max(lists, key=lambda each: len(lists[each]))
    middle = lists[name][len(lists[name]) // 2]
    documents[name] = documents[name].replace(middle.encode(), b"999999-9999", 1)
    for each, document in documents.items():
        (pathlib.Path(folder) / each).write_bytes(document)
    return folder


def test_an_edit_of_one_aoi_moves_at_most_8_kib(redis, publisher, tmp_path):
    publisher.publish(DEMO)
    with RedisGateway(redis.url()) as gateway:
        before, fetched = bytes_moved(gateway), gateway.metric("promogate_source_pieces_total", origin="fetched")
        gateway.wait_release(publisher.publish(with_one_aoi_changed(tmp_path)))
        moved = bytes_moved(gateway) - before
        pieces = gateway.metric("promogate_source_pieces_total", origin="fetched") - fetched
        print(f"an edit of one AOI: {moved:.0f} bytes, {pieces:.0f} pieces, polls included")
        assert 0 < pieces and moved <= ONE_AOI_EDIT_BYTES_MAX


def large_set(number, aois):
    return {**numbered_set(number), "large.json": {"id": "large", "scope": {"type": "aoi", "aois": aois},
                                                   "offer": {"coupon": "C-L", "kind": "coupon"}}}


def test_an_edit_of_one_aoi_among_20_000_moves_at_most_8_kib_too(redis, publisher):
    aois = [f"310{i * 7919 % 100003:06}" for i in range(20000)]
    publisher.publish(large_set(1, aois))
    with RedisGateway(redis.url()) as gateway:
        before, held = bytes_moved(gateway), gateway.metric("promogate_source_pieces_total", origin="held")
        gateway.wait_release(publisher.publish(large_set(1, aois[:9000] + ["inserted"] + aois[9000:])))
        assert bytes_moved(gateway) - before <= ONE_AOI_EDIT_BYTES_MAX
        assert gateway.metric("promogate_source_pieces_total", origin="held") > held


def test_a_rollback_to_a_release_that_is_held_fetches_no_piece(redis, publisher, tmp_path):
    first = publisher.publish(DEMO)
    with FakeRedis(redis.address) as fake, RedisGateway(fake.url(), redis={"hints": False}) as gateway:
        gateway.wait_release(publisher.publish(with_one_aoi_changed(tmp_path)))
        before = fake.traffic()
        gateway.wait_release(publisher.rollback(first))
        after = fake.traffic()
        commands = after.commands[len(before.commands):]
        assert set(commands) <= {"GET", "CLIENT"}, "CLIENT SETNAME names the refresh's trace"
        assert (after.bytes - before.bytes) / commands.count("GET") <= UNCHANGED_POLL_BYTES_MAX + 200


def test_no_value_is_larger_than_8_kib(redis, publisher):
    publisher.publish(DEMO)
    publisher.publish({**demo_documents(), "large.json": {
        "id": "large", "scope": {"type": "aoi", "aois": [f"{i:064}" for i in range(20000)]},
        "offer": {"coupon": "C", "kind": "coupon"}}})
    with redis.client() as client:
        sizes = {}
        for key in client.call("KEYS", "*"):
            is_list = client.call("TYPE", key) == "list"
            values = client.call("LRANGE", key, 0, -1) if is_list else [client.call("GET", key)]
            sizes[key] = max(map(len, values))
        assert len(sizes) > 100 and max(sizes.values()) <= VALUE_BYTES_MAX


def test_10_000_requests_cause_no_byte_to_redis(redis, publisher):
    publisher.publish(numbered_set(1))
    with FakeRedis(redis.address) as fake:
        with RedisGateway(fake.url(), redis={"poll_ms": NEVER_MS, "hints": False}) as gateway:
            before = fake.traffic()
            with gateway.connect() as connection:
                for _ in range(100):
                    connection.send(get_request() * 100)
                    assert {connection.response().status for _ in range(100)} == {200}
            after = fake.traffic()
            assert (after.bytes, after.connections) == (before.bytes, before.connections)


# hints

def test_a_hint_makes_a_publish_active_long_before_the_poll(redis, publisher):
    publisher.publish(numbered_set(1))
    with RedisGateway(redis.url(), redis={"poll_ms": NEVER_MS}) as gateway:
        wait_until(lambda: redis.call("PUBSUB", "NUMSUB", redis_layout.key("main", "published"))[1] == 1,
                   what="it has subscribed")
        gateway.wait_release(publisher.publish(numbered_set(2)), HINTED_S)
        assert number_in(gateway.decide()) == 2


def test_a_lost_hint_is_made_up_for_by_the_poll(redis, publisher):
    publisher.publish(numbered_set(1))
    with FakeRedis(redis.address) as fake, RedisGateway(fake.url(), redis={"poll_ms": 500}) as gateway:
        wait_until(lambda: any(connection.is_subscriber for connection in fake.connections), what="it has subscribed")
        fake.is_muted = True
        gateway.wait_release(publisher.publish(numbered_set(2)))


@pytest.mark.parametrize("message", [b"", b"x" * 100000, b"\x00\xff\r\n"], ids=["empty", "large", "binary"])
def test_an_invented_hint_does_no_harm(redis, publisher, message):
    release = publisher.publish(numbered_set(1))
    with RedisGateway(redis.url()) as gateway:
        channel = redis_layout.key("main", "published")
        wait_until(lambda: redis.call("PUBSUB", "NUMSUB", channel)[1] == 1, what="it has subscribed")
        for _ in range(50):
            redis.call("PUBLISH", channel, message)
        assert gateway.decide()["release"] == release
        gateway.wait_release(publisher.publish(numbered_set(2)))


def test_without_hints_it_does_not_subscribe(redis, publisher):
    publisher.publish(numbered_set(1))
    with FakeRedis(redis.address) as fake, RedisGateway(fake.url(), redis={"hints": False}) as gateway:
        gateway.wait_release(publisher.publish(numbered_set(2)))
        assert "SUBSCRIBE" not in fake.traffic().commands
        assert not any(connection.is_subscriber for connection in fake.connections)


# bounds

def test_a_fetch_keeps_to_its_byte_budget(redis, publisher):
    """64 KiB a second: half a megabyte takes several seconds, during which polls go on."""
    publisher.publish(numbered_set(1))
    documents = large_set(2, [f"{i * 7919 % 100003:040}" for i in range(8000)])
    with RedisGateway(redis.url(), redis={"fetch_bytes_per_second": 65536}) as gateway:
        release = publisher.publish(documents)
        seen = len(gateway.events)
        begin = time.monotonic()
        gateway.wait_release(release, 30.0)
        assert time.monotonic() - begin > 2.0
        assert all(event["event"] != "source_unavailable" for event in gateway.events[seen:])


def test_a_newer_release_puts_an_end_to_the_fetch_of_an_older_one(redis, publisher):
    publisher.publish(numbered_set(1))
    documents = large_set(2, [f"{i * 7919 % 100003:060}" for i in range(30000)])
    with RedisGateway(redis.url(), redis={"fetch_bytes_per_second": 65536}) as gateway:
        slow = publisher.publish(documents)
        wait_until(lambda: gateway.metric("promogate_source_pieces_total", origin="fetched") > 10, what="it fetches")
        gateway.wait_release(publisher.publish(numbered_set(3)))
        assert all(event.get("release") != slow for event in gateway.events if event["event"] == "snapshot_active")
