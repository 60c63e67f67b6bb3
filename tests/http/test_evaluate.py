"""What a caller gets for a good request."""

import json
import re
import time
from urllib.parse import quote

import pytest

from gateway import Gateway, get_request, post_request
from policies import AOI, ELSEWHERE, POLICIES, context
from wire import request

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

OFFERS = ('[{"policy":"amount-off","coupon":"C-300","kind":"amount_off","variant":null,"discount":800},'
          '{"policy":"ab","coupon":"C-10","kind":"percent_off","variant":"b10","discount":540},'
          '{"policy":"ship","coupon":"C-SHIP","kind":"free_delivery","variant":null,"discount":400}]')
EXPOSURES = '[{"policy":"ab","variant":"b10","offered":true}]'


def decision(body, release, request_id="", interface="checkout", offers=OFFERS, discount=1340, delivery=400,
             exposures=EXPOSURES):
    """The exact text of a decision; its decision_id and release are taken from the body."""
    echo = f'"request_id":{json.dumps(request_id, ensure_ascii=False)},' if request_id else ""
    return (f'{{"decision_id":"{body["decision_id"]}",{echo}"release":{release},"interface":"{interface}",'
            f'"degraded":false,"offers":{offers},"discount":{discount},"delivery_discount":{delivery},'
            f'"exposures":{exposures}}}').encode()


def ulid_unix_ms(ulid):
    milliseconds = 0
    for character in ulid[:10]:
        milliseconds = milliseconds * 32 + CROCKFORD.index(character)
    return milliseconds


def release_of(gateway):
    return gateway.wait_event("snapshot_active")["release"]


def offered(response):
    assert response.status == 200, response
    return [offer["policy"] for offer in response.json()["offers"]]


def test_a_post_is_answered_to_the_byte(gateway):
    response = gateway.post(context(request_id="r-1", delivery_fee=500, attributes={"tier": "silver"}))
    assert response.status == 200
    assert response.body == decision(response.json(), release_of(gateway), "r-1")


def test_a_get_is_answered_to_the_byte(gateway):
    response = gateway.get(user_id="u1", aoi=AOI, amount=6200, delivery_fee=500, request_id="r-1", tier="silver")
    assert response.status == 200
    assert response.body == decision(response.json(), release_of(gateway), "r-1")


def test_a_batch_answers_each_request_as_a_post_does(gateway):
    contexts = [context(request_id="r-1", delivery_fee=500), context(aoi=ELSEWHERE)]
    response = gateway.batch({"requests": contexts})
    results = response.json()["results"]
    first = decision(results[0], release_of(gateway), "r-1")
    second = decision(results[1], release_of(gateway), "", "checkout", "[]", 0, 0, "[]")
    assert response.body == b'{"results":[' + first + b"," + second + b"]}"


def test_an_answer_may_not_be_stored(gateway):
    for response in (gateway.get(), gateway.post(context()), gateway.batch({"requests": [context()]})):
        assert response.header("Cache-Control") == "no-store"
        assert re.fullmatch(r"application/json(; ?charset=utf-8)?", response.header("Content-Type"), re.I)


def test_the_request_id_is_left_out_when_there_was_none(gateway):
    assert "request_id" not in gateway.get().json()
    assert "request_id" not in gateway.post(context()).json()


@pytest.mark.parametrize("request_id", ["r", "q" * 128, "请求-é", "😀", '"quoted" \\ /', "\u2028~"])
def test_the_request_id_is_echoed_with_only_the_escapes_that_json_demands(gateway, request_id):
    escaped = '"' + request_id.replace("\\", "\\\\").replace('"', '\\"') + '"'
    for response in (gateway.post(context(request_id=request_id)),
                     gateway.get(user_id="u", aoi="A", amount=1, request_id=request_id)):
        assert response.json()["request_id"] == request_id
        assert f'"request_id":{escaped},'.encode() in response.body


