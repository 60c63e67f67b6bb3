"""What degrading would do, without doing it: a drill of a switch, the breaker as a shadow, and the breaker off."""

import time

import pytest

import prometheus
import wire
from gateway import Gateway
from operators import audit, cause, holder, order, say, show, wait_cause, wait_holder
from policies import context


def drilled(gateway):
    """[decisions, fen that they gave, fen that fallbacks would have given]"""
    families = prometheus.parse(gateway.admin("/metrics").body.decode())
    discount = families["promogate_drill_discount_fen_total"]
    return [families["promogate_drill_decisions_total"].total(), discount.total(answer="decision"),
            discount.total(answer="fallback")]


def without_id(decision):
    return {name: value for name, value in decision.items() if name != "decision_id"}


def test_a_drill_changes_no_answer_and_counts_what_it_would_do(gateway, tmp_path):
    before = without_id(gateway.post(context(delivery_fee=900)).json())
    order(gateway, "checkout", "on", drill=True, reason="what would it cost")
    assert drilled(gateway) == [0, 0, 0]
    answers = [gateway.post(context(delivery_fee=900)) for _ in range(10)]
    assert all(without_id(answer.json()) == before and answer.header("X-Promo-Degraded") is None for answer in answers)
    given = before["discount"] + before["delivery_discount"]
    assert given > 0 and drilled(gateway) == [10, 10 * given, 10 * 800]
    assert cause(gateway, "browse") is None and drilled(gateway)[0] == 10, "of its interface only"
    line, = audit(tmp_path)
    assert line["drill"] is True and line["to"] == "on"


def test_a_page_shows_a_drill_and_nobody_holds(gateway):
    shown = order(gateway, "checkout", "on", drill=True)
    assert (shown["mode"], shown["source"], shown["drill"], shown["breaker"]) == ("auto", None, True, "closed")
    assert [held["drill"] for held in show(gateway)["orders"]] == [True]
    assert order(gateway, "checkout", "auto")["drill"] is False
    gateway.post(context())
    assert drilled(gateway) == [0, 0, 0]


def test_a_drill_for_all_counts_each_interfaces_own_fallback(gateway):
    order(gateway, "*", "on", drill=True)
    gateway.post(context(amount=400))
    gateway.post(context(amount=400, interface="browse"))
    decisions, _, fallback_fen = drilled(gateway)
    assert (decisions, fallback_fen) == (2, 400)


def test_a_drill_counts_nothing_where_the_switch_is_on(gateway):
    order(gateway, "*", "on", drill=True)
    assert cause(gateway, "switched") == "switch" and drilled(gateway) == [0, 0, 0]


def test_a_drill_counts_items_of_a_batch(gateway):
    order(gateway, "checkout", "on", drill=True)
    assert gateway.batch({"requests": [context()] * 25}).status == 200
    assert drilled(gateway)[0] == 25


def test_an_order_in_earnest_ends_a_drill_and_a_drill_ends_an_order(gateway):
    order(gateway, "checkout", "on", drill=True)
    order(gateway, "checkout", "on")
    assert cause(gateway) == "switch" and show(gateway)["drill"] is False
    order(gateway, "checkout", "on", drill=True)
    wait_cause(gateway, None)
    assert show(gateway)["drill"] is True


def test_a_drill_ends_by_itself(gateway):
    order(gateway, "checkout", "on", drill=True, ttl_s=1)
    wire.wait_until(lambda: show(gateway)["drill"] is False, what="the drill's end")
    time.sleep(0.3)  # workers hear of it with the next tick
    before = drilled(gateway)
    gateway.post(context())
    assert drilled(gateway) == before


def test_a_drill_in_redis_changes_no_answer(fed, redis):
    say(redis, {"checkout": {"mode": "on", "drill": True}})
    wire.wait_until(lambda: show(fed)["drill"], what="the drill")
    assert cause(fed) is None and holder(fed) == ("auto", None) and drilled(fed)[0] == 1
    say(redis, {"checkout": {"mode": "on"}})
    wait_holder(fed, ("on", "redis"))
    assert cause(fed) == "switch"


@pytest.mark.parametrize("mode", ["shadow", "off"])
def test_switches_hold_whatever_the_breakers_mode(mode, tmp_path):
    with Gateway(breaker={"mode": mode}, state_dir=str(tmp_path)) as gateway:
        assert cause(gateway) is None
        order(gateway, "checkout", "on")
        assert cause(gateway) == "switch"
        order(gateway, "checkout", "auto")
        wait_cause(gateway, None)
