"""The namespace's key of switches: what Redis must never get a gateway to do, and what it may."""

import json
import time

import pytest

import wire
from fake_redis import FakeRedis
from operators import KEY, audit, cause, flips, holder, say, wait_cause, wait_holder
from redis_gateway import RedisGateway

IGNORED, FAILURES = "promogate_switches_ignored_total", "promogate_switch_poll_failures_total"
POLLS = "promogate_switch_polls_total"
SLOW_S = 0.03  # a command


def in_seconds(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


@pytest.fixture
def switched(fed, redis):
    """Checkout is on by Redis' word."""
    say(redis, {"checkout": {"mode": "on", "actor": "li.wei"}})
    wait_cause(fed, "switch")
    return fed


def still_on_after_polls(gateway, times=3):
    """Redis has been asked that often more, and nothing has changed."""
    before = gateway.metric(POLLS)
    wire.wait_until(lambda: gateway.metric(POLLS) >= before + times, what="polls")
    return cause(gateway) == "switch" and holder(gateway) == ("on", "redis")


# Garbage

NO_DOCUMENT = {
    "no JSON": "on",
    "cut": '{"checkout":{"mode":"auto"}',
    "a list": "[]",
    "a string": '"off"',
    "null": "null",
    "a number": "0",
    "more behind it": '{"checkout":{"mode":"auto"}}{}',
    "bytes": b"\xff\x00\xfe",
    "bad UTF-8": b'{"checkout":{"mode":"auto","actor":"\xff"}}',
    "deep": "[" * 1000,
    "too many names": json.dumps({f"name-{i}": {"mode": "on"} for i in range(66)}),
}


@pytest.mark.parametrize("name", NO_DOCUMENT)
def test_what_is_no_document_is_ignored_and_counted_and_the_old_stays(switched, redis, name):
    before = switched.metric(IGNORED)
    say(redis, NO_DOCUMENT[name])
    wire.wait_until(lambda: switched.metric(IGNORED) > before, what="ignored")
    assert still_on_after_polls(switched)
    assert switched.wait_event("switch_ignored")["reason"]
    assert switched.metric(IGNORED) == before + 1, "once a value, not once a poll"


FAULTY = {
    "never without an end": {"mode": "never"},
    "never for more than an hour": {"mode": "never", "until": in_seconds(3 * 3600)},
    "a mode that is none": {"mode": "off"},
    "no mode": {"actor": "ann"},
    "a mode that is false": {"mode": False},
    "an until that is none": {"mode": "auto", "until": "tomorrow"},
    "a long reason": {"mode": "auto", "reason": "x" * 257},
    "no object": "auto",
    "an unknown member": {"mode": "auto", "ttl_s": 60},
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_entry_is_ignored_and_counted_and_its_neighbours_are_heard(switched, redis, name):
    before = switched.metric(IGNORED)
    say(redis, {"checkout": FAULTY[name], "browse": {"mode": "on"}})
    wait_cause(switched, "switch", "browse")
    assert switched.metric(IGNORED) == before + 1 and still_on_after_polls(switched)
    assert switched.wait_event("switch_ignored")["name"] == "checkout"


@pytest.mark.parametrize("command", ["LPUSH|x", "HSET|checkout|auto", "SADD|x", "XADD|*|mode|auto"])
def test_a_key_of_another_type_changes_nothing_and_is_counted(switched, redis, command):
    name, *rest = command.split("|")
    redis.call(name, "other", *rest)
    redis.call("RENAME", "other", KEY)  # at no moment is there no key
    wire.wait_until(lambda: switched.metric(FAILURES) > 0, what="failures")
    assert still_on_after_polls(switched)
    assert switched.wait_event("switches_unavailable")["reason"]


def test_a_value_of_megabytes_changes_nothing_and_is_counted(switched, redis):
    redis.call("SET", KEY, "{" + " " * (4 << 20) + "}")
    wire.wait_until(lambda: switched.metric(FAILURES) + switched.metric(IGNORED) > 0, what="told")
    assert still_on_after_polls(switched)


def test_an_interface_that_this_gateway_does_not_know_harms_nobody(fed, redis):
    say(redis, {"of another fleet": {"mode": "on"}, "browse": {"mode": "on"}})
    wait_cause(fed, "switch", "browse")
    assert cause(fed) is None and fed.metric(IGNORED) == 0


def test_never_in_redis_holds_until_its_end(fed, redis, tmp_path):
    say(redis, {"checkout": {"mode": "never", "until": in_seconds(3)}})
    wait_holder(fed, ("never", "redis"))
    wait_holder(fed, ("auto", None))
    wire.wait_until(lambda: len(flips(tmp_path)) == 2, what="the audit of the end")
    assert flips(tmp_path) == [("checkout", "redis", "auto", "never"), ("checkout", "redis", "never", "auto")]


def test_what_redis_says_is_audited_with_who_and_why(switched, tmp_path):
    wire.wait_until(lambda: audit(tmp_path), what="the audit")
    line, = audit(tmp_path)
    assert (line["interface"], line["source"], line["actor"], line["peer"]) == ("checkout", "redis", "li.wei", "")


# Redis away

@pytest.mark.parametrize("how", ["kill", "pause"])
def test_redis_away_flips_nothing_and_back_it_is_heard(switched, redis, how):
    say(redis, {"checkout": {"mode": "on"}, "browse": {"mode": "never", "until": in_seconds(600)}})
    wait_holder(switched, ("never", "redis"), "browse")
    before = switched.metric(FAILURES)
    redis.kill() if how == "kill" else redis.pause()
    wire.wait_until(lambda: switched.metric(FAILURES) >= before + 1, 20, what="failures")
    assert cause(switched) == "switch" and holder(switched) == ("on", "redis")
    assert holder(switched, "browse") == ("never", "redis")
    redis.start() if how == "kill" else redis.resume()
    say(redis, {})
    wait_cause(switched, None)


def test_an_empty_redis_means_that_nobody_says_anything(switched, redis):
    """A key that is gone is an answer: whoever deletes it takes the orders back."""
    say(redis, None)
    wait_cause(switched, None)


def slow(call, reply):
    time.sleep(SLOW_S)
    return reply


def test_a_gateway_that_starts_asks_redis_before_it_answers_anybody(redis, tmp_path):
    """A release on disk is there at once, and so are callers: an order given meanwhile must not be missed."""
    config = {"redis": {"switch_poll_ms": 60000}, "state_dir": str(tmp_path)}
    with FakeRedis(redis.address) as fake:
        with RedisGateway(fake.url(), **config) as gateway:
            assert cause(gateway) is None
        say(redis, {"checkout": {"mode": "on"}})
        fake.misbehave(slow)
        with RedisGateway(fake.url(), wait_ready=False, **config) as gateway:
            assert cause(gateway) == "switch"


def test_a_redis_that_is_silent_holds_no_start_up_for_long(redis, tmp_path):
    config = {"state_dir": str(tmp_path)}
    with RedisGateway(redis.url(), **config) as gateway:
        assert cause(gateway) is None
    redis.pause()
    begun = time.monotonic()
    with RedisGateway(redis.url(), **config) as gateway:
        assert cause(gateway) is None
        took_s = time.monotonic() - begun
    assert took_s < 5, "a start waits for a fifth of a second at most; the rest is the machine's"
