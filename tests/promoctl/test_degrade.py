"""promoctl degrade: the namespace's key is changed and told; wrong usage does nothing."""

import datetime
import socket
import threading
import time

import pytest

from degrade_run import TIMEOUT, admin, degrade
import redis_layout
import wire
from fake_admin import FakeAdmin
from redis_server import RedisServer

KEY = redis_layout.key("main", "degrade")


# --redis

@pytest.fixture(scope="module")
def server():
    with RedisServer() as running:
        yield running


@pytest.fixture
def redis(server):
    server.call("FLUSHALL")
    return server


def switches(redis):
    text = redis.call("GET", KEY)
    return None if text is None else wire.strict_json(text)


def seconds_ahead(until):
    return datetime.datetime.fromisoformat(until.replace("Z", "+00:00")).timestamp() - time.time()


def test_a_switch_is_put_into_the_key_told_and_taken_out_again(redis):
    done = degrade("on", "--interface", "checkout", "--reason", "coupons run out", "--ttl", "30m", "--redis", redis.url())
    assert (done.returncode, done.stderr) == (0, "")
    entry = switches(redis)["checkout"]
    until = entry.pop("until")
    assert entry == {"mode": "on", "reason": "coupons run out", "actor": f"li.wei@{socket.gethostname()}"}
    assert 1700 < seconds_ahead(until) <= 1800
    line = f"checkout on (li.wei@{socket.gethostname()}, until {until}: coupons run out)\n"
    assert done.stdout == line
    assert degrade("status", "--redis", redis.url()).stdout == line
    done = degrade("auto", "--interface", "checkout", "--redis", redis.url())
    assert (done.returncode, done.stdout) == (0, "checkout auto\n")
    assert switches(redis) is None
    assert degrade("status", "--redis", redis.url()).stdout == "no switch\n"


def test_the_environment_may_name_redis_and_admin_comes_before_it(redis):
    assert degrade("on", PROMOGATE_REDIS=redis.url()).returncode == 0
    assert switches(redis)["*"]["mode"] == "on"
    with FakeAdmin() as gateway:
        assert degrade("auto", *admin(gateway), PROMOGATE_REDIS="nonsense").returncode == 0
        assert degrade("on", *admin(gateway), "--redis", redis.url()).returncode == 2
        assert len(gateway.requests) == 1


def test_namespaces_are_apart(redis):
    assert degrade("on", "--redis", redis.url("other")).returncode == 0
    assert switches(redis) is None and redis.call("GET", redis_layout.key("other", "degrade")) is not None


def test_a_drill_is_marked(redis):
    done = degrade("on", "--drill", "--interface", "cart", "--redis", redis.url())
    assert switches(redis)["cart"]["drill"] is True
    assert done.stdout == f"cart on (drill, li.wei@{socket.gethostname()})\n"


@pytest.mark.parametrize("ttl, least, most", [("10m", 500, 600), ("1h", 3400, 3570), ("3571s", 3400, 3570)])
def test_never_ends_within_the_hour_of_a_gateway_whose_clock_is_behind(redis, ttl, least, most):
    assert degrade("never", "--ttl", ttl, "--redis", redis.url()).returncode == 0
    assert least < seconds_ahead(switches(redis)["*"]["until"]) <= most


def test_other_entries_stay_as_they_are_even_those_that_cannot_be_read(redis):
    redis.call("SET", KEY, '{ "cart" : {"mode":"later","color":[1]} , "browse":{"mode":"on"}}')
    assert degrade("on", "--interface", "checkout", "--redis", redis.url()).returncode == 0
    assert redis.call("GET", KEY).startswith(b'{"cart": {"mode":"later","color":[1]},"browse":{"mode":"on"},"checkout":')
    done = degrade("status", "--redis", redis.url())
    assert done.returncode == 1
    assert done.stdout.startswith("cart is faulty: it has a member that is none of mode, reason, actor, until and drill; "
                                  "gateways keep what they had of it\nbrowse on\ncheckout on (")
    assert degrade("auto", "--interface", "cart", "--redis", redis.url()).returncode == 0
    assert list(switches(redis)) == ["browse", "checkout"]


