"""Switching back: 5, 10, 25, 50, 75, 100 % of users, step by step; and what a degraded answer is."""

import time

import pytest

import wire
from gateway import Gateway, get_request, post_request
from operators import cause, interfaces, order, show
from policies import AOI, context

STEPS_BP = [500, 1000, 2500, 5000, 7500, 10000]
STEP_MS = 1500
USERS = 400
LEAP_BP = 2500
NOISE_BP = 700  # 3 standard deviations of 400 users' share are 750 at most

FALLBACK = [{"policy": "fallback", "coupon": "C-SAFE", "kind": "amount_off", "variant": None, "discount": 300},
            {"policy": "fallback", "coupon": "C-MORE", "kind": "amount_off", "variant": None, "discount": 500}]


@pytest.fixture(scope="module")
def off():
    """One whose checkout is on its fallback."""
    with Gateway(interfaces=interfaces(checkout="on")) as running:
        yield running


def batch_of(names):
    return {"requests": [context(user_id=name) for name in names]}


def admitted_of(gateway, names):
    """Who among them is evaluated, asked in one batch: all at nearly one moment."""
    results = gateway.batch(batch_of(names)).json()["results"]
    assert all(result.get("cause") in (None, "saturated") for result in results)
    return {name for name, result in zip(names, results) if not result["degraded"]}


# The ramp

