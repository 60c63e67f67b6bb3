"""The gateway does what deploy/openapi.yaml says: every example sent, every constraint of a request broken once."""

import json
import re

import pytest

from openapi_exchange import TRACEPARENT, bodyless, expect_as_listed, like, send, target_of, with_body
from openapi_spec import FILE, Spec, escaped, to_json

SPEC = Spec()
EVALUATE, BATCH = "/v1/evaluate", "/v1/evaluate/batch"
LEAST = {"user_id": "u42", "aoi": "310115-0001", "amount": 6200}
FULL = SPEC.body(EVALUATE)["examples"]["member"]["value"]
BATCH_SAMPLE = {"requests": [LEAST]}


def post(gateway, path, body, status):
    answer = send(gateway.address, with_body("POST", path, body))
    return expect_as_listed(SPEC, answer, (path, "post", status))


def get(gateway, target, status):
    answer = send(gateway.address, bodyless("GET", target))
    return expect_as_listed(SPEC, answer, (EVALUATE, "get", status))


def pointer_of(problem):
    """Of the request as a whole there is none."""
    return problem.get("pointer", "")


def points_at(problem, expected):
    """An element of a list may be named by its list: one code is the same as a list of one."""
    parent, _, last = expected.rpartition("/")
    return pointer_of(problem) == expected or (last.isdigit() and pointer_of(problem) == parent)


def like_example(answer, example):
    """Equal but for the ULID and the words of a detail."""
    return like(answer, example, {"decision_id", "detail"})


def answers_of(path, method):
    return SPEC.responses(path, method)[200]["content"]["application/json"]["examples"]


# Examples


@pytest.mark.parametrize("path, name", [(p, n) for p in (EVALUATE, BATCH) for n in SPEC.body(p)["examples"]])
def test_an_example_gets_the_answer_of_the_same_name(gateway, path, name):
    answer = post(gateway, path, to_json(SPEC.body(path)["examples"][name]["value"]), 200)
    assert like_example(answer.json(), answers_of(path, "post")[name]["value"]), answer.body.decode()


GET_EXAMPLES = SPEC.document["paths"][EVALUATE]["get"]["x-requests"]


@pytest.mark.parametrize("name", GET_EXAMPLES)
def test_a_whole_get_gets_the_answer_it_names(gateway, name):
    answer = get(gateway, GET_EXAMPLES[name]["target"], 200)
    example = answers_of(EVALUATE, "get")[GET_EXAMPLES[name]["answer"]]
    assert like_example(answer.json(), example["value"]), answer.body.decode()


QUERY = [p for p in map(SPEC.resolve, SPEC.document["paths"][EVALUATE]["get"]["parameters"]) if p["in"] == "query"]
QUERY_EXAMPLES = {f"{p['name']}-{n}": (p, e["value"]) for p in QUERY for n, e in p["examples"].items()}


def pairs(parameter, value):
    """A value as the query string has it: a list repeats its parameter, an object spreads into its members."""
    if isinstance(value, dict):
        return list(value.items())
    return [(parameter["name"], item) for item in value] if isinstance(value, list) else [(parameter["name"], value)]


def query_with(parameter, value):
    return [(name, v) for name, v in LEAST.items() if name != parameter["name"]] + pairs(parameter, value)


@pytest.mark.parametrize("parameter, value", QUERY_EXAMPLES.values(), ids=QUERY_EXAMPLES)
def test_a_parameters_example_is_accepted(gateway, parameter, value):
    get(gateway, target_of(EVALUATE, query_with(parameter, value)), 200)


def test_a_switched_off_interface_answers_as_the_degraded_example(switched_off):
    answer = post(switched_off, EVALUATE, to_json(LEAST), 200)
    assert like_example(answer.json(), answers_of(EVALUATE, "post")["degraded"]["value"]), answer.body.decode()
    assert answer.header("X-Promo-Degraded") == "switch"


def test_a_refused_request_stays_refused_while_degraded(switched_off):
    assert pointer_of(post(switched_off, EVALUATE, '{"user_id":"u42"}', 400).json()) == "/aoi"


# Constraints, broken one at a time


VIOLATIONS = list(SPEC.violations(SPEC.body(EVALUATE)["schema"], FULL))
BATCH_VIOLATIONS = list(SPEC.violations(SPEC.body(BATCH)["schema"], BATCH_SAMPLE))


def named(violations):
    return [f"{bad.pointer}: {bad.why}" for bad in violations]


@pytest.mark.parametrize("bad", VIOLATIONS, ids=named(VIOLATIONS))
def test_a_broken_constraint_is_refused_at_its_member(gateway, bad):
    problem = post(gateway, EVALUATE, to_json(bad.value), 400).json()
    assert points_at(problem, bad.pointer), problem


@pytest.mark.parametrize("bad", BATCH_VIOLATIONS, ids=named(BATCH_VIOLATIONS))
def test_a_broken_constraint_of_a_batch_is_refused_where_it_stands(gateway, bad):
    inside = "/requests/0"
    if not bad.pointer.startswith(inside):
        assert pointer_of(post(gateway, BATCH, to_json(bad.value), 400).json()) == bad.pointer
        return
    problem = post(gateway, BATCH, to_json(bad.value), 200).json()["results"][0]
    assert problem["status"] == 400 and points_at(problem, bad.pointer[len(inside) :]), problem


