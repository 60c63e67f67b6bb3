"""deploy/redis/users.acl on a real server: each user can do its work, and no more."""

import pathlib
import shutil

import pytest

import redis_layout
import resp
import wire
from redis_gateway import RedisGateway
from redis_server import RedisServer
from releases import Publisher, numbered_set, number_in, promoctl
from wire import wait_until

USERS = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "redis" / "users.acl"


@pytest.fixture
def guarded(tmp_path):
    shutil.copy(USERS, tmp_path / "users.acl")
    with RedisServer(acl_file=tmp_path / "users.acl") as running:
        yield running
        assert running.call("ACL", "LOG") == [], "nothing was denied"


def url(server, role):
    return server.url(user=f"promogate-{role}", password=f"change-me-{role}")


def test_reader_and_publisher_can_do_their_work(guarded, tmp_path):
    publisher = Publisher(url(guarded, "publisher"), guarded)
    first = publisher.publish(numbered_set(1))
    with RedisGateway(url(guarded, "reader"), redis={"poll_ms": 600000}) as gateway:
        channel = redis_layout.key("main", "published")
        wait_until(lambda: guarded.call("PUBSUB", "NUMSUB", channel)[1], what="it has subscribed")
        gateway.wait_release(publisher.publish(numbered_set(2)))
        assert number_in(gateway.decide()) == 2
        gateway.wait_release(publisher.rollback(first))
        assert number_in(gateway.decide()) == 1
    for arguments in (["releases"], ["show", 1], ["diff", 1, 2], ["export", 1, tmp_path / "exported"], ["gc"]):
        promoctl(*arguments, "--redis", url(guarded, "publisher"))


@pytest.mark.parametrize("role", ["operator", "publisher"])
def test_switches_are_flipped_by_operator_and_publisher_and_read_by_the_reader(guarded, role):
    flip = ["degrade", "on", "--redis", url(guarded, role)]
    promoctl(*flip, "--interface", "checkout")
    promoctl(*flip, "--interface", "cart", "--ttl", "30m")
    with guarded.client(user="promogate-reader", password="change-me-reader") as reader:
        assert list(wire.strict_json(reader.call("GET", DEGRADE))) == ["checkout", "cart"]
    for interface in ("checkout", "cart"):
        promoctl("degrade", "auto", "--redis", url(guarded, role), "--interface", interface)
    assert guarded.call("EXISTS", DEGRADE) == 0
    promoctl("degrade", "status", "--redis", url(guarded, role))


# Redis 7.0, and from 7.2 on
WITHIN_A_SCRIPT = ("The user executing the script can't", "ACL failure in script: ")


def denied(server, role, *arguments):
    """Does the server deny the command for want of a right? Also takes the entry from its log."""
    with server.client(user=f"promogate-{role}", password=f"change-me-{role}") as client:
        try:
            client.call(*arguments)
        except resp.Fault as fault:
            server.call("ACL", "LOG", "RESET")
            return fault.code == "NOPERM" or any(said in str(fault) for said in WITHIN_A_SCRIPT)
    return False


ROOT, DEGRADE = redis_layout.key("main", "root"), redis_layout.key("main", "degrade")


@pytest.mark.parametrize("role, arguments", [
    ("reader", ["SET", ROOT, "x"]), ("reader", ["DEL", ROOT]), ("reader", ["EVAL", "return 1", 0]), ("reader", ["GET", "else"]),
    ("reader", ["GET", redis_layout.key("other", "root")]), ("publisher", ["GET", redis_layout.key("other", "root")]),
    ("reader", ["SCAN", 0]), ("reader", ["SUBSCRIBE", "else"]), ("reader", ["PUBLISH", redis_layout.key("main", "published"), 1]),
    ("publisher", ["DEL", ROOT]), ("publisher", ["FLUSHALL"]), ("publisher", ["KEYS", "*"]), ("publisher", ["SET", "else", 1]),
    ("publisher", ["EVAL", "return redis.call('del', KEYS[1])", 1, ROOT]), ("publisher", ["CONFIG", "GET", "*"]),
    ("publisher", ["EVAL", "return redis.call('get', KEYS[1])", 1, "else"]),
    ("reader", ["SET", DEGRADE, "{}"]), ("operator", ["GET", ROOT]), ("operator", ["SET", ROOT, "x"]),
    ("operator", ["EVAL", "return redis.call('set', KEYS[1], 'x')", 1, ROOT]), ("operator", ["DEL", DEGRADE]),
    ("operator", ["LPUSH", DEGRADE, "x"]), ("operator", ["SCAN", 0]),
    ("monitor", ["GET", ROOT]), ("monitor", ["SET", ROOT, 1]), ("monitor", ["STRLEN", "else"]), ("monitor", ["MONITOR"]),
])
def test_nobody_can_do_more(guarded, role, arguments):
    assert denied(guarded, role, *arguments)


def test_the_monitor_can_size_what_it_may_not_read(guarded):
    Publisher(url(guarded, "publisher"), guarded).publish(numbered_set(1))
    with guarded.client(user="promogate-monitor", password="change-me-monitor") as client:
        keys = client.call("SCAN", 0, "MATCH", "promogate:*", "COUNT", 1000)[1]
        assert len(keys) > 3
        for key in keys:
            if client.call("TYPE", key) == "string":
                assert 0 < client.call("STRLEN", key) <= 8192 and client.call("MEMORY", "USAGE", key) > 0
        assert client.call("SLOWLOG", "LEN") >= 0 and b"used_memory" in client.call("INFO", "memory")
