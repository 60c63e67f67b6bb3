"""Orders and a restart: state_dir keeps what operators and Redis said last; without one they are forgotten."""

import json
import os
import time

import pytest

import wire
from gateway import Gateway
from operators import cause, flips, holder, order, put, say, show, wait_cause
from redis_gateway import RedisGateway

FAST = {"switch_poll_ms": 100}


def kept(tmp_path, **config):
    return Gateway(state_dir=str(tmp_path), **config)


def test_a_restart_keeps_orders_word_for_word(tmp_path):
    with kept(tmp_path) as gateway:
        order(gateway, "checkout", "on", actor="li.wei", reason="券快发完了", ttl_s=600)
        order(gateway, "browse", "never", ttl_s=600)
        before = [show(gateway, name)["orders"] for name in ("checkout", "browse")]
    with kept(tmp_path) as gateway:
        assert cause(gateway) == "switch"
        assert [show(gateway, name)["orders"] for name in ("checkout", "browse")] == before
        order(gateway, "checkout", "auto")
    with kept(tmp_path) as gateway:
        assert holder(gateway) == ("auto", None) and holder(gateway, "browse") == ("never", "admin")
    assert flips(tmp_path, interface="checkout") == [("checkout", "admin", "auto", "on"), ("checkout", "admin", "on", "auto")]


def test_a_kill_right_after_the_answer_keeps_the_order(tmp_path):
    gateway = kept(tmp_path)
    gateway.start()
    assert order(gateway, "checkout", "on")["kept"] is True
    gateway.kill()
    with kept(tmp_path) as gateway:
        assert cause(gateway) == "switch"


def test_an_end_that_came_while_it_was_down_is_an_end(tmp_path):
    with kept(tmp_path) as gateway:
        order(gateway, "checkout", "on", ttl_s=1)
    time.sleep(1.1)
    with kept(tmp_path) as gateway:
        assert cause(gateway) is None and holder(gateway) == ("auto", None)
        wire.wait_until(lambda: len(flips(tmp_path)) == 2, what="the audit of the end")


def test_orders_of_gone_interfaces_give_their_places_to_new_ones(tmp_path):
    gone = {f"gone{number}": {"mode": "on", "actor": "li.wei"} for number in range(65)}
    (tmp_path / "switches.json").write_text(json.dumps({"admin": gone, "redis": {}}))
    with kept(tmp_path) as gateway:
        order(gateway, "checkout", "on")
        assert cause(gateway) == "switch"
        assert flips(tmp_path) == [("gone0", "admin", "on", "auto"), ("checkout", "admin", "auto", "on")]


def test_without_a_state_folder_orders_are_forgotten():
    for expected in (None, None):
        with Gateway() as gateway:
            assert cause(gateway) is expected
            order(gateway, "checkout", "on")
            assert cause(gateway) == "switch"


def test_with_redis_away_at_the_restart_its_last_word_and_the_admins_hold(redis, tmp_path):
    with RedisGateway(redis.url(), redis=FAST, state_dir=str(tmp_path)) as gateway:
        say(redis, {"checkout": {"mode": "on", "actor": "li.wei"}})
        wait_cause(gateway, "switch")
        order(gateway, "browse", "on")
        wire.wait_until(lambda: b"li.wei" in (tmp_path / "switches.json").read_bytes(), what="switches.json")
    redis.kill()
    with RedisGateway(redis.url(), redis=FAST, state_dir=str(tmp_path)) as gateway:
        gateway.wait_event("switches_unavailable")
        assert cause(gateway) == "switch" and cause(gateway, "browse") == "switch"
        assert (show(gateway)["source"], show(gateway)["actor"]) == ("redis", "li.wei")
        redis.start()
        say(redis, {})
        wait_cause(gateway, None)
        assert cause(gateway, "browse") == "switch"


DAMAGED = {
    "empty": b"",
    "zeros": b"\0" * 4096,
    "no JSON": b"{{{{",
    "cut": b'{"admin":{"checkout":{"mode":"on"}',
    "a list": b"[]",
    "another form": b'{"switches":[]}',
    "a wrong type": b'{"admin":[],"redis":7}',
    "huge": b"{" * (1 << 20),
    "bad UTF-8": b'{"admin":{"checkout":{"mode":"on","actor":"\xff\xfe"}},"redis":{}}',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_never_fails_a_start_and_is_told_and_replaced(tmp_path, name):
    (tmp_path / "switches.json").write_bytes(DAMAGED[name])
    with kept(tmp_path) as gateway:
        assert cause(gateway) is None
        assert name == "empty" or gateway.wait_event("switches_skipped")["reason"]
        assert order(gateway, "checkout", "on")["kept"] is True
    with kept(tmp_path) as gateway:
        assert cause(gateway) == "switch"


def test_something_else_under_the_files_name_never_fails_a_start(tmp_path):
    (tmp_path / "switches.json").mkdir()
    with kept(tmp_path) as gateway:
        assert cause(gateway) is None
        answer = put(gateway, "/admin/switches/checkout", {"mode": "on"})
        assert answer.status == 200 and cause(gateway) == "switch"


def test_a_folder_that_cannot_be_written_still_takes_the_order_and_says_so(tmp_path):
    with kept(tmp_path) as gateway:
        for file in tmp_path.iterdir():
            file.unlink() if file.is_file() else None
        os.mkdir(tmp_path / "switches.json")  # nothing can be renamed over a folder that is not empty
        (tmp_path / "switches.json" / "in the way").touch()
        assert order(gateway, "checkout", "on")["kept"] is False
        assert cause(gateway) == "switch"
        assert gateway.wait_event("switches_not_kept")["reason"]
        assert "promogate_switches_not_kept_total 1\n" in gateway.admin("/metrics").body.decode()


def test_the_file_holds_no_more_than_is_said(tmp_path):
    with kept(tmp_path) as gateway:
        order(gateway, "checkout", "on", actor="li.wei")
        order(gateway, "checkout", "auto")
    assert json.loads((tmp_path / "switches.json").read_text()) == {"admin": {}, "redis": {}}