def test_the_decision_id_is_a_ulid_of_this_moment(gateway):
    before_ms = time.time() * 1000
    decision_id = gateway.get().json()["decision_id"]
    after_ms = time.time() * 1000
    assert re.fullmatch(f"[0-7][{CROCKFORD}]{{25}}", decision_id)
    assert before_ms - 200 <= ulid_unix_ms(decision_id) <= after_ms + 200


def test_no_two_decisions_have_one_id(gateway):
    results = gateway.batch({"requests": [context()] * 1000}).json()["results"]
    with gateway.connect() as connection:
        singles = [connection.ask(get_request()).json() for _ in range(200)]
    assert len({result["decision_id"] for result in results + singles}) == 1200


def test_two_gateways_with_one_set_name_one_release(gateway):
    with Gateway() as other:
        assert other.get().json()["release"] == gateway.get().json()["release"] == release_of(gateway)
        changed = {**POLICIES, "ship.json": {**POLICIES["ship.json"], "priority": 1}}
        assert other.publish(changed)["event"] == "snapshot_active"
        assert other.get().json()["release"] != gateway.get().json()["release"]


def test_the_release_is_a_number_that_json_readers_hold_exactly(gateway):
    assert 0 <= gateway.get().json()["release"] < 2**53


def test_a_valid_traceparent_is_echoed(gateway):
    assert gateway.ask(get_request([("traceparent", TRACE)])).header("traceparent") == TRACE
    response = gateway.post(context(), [("Content-Type", "application/json"), ("Traceparent", TRACE)])
    assert response.header("traceparent") == TRACE


@pytest.mark.parametrize("value", ["", "00", TRACE[:-1], TRACE + "0", TRACE.upper(), "ff" + TRACE[2:], TRACE.replace("-", "_"),
                                   f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
                                   "x" * 200], ids=lambda value: value[:12] or "empty")
def test_an_invalid_traceparent_is_ignored(gateway, value):
    response = gateway.ask(get_request([("traceparent", value)]))
    assert response.status == 200
    assert response.header("traceparent") != value


def test_head_tells_what_get_would_without_a_body(gateway):
    with gateway.connect() as connection:
        got = connection.ask(get_request())
        head = connection.ask(get_request().replace(b"GET", b"HEAD", 1), is_head=True)
        again = connection.ask(get_request())
    assert (head.status, again.status) == (200, 200)
    for name in ("Content-Type", "Content-Length", "Cache-Control"):
        assert head.header(name) == got.header(name)


def test_the_first_configured_interface_is_the_default(gateway):
    assert gateway.get().json()["interface"] == "checkout"
    assert gateway.post(context()).json()["interface"] == "checkout"
    assert gateway.post(context(interface="browse")).json()["interface"] == "browse"


def test_attributes_of_a_get_are_strings():
    level = {"id": "level", "scope": {"type": "all"}, "offer": {"coupon": "C", "kind": "coupon"}}
    text = {**level, "id": "text", "conditions": [{"attr": "level", "op": "eq", "value": "7"}]}
    number = {**level, "id": "number", "conditions": [{"attr": "level", "op": "eq", "value": 7}]}
    with Gateway({"text.json": text, "number.json": number}) as gateway:
        assert offered(gateway.get(user_id="u", aoi="A", amount=1, level="7")) == ["text"]
        assert offered(gateway.post(context(attributes={"level": "7"}))) == ["text"]
        assert offered(gateway.post(context(attributes={"level": 7}))) == ["number"]


def test_one_aoi_of_several_is_enough(gateway):
    several = [ELSEWHERE, AOI, "Z9"]
    assert offered(gateway.get(user_id="u", aoi=several, amount=6200)) == ["amount-off", "ab"]
    assert offered(gateway.post(context(aoi=several))) == ["amount-off", "ab"]
    assert offered(gateway.post(context(aoi=[ELSEWHERE, "Z9"]))) == []