def query_violations():
    """(name, pairs, pointer) for each constraint of each parameter, one broken at a time."""
    for parameter in QUERY:
        name, schema = parameter["name"], SPEC.resolve(parameter["schema"])
        if parameter.get("required"):
            yield f"{name}: required", query_with(parameter, []), escaped(name)
        if schema["type"] not in ("array", "object"):
            value = next(iter(parameter["examples"].values()))["value"]
            yield f"{name}: twice", query_with(parameter, [value, value]), escaped(name)
        for text in parameter.get("x-refused", []):
            yield f"{name}: x-refused {text!r}", query_with(parameter, text), escaped(name)
        for bad in SPEC.violations(schema, SPEC.sample(schema)):
            if exists_in_a_query(bad):
                yield f"{name}: {bad.why}", query_with(parameter, bad.value), escaped(name) + bad.pointer


def exists_in_a_query(bad):
    """There everything is text, an empty list is no parameter at all, and a reserved name is the member itself."""
    return not bad.why.startswith(("type", "x-refused", "propertyNames, not")) and bad.value != []


QUERY_VIOLATIONS = {name: (parameters, pointer) for name, parameters, pointer in query_violations()}


@pytest.mark.parametrize("parameters, pointer", QUERY_VIOLATIONS.values(), ids=QUERY_VIOLATIONS)
def test_a_broken_constraint_of_a_parameter_is_refused(gateway, parameters, pointer):
    problem = get(gateway, target_of(EVALUATE, parameters), 400).json()
    assert points_at(problem, pointer), problem


REFUSED_BODIES = [(path, name) for path in (EVALUATE, BATCH) for name in SPEC.body(path)["x-refused"]]


@pytest.mark.parametrize("path, name", REFUSED_BODIES)
def test_a_body_that_only_words_can_forbid_is_refused(gateway, path, name):
    refused = SPEC.body(path)["x-refused"][name]
    problem = post(gateway, path, refused["body"], 400).json()
    assert pointer_of(problem) == refused.get("pointer", "")


EDGES = list(SPEC.edges(SPEC.body(EVALUATE)["schema"], FULL))


@pytest.mark.parametrize("context", EDGES, ids=range(len(EDGES)))
def test_a_value_that_stands_on_a_limit_is_accepted(gateway, context):
    decision = post(gateway, EVALUATE, to_json(context), 200).json()
    assert decision.get("request_id") == context.get("request_id")


def test_a_body_of_the_largest_size_is_accepted_and_one_byte_more_is_not(gateway):
    for path, sample in ((EVALUATE, LEAST), (BATCH, BATCH_SAMPLE)):
        most = SPEC.document["paths"][path]["post"]["requestBody"]["x-max-bytes"]
        body = to_json(sample)
        post(gateway, path, body.ljust(most), 200)
        post(gateway, path, body.ljust(most + 1), 413)


def test_a_query_has_room_for_so_many_parameters_and_no_more(gateway):
    most = SPEC.document["paths"][EVALUATE]["get"]["x-max-parameters"]
    others = [(f"a{i}", "1") for i in range(most + 1 - len(LEAST))]
    get(gateway, target_of(EVALUATE, [*LEAST.items(), *others[1:]]), 200)
    get(gateway, target_of(EVALUATE, [*LEAST.items(), *others]), 414)


TRACEPARENTS = {  # made from the valid one: which are still valid
    "as it is": (lambda text: text, True),
    "a later version": (lambda text: "42" + text[2:], True),
    "more in a later version": (lambda text: "42" + text[2:] + "-more", True),
    "more in version 00": (lambda text: text + "-more", False),
    "version ff": (lambda text: "ff" + text[2:], False),
    "upper case": (str.upper, False),
    "a trace of zeros": (lambda text: text[:3] + "0" * 32 + text[35:], False),
    "a parent of zeros": (lambda text: text[:36] + "0" * 16 + text[52:], False),
    "cut": (lambda text: text[:-1], False),
    "longer than 256": (lambda text: "42" + text[2:] + "-" + "x" * 201, False),
    "empty": (lambda text: "", False),
}


@pytest.mark.parametrize("name", TRACEPARENTS)
def test_a_valid_traceparent_is_echoed_and_an_invalid_one_ignored(gateway, name):
    make, is_valid = TRACEPARENTS[name]
    sent = make(TRACEPARENT[1])
    assert (SPEC.errors(SPEC.document["components"]["schemas"]["Traceparent"], sent) == []) == is_valid
    request = bodyless("GET", target_of(EVALUATE, LEAST.items()), ("traceparent", sent))
    answer = expect_as_listed(SPEC, send(gateway.address, request), (EVALUATE, "get", 200))
    assert answer.header("traceparent") == (sent if is_valid else None)


def test_the_readmes_curl_line_gets_the_answer_that_it_shows(gateway):
    section = (FILE.parents[1] / "README.md").read_text("utf-8").split("## The API by example")[1]
    target = re.search(r"curl 'http://127\.0\.0\.1:8080(/\S+)'", section)[1]
    shown = json.loads(re.search(r"```json\n(.*?)```", section, re.S)[1])
    answer = get(gateway, target, 200)
    assert like_example(answer.json(), shown), answer.body.decode()
