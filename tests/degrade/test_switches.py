"""Degrade switches from the file, from Redis and by an admin call: what each does, and what they say together."""

import json
import time

import pytest

import wire
from gateway import Gateway
from operators import (
    audit, cause, flips, holder, interfaces, order, put, say, show, wait_cause, wait_holder,
)  # fmt: skip
from policies import context

NAMES = ["checkout", "browse", "switched"]


def by_file(gateway, redis, mode):
    assert gateway.reload(interfaces=interfaces(checkout=mode))["event"] == "config_active"


def by_redis(gateway, redis, mode):
    say(redis, {} if mode == "auto" else {"checkout": {"mode": mode, **ended(mode)}})


def by_admin(gateway, redis, mode):
    order(gateway, "checkout", mode, **({"ttl_s": 600} if mode == "never" else {}))


def ended(mode):
    return {"until": in_seconds(600)} if mode == "never" else {}


def in_seconds(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


BY = {"file": by_file, "redis": by_redis, "admin": by_admin}


# One source

@pytest.mark.parametrize("source", BY)
def test_each_source_switches_on_and_back_and_each_flip_is_audited(fed, redis, tmp_path, source):
    assert cause(fed) is None
    BY[source](fed, redis, "on")
    wait_cause(fed, "switch")
    assert holder(fed) == ("on", source) and cause(fed, "browse") is None
    BY[source](fed, redis, "auto")
    wait_cause(fed, None)
    assert holder(fed) == ("auto", None)
    wire.wait_until(lambda: len(flips(tmp_path)) >= 2, what="the audit")
    assert flips(tmp_path) == [("checkout", source, "auto", "on"), ("checkout", source, "on", "auto")]


def test_everybody_gets_the_fallback_while_it_is_on(gateway):
    order(gateway, "checkout", "on")
    assert {cause(gateway, user_id=f"user-{i}") for i in range(200)} == {"switch"}


def test_a_star_is_every_interface_and_a_name_is_one(gateway):
    order(gateway, "*", "on", reason="everything")
    assert [cause(gateway, name) for name in NAMES] == ["switch"] * 3
    order(gateway, "browse", "never", ttl_s=60)
    assert holder(gateway, "browse") == ("on", "admin"), "never is no way around an on"
    order(gateway, "*", "auto")
    wait_cause(gateway, None)
    assert holder(gateway, "browse") == ("never", "admin") and cause(gateway, "browse") is None
    assert holder(gateway, "switched") == ("on", "file")


def test_a_star_in_redis_is_every_interface(fed, redis):
    say(redis, {"*": {"mode": "on", "actor": "li.wei"}})
    wait_cause(fed, "switch")
    assert cause(fed, "browse") == "switch"
    assert [held["for_all"] for held in show(fed)["orders"]] == [True]
    say(redis, None)
    wait_cause(fed, None)


# Together

def expected_of(modes):
    if "on" in modes:
        return "on"
    return "never" if "never" in modes else "auto"


def test_any_on_wins_else_any_never_else_nobody_holds(fed, redis):
    words = ("auto", "on", "never")
    in_force = dict.fromkeys(BY, "auto")
    for number in range(27):  # by one step each: a source at a time changes
        wanted = dict(zip(BY, (words[number // 9], words[number // 3 % 3], words[number % 3])))
        for source in BY:
            if wanted[source] != in_force[source]:
                BY[source](fed, redis, wanted[source])
        in_force = wanted
        holders = [source for source in BY if wanted[source] == expected_of(wanted.values())]
        mode = expected_of(wanted.values())
        wait_holder(fed, (mode, None if mode == "auto" else holders[0]))
        assert (cause(fed) == "switch") == (mode == "on"), wanted if mode != "auto" else "a ramp"


def test_on_in_two_sources_and_off_in_one_stays_on_and_names_who_holds_it(fed, redis):
    say(redis, {"checkout": {"mode": "on", "actor": "li.wei", "reason": "coupons run out"}})
    order(fed, "checkout", "on", actor="ann", reason="drill of the week")
    wait_holder(fed, ("on", "redis"))
    order(fed, "checkout", "auto")
    assert cause(fed) == "switch"
    shown = show(fed)
    assert (shown["source"], shown["actor"], shown["reason"]) == ("redis", "li.wei", "coupons run out")
    order(fed, "checkout", "on", actor="ann", reason="drill of the week")
    say(redis, {})
    wait_holder(fed, ("on", "admin"))
    assert cause(fed) == "switch" and show(fed)["actor"] == "ann"


# Pages

def test_the_page_names_source_actor_reason_and_end_of_every_order(gateway):
    before = time.time()
    order(gateway, "checkout", "on", actor="li.wei", reason="券快发完了 <b>", ttl_s=1800)
    shown = show(gateway)
    assert list(shown) == ["interface", "mode", "source", "actor", "reason", "until", "drill", "breaker", "share_bp", "orders"]
    assert (shown["interface"], shown["mode"], shown["source"]) == ("checkout", "on", "admin")
    assert (shown["actor"], shown["reason"], shown["drill"]) == ("li.wei", "券快发完了 <b>", False)
    assert (shown["breaker"], shown["share_bp"]) == ("forced_open", 0)
    until = time.mktime(time.strptime(shown["until"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
    assert before + 1799 <= until <= time.time() + 1801
    assert shown["orders"] == [{"source": "admin", "for_all": False, "mode": "on", "drill": False, "actor": "li.wei",
                                "reason": "券快发完了 <b>", "until": shown["until"]}]


def test_the_list_has_every_interface_in_the_configurations_order(gateway):
    for target in ("/admin/switches", "/admin/switches/*"):
        switches = gateway.admin(target).json()["switches"]
        assert [one["interface"] for one in switches] == NAMES
        assert [one["mode"] for one in switches] == ["auto", "auto", "on"]
    head = gateway.admin("/admin/switches", "HEAD")
    assert head.status == 200 and head.body == b""


def test_who_gave_no_actor_is_known_by_his_address(gateway):
    assert order(gateway, "checkout", "on")["actor"].startswith("127.0.0.1:")


def test_a_name_in_the_path_is_percent_encoded(tmp_path):
    odd = [{"name": "结算/a b?", "degrade": "auto", "fallback": "safe"}]
    with Gateway(interfaces=odd) as gateway:
        target = "/admin/switches/%E7%BB%93%E7%AE%97%2Fa%20b%3f"
        answer = put(gateway, target, {"mode": "on"})
        assert answer.status == 200 and answer.json()["interface"] == "结算/a b?"
        assert cause(gateway, "结算/a b?") == "switch"
        assert gateway.admin("/admin/switches/%E7%BB%93%E7%AE%97").status == 404


# Time

def test_an_order_ends_by_itself_and_its_end_is_audited(gateway, tmp_path):
    order(gateway, "checkout", "on", ttl_s=1, actor="li.wei")
    assert cause(gateway) == "switch"
    wait_cause(gateway, None)
    assert holder(gateway) == ("auto", None)
    wire.wait_until(lambda: len(audit(tmp_path)) == 2, what="the audit of the end")
    over = audit(tmp_path)[1]
    assert (over["from"], over["to"], over["actor"], over["reason"]) == ("on", "auto", "li.wei", "its time is over")


def test_an_order_of_redis_ends_by_itself_once_whatever_else_changes_in_the_key(fed, redis, tmp_path):
    over = {"checkout": {"mode": "on", "until": in_seconds(2)}}
    say(redis, over)
    wait_cause(fed, "switch")
    wait_cause(fed, None)
    say(redis, {**over, "browse": {"mode": "on"}})
    wait_cause(fed, "switch", "browse")
    assert holder(fed) == ("auto", None)
    fed.polls_on(2)
    assert flips(tmp_path, interface="checkout") == [("checkout", "redis", "auto", "on"), ("checkout", "redis", "on", "auto")]


def test_an_order_replaces_the_one_before(gateway, tmp_path):
    order(gateway, "checkout", "on", ttl_s=1, reason="short")
    order(gateway, "checkout", "on", reason="for good")
    time.sleep(1.5)  # the first one's end has passed
    assert cause(gateway) == "switch" and show(gateway)["reason"] == "for good" and show(gateway)["until"] is None
    assert flips(tmp_path) == [("checkout", "admin", "auto", "on"), ("checkout", "admin", "on", "on")]


def test_the_log_says_what_the_audit_says(gateway, tmp_path):
    order(gateway, "checkout", "on", actor="li.wei", reason='coupons "run out"\\')
    event = gateway.wait_event("switch_flipped")
    line, = audit(tmp_path)
    assert {**event, "ts": 0} == {**line, "ts": 0}
    assert line["peer"].startswith("127.0.0.1:") and line["drill"] is False and "until" not in line


def test_an_interface_that_leaves_and_comes_back_keeps_its_order(gateway):
    order(gateway, "browse", "on")
    gateway.reload(interfaces=[one for one in interfaces() if one["name"] != "browse"])
    assert gateway.admin("/admin/switches/browse").status == 404
    assert gateway.post(context(interface="browse")).status == 400
    gateway.reload(interfaces=interfaces())
    assert cause(gateway, "browse") == "switch" and holder(gateway, "browse") == ("on", "admin")


def test_an_order_of_a_gone_interface_can_be_taken_back(gateway, tmp_path):
    order(gateway, "browse", "on")
    gateway.reload(interfaces=[one for one in interfaces() if one["name"] != "browse"])
    answer = put(gateway, "/admin/switches/browse", {"mode": "auto"})
    assert (answer.status, answer.json()["interface"], answer.json()["mode"]) == (200, "browse", "auto")
    assert flips(tmp_path)[-1] == ("browse", "admin", "on", "auto")
    assert put(gateway, "/admin/switches/browse", {"mode": "auto"}).status == 404
    gateway.reload(interfaces=interfaces())
    assert cause(gateway, "browse") is None


def test_metrics_say_who_holds_what(gateway):
    order(gateway, "checkout", "never", ttl_s=60)
    text = gateway.admin("/metrics").body.decode()
    assert 'promogate_switch{interface="checkout",mode="never",source="admin"} 1\n' in text
    assert 'promogate_switch{interface="switched",mode="on",source="file"} 1\n' in text
    assert 'promogate_breaker_state{interface="checkout",state="forced_closed"} 1\n' in text
    assert json.dumps("browse") not in text.split("promogate_switch{")[1]
