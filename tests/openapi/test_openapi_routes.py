"""Each route answers each status that deploy/openapi.yaml lists for it, or stands in a short list with the reason."""

import pytest

from openapi_exchange import bodyless, expect_as_listed, send, target_of, with_body
from openapi_spec import Spec, to_json

SPEC = Spec()
EVALUATE, BATCH, ADMIN = "/v1/evaluate", "/v1/evaluate/batch", "/admin/{path}"
PROBES = ("/livez", "/readyz", "/startupz")
UNLISTED = "/nowhere"

LEAST = {"user_id": "u49", "aoi": "310115-0001", "amount": 6200}
TARGET = target_of(EVALUATE, LEAST.items())
PARAMETERS_49 = TARGET + "".join(f"&a{i}=1" for i in range(46))
LARGE_HEADER = ("X-Large", "x" * 9000)
CHUNKED = ("Transfer-Encoding", "chunked")
LAST_CHUNK = b"0\r\n\r\n"

NOT_PROVOKED = {
    "429": "rate limits come with the breaker",
    "503 of a decision": "only when memory, or the room for bodies, has ended",
    "503 of livez": "only when a worker is stuck",
    "503 of startupz": "only until the listeners are open, when nobody can ask",
    "403": "needs an admin listener beyond loopback, and tests open none",
}


def provoked_by_query(method):
    name = method.upper()
    return {
        (EVALUATE, method, 200): ("gateway", bodyless(name, TARGET)),
        (EVALUATE, method, 400): ("gateway", bodyless(name, EVALUATE)),
        (EVALUATE, method, 411): ("gateway", bodyless(name, TARGET, CHUNKED) + LAST_CHUNK),
        (EVALUATE, method, 413): ("gateway", with_body(name, TARGET, "x")),
        (EVALUATE, method, 414): ("gateway", bodyless(name, PARAMETERS_49)),
        (EVALUATE, method, 431): ("gateway", bodyless(name, TARGET, LARGE_HEADER)),
        ("/readyz", method, 503): ("without_snapshot", bodyless(name, "/readyz")),
        **{(path, method, 200): ("gateway", bodyless(name, path)) for path in (*PROBES, "/metrics")},
    }


def provoked_by_body(path, body):
    most = SPEC.document["paths"][path]["post"]["requestBody"]["x-max-bytes"]
    return {
        (path, "post", 200): ("gateway", with_body("POST", path, body)),
        (path, "post", 400): ("gateway", with_body("POST", path, "{}")),
        (path, "post", 411): ("gateway", bodyless("POST", path, CHUNKED) + LAST_CHUNK),
        (path, "post", 413): ("gateway", with_body("POST", path, body.ljust(most + 1))),
        (path, "post", 414): ("gateway", with_body("POST", path + "?" + "x" * 9000, body)),
        (path, "post", 415): ("gateway", with_body("POST", path, body, [("Content-Type", "text/plain")])),
        (path, "post", 431): ("gateway", with_body("POST", path, body, [LARGE_HEADER])),
        (path, "put", 405): ("gateway", with_body("PUT", path, body)),
    }


# (path, method, status): the gateway's fixture, the request's bytes
PROVOKED = {
    **provoked_by_query("get"),
    **provoked_by_query("head"),
    **provoked_by_body(EVALUATE, to_json(LEAST)),
    **provoked_by_body(BATCH, to_json({"requests": [LEAST]})),
    **{(path, "post", 405): ("gateway", with_body("POST", path, "")) for path in (*PROBES, "/metrics")},
    (ADMIN, "get", 401): ("guarded", bodyless("GET", "/admin/status")),
    (ADMIN, "get", 404): ("gateway", bodyless("GET", "/admin/status")),
    (UNLISTED, "get", 404): ("gateway", bodyless("GET", UNLISTED)),
}


def is_of_admin(path):
    return "servers" in SPEC.document["paths"].get(path, {})


def listed():
    for path, method, _ in SPEC.operations():
        yield from ((path, method, status) for status in SPEC.responses(path, method))
    for path, item in SPEC.document["paths"].items():
        if "x-other-methods" in item:
            yield path, "post" if is_of_admin(path) else "put", 405
    yield UNLISTED, "get", 404


def excuse_for(path, status):
    if status != 503:
        return str(status)
    return f"503 of {path[1:]}" if is_of_admin(path) else "503 of a decision"


def test_every_route_and_status_is_provoked_or_has_a_reason_not_to_be():
    missing = set(listed()) - set(PROVOKED)
    assert {excuse_for(path, status) for path, _, status in missing} == set(NOT_PROVOKED)
    assert set(PROVOKED) <= set(listed())


@pytest.mark.parametrize("route", PROVOKED, ids=lambda route: " ".join(map(str, route)))
def test_a_route_answers_the_status_it_lists(request, route):
    fixture, data = PROVOKED[route]
    path, _, status = route
    running = request.getfixturevalue(fixture)
    answer = send(running.admin_address if is_of_admin(path) else running.address, data)
    expect_as_listed(SPEC, answer, route)
    if status == 405:
        methods = {name.upper() for name in SPEC.document["paths"][path] if name in ("get", "head", "post")}
        assert set(answer.header("Allow").split(", ")) == methods


@pytest.mark.parametrize("path", PROBES)
def test_the_verbose_parameter_lists_the_checks(gateway, path):
    short, long = (send(gateway.admin_address, bodyless("GET", path + query)) for query in ("", "?verbose"))
    for answer in (short, long):
        expect_as_listed(SPEC, answer, (path, "get", 200))
    assert len(long.body.splitlines()) > len(short.body.splitlines())


def test_without_a_snapshot_the_fallback_answers(without_snapshot):
    answer = send(without_snapshot.address, with_body("POST", EVALUATE, to_json(LEAST)))
    decision = expect_as_listed(SPEC, answer, (EVALUATE, "post", 200)).json()
    assert decision["cause"] == "no_snapshot" and [offer["coupon"] for offer in decision["offers"]] == ["C-SAFE"]


def test_only_the_right_token_opens_the_administration(guarded, token):
    for sent, status in ((token, 404), ("wrong", 401), (token + "x", 401), (token[:-1], 401)):
        request = bodyless("GET", "/admin/status", ("Authorization", f"Bearer {sent}"))
        expect_as_listed(SPEC, send(guarded.admin_address, request), (ADMIN, "get", status))
