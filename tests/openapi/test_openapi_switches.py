"""The switches' pages do what deploy/openapi.yaml says: each example of an order, and each constraint broken once."""

import pytest

from openapi_exchange import bodyless, expect_as_listed, examples_of, like, send, with_body
from openapi_spec import Spec, to_json

SPEC = Spec()
SWITCHES, SWITCH, EVALUATE = "/admin/switches", "/admin/switches/{interface}", "/v1/evaluate"
TARGET = "/admin/switches/checkout"
ORDERS = SPEC.body(SWITCH, "put")["examples"]
FULL = {"mode": "on", "reason": "x", "ttl_s": 60, "actor": "ann", "drill": True}
TARGET_LEAST = "/v1/evaluate?user_id=u42&aoi=310115-0001&amount=6200"
VIOLATIONS = list(SPEC.violations(SPEC.body(SWITCH, "put")["schema"], FULL))
BUDGET = SPEC.document["components"]["parameters"]["budget"]


def put(gateway, body, status, target=TARGET):
    answer = send(gateway.admin_address, with_body("PUT", target, body))
    return expect_as_listed(SPEC, answer, (SWITCH, "put", status)).json()


def test_where_nobody_ordered_the_pages_are_like_their_examples(gateway):
    listed = expect_as_listed(SPEC, send(gateway.admin_address, bodyless("GET", SWITCHES)), (SWITCHES, "get", 200)).json()
    assert listed == examples_of(SPEC, (SWITCHES, "get", 200), "application/json")[0]
    of_all = send(gateway.admin_address, bodyless("GET", "/admin/switches/*"))
    examples = SPEC.responses(SWITCH, "get")[200]["content"]["application/json"]["examples"]
    assert expect_as_listed(SPEC, of_all, (SWITCH, "get", 200)).json() == examples["all"]["value"]


@pytest.mark.parametrize("name", ORDERS)
def test_an_orders_example_gets_the_answer_of_the_same_name(fresh, name):
    told = put(fresh, to_json(ORDERS[name]["value"]), 200)
    examples = SPEC.responses(SWITCH, "put")[200]["content"]["application/json"]["examples"]
    assert like(told, examples[name]["value"], {"until"}), told


def test_an_order_for_all_gets_the_list(gateway):
    told = put(gateway, '{"mode":"auto"}', 200, "/admin/switches/*")
    assert [one["interface"] for one in told["switches"]] == ["checkout", "cart", "browse"] and told["kept"] is False


@pytest.mark.parametrize("bad", VIOLATIONS, ids=[f"{bad.pointer}: {bad.why}" for bad in VIOLATIONS])
def test_a_broken_constraint_of_an_order_is_refused_at_its_member(gateway, bad):
    problem = put(gateway, to_json(bad.value), 400)
    assert problem.get("pointer", "") == bad.pointer, problem
    listed = send(gateway.admin_address, bodyless("GET", TARGET)).json()
    assert (listed["mode"], listed["orders"]) == ("auto", [])


@pytest.mark.parametrize("value", [example["value"] for example in BUDGET["examples"].values()])
def test_a_budget_is_taken(gateway, value):
    answer = send(gateway.address, bodyless("GET", TARGET_LEAST, ("X-Budget-Ms", str(value))))
    assert expect_as_listed(SPEC, answer, (EVALUATE, "get", 200)).json()["degraded"] is False


@pytest.mark.parametrize("text", [*BUDGET["x-refused"], str(BUDGET["schema"]["maximum"] + 1)])
def test_a_budget_beyond_its_limits_is_refused(gateway, text):
    answer = send(gateway.address, bodyless("GET", TARGET_LEAST, ("X-Budget-Ms", text)))
    expect_as_listed(SPEC, answer, (EVALUATE, "get", 400))