@pytest.mark.parametrize("query", [
    f"user_id=u1&aoi={AOI}&amount=6200&tier=gold", f"%75ser_id=%751&aoi=310115%2D0001&amount=%36200&tier=%67old",
    f"tier=gold&amount=6200&aoi={AOI}&user_id=u1", f"user_id=u1&aoi={AOI}&amount=6200&tier=gold&note=",
    f"user_id=u1&aoi={AOI}&amount=6200&tier=gold&note=a+b%2Bc%26d%3De", f"user_id=u1&aoi={AOI}&amount=6200&tier=gold&a=b=c"])
def test_ways_to_write_one_query_are_answered_alike(gateway, query):
    assert offered(gateway.ask(request("GET", "/v1/evaluate?" + query))) == ["amount-off", "ab", "gold"]


def test_plus_is_a_space_and_2b_a_plus(gateway):
    target = "/v1/evaluate?user_id=u&aoi=A&amount=1&request_id=a+b%2Bc%20d"
    assert gateway.ask(request("GET", target)).json()["request_id"] == "a b+c d"


@pytest.mark.parametrize("code", ["商场-é"])
def test_codes_beyond_ascii_match_in_get_and_post(gateway, code):
    assert offered(gateway.ask(request("GET", f"/v1/evaluate?user_id=u&amount=6200&aoi={quote(code)}"))) == ["amount-off"]
    assert offered(gateway.post(context(aoi=code))) == ["amount-off"]
    assert offered(gateway.post(context(aoi=code.replace("é", "e\u0301")))) == [], "codes are not normalised"


FALLBACK = ('"offers":[{"policy":"fallback","coupon":"C-SAFE","kind":"amount_off","variant":null,"discount":%d},'
            '{"policy":"fallback","coupon":"C-MORE","kind":"amount_off","variant":null,"discount":%d}],'
            '"discount":%d,"delivery_discount":0,"exposures":[]}')


@pytest.mark.parametrize("amount, first, second", [(6200, 300, 500), (600, 300, 300), (1000000000000, 300, 500)])
def test_a_switched_interface_gives_its_fallback(gateway, amount, first, second):
    response = gateway.post(context(interface="switched", amount=amount, request_id="r-1"))
    body = response.json()
    assert response.status == 200 and response.header("X-Promo-Degraded") == "switch"
    assert response.body.decode() == (
        f'{{"decision_id":"{body["decision_id"]}","request_id":"r-1","release":{release_of(gateway)},'
        f'"interface":"switched","degraded":true,"cause":"switch",{FALLBACK % (first, second, first + second)}')


def test_get_and_batch_give_the_fallback_too(gateway):
    got = gateway.get(user_id="u", aoi=AOI, amount=6200, interface="switched")
    assert got.json()["cause"] == "switch" and got.header("X-Promo-Degraded") == "switch"
    results = gateway.batch({"requests": [context(interface="switched"), context()]}).json()["results"]
    assert [result["degraded"] for result in results] == [True, False]


def test_an_interface_that_is_not_switched_has_no_degraded_header(gateway):
    assert gateway.get().header("X-Promo-Degraded") is None


@pytest.mark.parametrize("members", [{"amount": -1}, {"aoi": []}, {"user_id": None}, {"request_id": 7}, {"x": 1},
                                     {"attributes": {"a": 1.5}}], ids=str)
def test_a_degraded_interface_validates_as_always(gateway, members):
    assert gateway.post(context(interface="switched", **members)).status == 400


def test_the_same_request_gives_the_same_bytes_but_for_its_decision_id(gateway):
    body = context(request_id="r", delivery_fee=500, attributes={"tier": "gold", "tags": ["a", "b"], "n": -1, "t": True})
    with gateway.connect() as connection:
        bodies = {re.sub(rb'"decision_id":"[^"]*"', b"", connection.ask(post_request(body)).body) for _ in range(100)}
    assert len(bodies) == 1