def test_it_leads_back_in_steps_and_who_was_admitted_stays(tmp_path):
    names = [f"user-{i}" for i in range(USERS)]
    with Gateway(breaker={"ramp_step_ms": STEP_MS}) as gateway:
        order(gateway, "checkout", "on")
        assert gateway.batch(batch_of(names)).json()["results"][0]["cause"] == "switch"
        order(gateway, "checkout", "auto")
        seen, admitted, hour = [], set(), int(time.time() // 3600)
        while not seen or seen[-1] < 10000:
            before = show(gateway)["share_bp"]
            now = admitted_of(gateway, names)
            after = show(gateway)["share_bp"]
            if before != after:
                continue  # the step came in between
            measured_bp = len(now) * 10000 // USERS
            assert abs(measured_bp - after) <= NOISE_BP, (measured_bp, after)
            assert int(time.time() // 3600) != hour or admitted <= now, "a user who was admitted is left out"
            admitted = now
            seen += [after] if not seen or seen[-1] != after else []
            time.sleep(0.02)
    assert seen == STEPS_BP[-len(seen):] and len(seen) >= 5, seen
    assert all(b - a <= LEAP_BP for a, b in zip([0, *seen], seen)), seen


def test_on_again_in_the_middle_of_the_way_back_is_on_for_everybody(gateway):
    gateway.reload(state_dir=str(gateway.folder), breaker={"ramp_step_ms": 60000})
    order(gateway, "checkout", "on")
    order(gateway, "checkout", "auto")
    names = [f"user-{i}" for i in range(USERS)]
    assert 0 < len(admitted_of(gateway, names)) < USERS / 5
    order(gateway, "checkout", "on")
    assert {result["cause"] for result in gateway.batch(batch_of(names)).json()["results"]} == {"switch"}


def test_a_retry_meets_the_same_side_on_any_connection_and_worker(tmp_path):
    """Row 63 of the fault matrix: a payment's retries must not get two answers."""
    with Gateway(workers=3, breaker={"ramp_step_ms": 60000}) as gateway:
        order(gateway, "checkout", "on")
        order(gateway, "checkout", "auto")
        names = [f"user-{i}" for i in range(60)]
        admitted = admitted_of(gateway, [f"user-{i}" for i in range(USERS)])
        names += sorted(admitted)[:10]
        hour = int(time.time() // 3600)
        for _ in range(5):  # each a connection of its own, so any worker's
            for name in names:
                is_admitted = cause(gateway, user_id=name) is None
                assert is_admitted == (name in admitted) or int(time.time() // 3600) != hour, name
        assert admitted


def test_never_from_the_middle_of_the_way_back_evaluates_everybody(gateway):
    gateway.reload(state_dir=str(gateway.folder), breaker={"ramp_step_ms": 60000})
    order(gateway, "checkout", "on")
    order(gateway, "checkout", "auto")
    order(gateway, "checkout", "never", ttl_s=60)
    names = [f"user-{i}" for i in range(USERS)]
    assert len(admitted_of(gateway, names)) == USERS


@pytest.mark.parametrize("mode", ["off", "shadow", "on"])
def test_the_way_back_is_a_ramp_whatever_the_breakers_mode(mode):
    with Gateway(breaker={"ramp_step_ms": 60000, "mode": mode}) as gateway:
        order(gateway, "checkout", "on")
        order(gateway, "checkout", "auto")
        assert 0 < len(admitted_of(gateway, [f"user-{i}" for i in range(USERS)])) < USERS / 5


def test_the_way_back_ends_without_any_request(gateway):
    order(gateway, "checkout", "on")
    order(gateway, "checkout", "auto")
    wire.wait_until(lambda: show(gateway)["breaker"] == "closed", what="closed, nobody asking")
    assert show(gateway)["share_bp"] == 10000


# A degraded answer

def test_a_degraded_answer_has_the_shape_of_any_other(off):
    answer = off.post(context(request_id="r-1"))
    decision = answer.json()
    assert answer.status == 200 and answer.header("X-Promo-Degraded") == "switch"
    assert answer.header("Cache-Control") == "no-store"
    assert list(decision) == ["decision_id", "request_id", "release", "interface", "degraded", "cause", "offers",
                              "discount", "delivery_discount", "exposures"]
    assert len(decision.pop("decision_id")) == 26 and decision.pop("release") > 0
    assert decision == {"request_id": "r-1", "interface": "checkout", "degraded": True, "cause": "switch",
                        "offers": FALLBACK, "discount": 800, "delivery_discount": 0, "exposures": []}


@pytest.mark.parametrize("amount, discounts", [(0, [0, 0]), (299, [299, 0]), (301, [300, 1]), (800, [300, 500])])
def test_a_fallback_gives_no_more_than_remains(off, amount, discounts):
    decision = off.get(user_id="u1", aoi=AOI, amount=amount).json()
    assert [offer["discount"] for offer in decision["offers"]] == discounts and decision["discount"] == sum(discounts)


def test_an_interface_without_offers_falls_back_to_none():
    with Gateway(interfaces=interfaces(browse="on")) as gateway:
        decision = gateway.post(context(interface="browse")).json()
        assert (decision["degraded"], decision["offers"], decision["discount"]) == (True, [], 0)


def test_an_evaluated_answer_says_nothing_of_degrading(off):
    answer = off.post(context(interface="browse"))
    assert answer.header("X-Promo-Degraded") is None
    assert answer.json()["degraded"] is False and "cause" not in answer.json()


BAD = [{"user_id": None}, {"aoi": None}, {"amount": None}, {"amount": -1}, {"amount": "1"}, {"interface": "unheard-of"},
       {"attributes": {"amount": 1}}, {"attributes": []}, {"more": 1}]


@pytest.mark.parametrize("members", BAD, ids=map(str, BAD))
def test_what_is_400_stays_400_while_degraded(off, gateway, members):
    degraded, evaluated = off.post(context(**members)), gateway.post(context(**members))
    assert degraded.status == evaluated.status == 400
    assert degraded.json() == evaluated.json() and degraded.header("X-Promo-Degraded") is None


def test_head_answers_as_get_without_the_body(off):
    data = get_request()
    head = off.ask(data.replace(b"GET ", b"HEAD ", 1), is_head=True)
    got = off.ask(data)
    assert head.status == 200 and head.header("X-Promo-Degraded") == "switch" and head.body == b""
    assert head.header("Content-Length") == str(len(got.body))


def test_a_batch_degrades_item_by_item(off):
    requests = [context(), context(interface="browse"), context(user_id=None), context(amount=100)]
    answer = off.batch({"requests": requests})
    results = answer.json()["results"]
    assert answer.status == 200 and answer.header("X-Promo-Degraded") is None
    assert [result.get("degraded") for result in results] == [True, False, None, True]
    assert results[2]["status"] == 400 and results[0]["offers"] == FALLBACK and results[3]["discount"] == 100


def test_pipelined_requests_are_answered_in_order_while_degraded(off):
    with off.connect() as connection:
        connection.send(b"".join(post_request(context(request_id=str(i))) for i in range(50)))
        answers = [connection.response().json() for _ in range(50)]
    assert [answer["request_id"] for answer in answers] == [str(i) for i in range(50)]
    assert {answer["cause"] for answer in answers} == {"switch"}