def test_status_of_one_interface_has_those_of_all(redis):
    redis.call("SET", KEY, '{"cart":{"mode":"auto"},"browse":{"mode":"on"},"*":{"mode":"on"}}')
    assert degrade("status", "--interface", "cart", "--redis", redis.url()).stdout == "cart auto\n* on\n"


def test_status_as_json(redis):
    redis.call("SET", KEY, '{"cart":{"mode":"on","drill":true,"until":"2026-02-13T17:00:00+08:00"},"a":1}')
    done = degrade("status", "--json", "--redis", redis.url())
    assert done.returncode == 1
    empty = {"reason": None, "actor": None}
    assert wire.strict_json(done.stdout) == {"switches": [
        {"interface": "cart", "mode": "on", **empty, "until": "2026-02-13T09:00:00Z", "fault": None, "drill": True},
        {"interface": "a", "mode": None, **empty, "until": None, "fault": "is no object", "drill": False}]}


@pytest.mark.parametrize("value", ["[]", "nonsense", '{"a":{"mode":"on"}'])
def test_a_value_that_cannot_be_read_is_refused_and_stays(redis, value):
    redis.call("SET", KEY, value)
    for order in ("on", "auto", "status"):
        done = degrade(order, "--redis", redis.url())
        assert done.returncode == 1
        assert done.stderr == f"promoctl degrade: {KEY} is no JSON object\n"
    assert redis.call("GET", KEY) == value.encode()


def test_another_type_and_a_redis_that_is_away_are_told(redis):
    redis.call("LPUSH", KEY, "x")
    assert "WRONGTYPE" in degrade("on", "--redis", redis.url()).stderr
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert f"127.0.0.1:{port}" in degrade("on", "--redis", f"redis://127.0.0.1:{port}").stderr


def test_operators_at_the_same_time_do_not_undo_each_other(redis):
    names = [f"i{i}" for i in range(8)]
    threads = [threading.Thread(target=degrade, args=("on", "--interface", name, "--redis", redis.url(), *TIMEOUT)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(switches(redis)) == names


# usage

@pytest.mark.parametrize("arguments, reason", [
    ([], "say on, auto, never or status"), (["off"], "say on, auto, never or status"), (["on", "off"], "say on"),
    (["never"], "never needs a --ttl of at most 1h"), (["never", "--ttl", "3601s"], "never needs a --ttl"),
    (["on", "--ttl", "0s"], "--ttl takes a time"), (["on", "--ttl", "721h"], "--ttl takes a time"),
    (["auto", "--ttl", "1h"], "--ttl goes with"), (["status", "--ttl", "1h"], "--ttl goes with"),
    (["never", "--drill", "--ttl", "1h"], "--drill goes with on"), (["status", "--drill"], "--drill goes with on"),
    (["status", "--reason", "x"], "--reason goes with"), (["on", "--reason", "a\nb"], "--reason takes"),
    (["on", "--reason", "x" * 257], "--reason takes"), (["on", "--interface", ""], "--interface takes"),
    (["on", "--interface", "x" * 65], "--interface takes"), (["on", "--admin", "127.0.0.1:8081"], "--admin takes"),
    (["on", "--admin", "http://u:p@127.0.0.1:1"], "--admin takes"), (["on", "--timeout", "9"], "--timeout takes"),
    (["on", "--unknown"], "unrecognized option"),
])
def test_wrong_usage_is_told_and_does_nothing(redis, arguments, reason):
    done = degrade(*arguments, PROMOGATE_REDIS=redis.url())
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr and "usage: promoctl degrade" in done.stderr
    assert switches(redis) is None


def test_limits_of_arguments_are_reached(redis):
    for arguments in (["--ttl", "720h"], ["--reason", "x" * 256], ["--interface", "x" * 64]):
        assert degrade("on", *arguments, "--redis", redis.url()).returncode == 0


def test_neither_way_is_wrong_usage():
    done = degrade("on")
    assert done.returncode == 2 and "PROMOGATE_REDIS" in done.stderr
