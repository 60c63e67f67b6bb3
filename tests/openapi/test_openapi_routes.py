"""Each route answers each status that deploy/openapi.yaml lists for it, or stands in a short list with the reason."""

import pytest

import wire
from openapi_exchange import (
    JSON, TRACEPARENT, bodyless, examples_of, expect_as_listed, like, media_type_of, send, target_of, with_body,
)  # fmt: skip
from openapi_heads import heads_for
from openapi_spec import Spec, to_json

SPEC = Spec()
EVALUATE, BATCH, STATUS, ADMIN = "/v1/evaluate", "/v1/evaluate/batch", "/admin/status", "/admin/{path}"
SWITCHES, SWITCH = "/admin/switches", "/admin/switches/{interface}"
PROBES = ("/livez", "/readyz", "/startupz")
UNLISTED = "/nowhere"
MANY = 50
READ = ("get", "head")
OF_ADMIN = (STATUS, SWITCHES, SWITCH, ADMIN)

LEAST = {"user_id": "u42", "aoi": "310115-0001", "amount": 6200}
TARGETS = {EVALUATE: target_of(EVALUATE, LEAST.items()), ADMIN: "/admin/nowhere", SWITCH: "/admin/switches/checkout"}  # of the others the path
NO_SWITCH = "/admin/switches/unheard-of"
PARAMETERS_49 = TARGETS[EVALUATE] + "".join(f"&a{i}=1" for i in range(46))
TEXT = (("Content-Type", "text/plain"),)

NOT_PROVOKED = {
    **{(EVALUATE, method, 503): "without a body only the end of memory brings it" for method in READ},
}


def plain(method, path, body=None, headers=JSON):
    """A request that carries a traceparent."""
    target = TARGETS.get(path, path)
    if body is None:
        return bodyless(method.upper(), target, TRACEPARENT)
    return with_body(method.upper(), target, body, [*headers, TRACEPARENT])


def provoked_by_query(method):
    parameters_49 = bodyless(method.upper(), PARAMETERS_49, TRACEPARENT)
    return {
        (EVALUATE, method, 200): [(at, plain(method, EVALUATE)) for at in ("gateway", "crowded", "switched_off")],
        (EVALUATE, method, 400): [("gateway", bodyless(method.upper(), EVALUATE, TRACEPARENT))],
        (EVALUATE, method, 414): [("gateway", parameters_49)],
        (EVALUATE, method, 429): [("past_its_rate", plain(method, EVALUATE))],
        ("/livez", method, 503): [("stuck", plain(method, "/livez"))],
        ("/readyz", method, 503): [("without_snapshot", plain(method, "/readyz"))],
        **{(path, method, 200): [("gateway", plain(method, path))] for path in (*PROBES, "/metrics")},
        (STATUS, method, 200): [(at, plain(method, STATUS)) for at in ("gateway", "without_snapshot")],
        (STATUS, method, 401): [("guarded", plain(method, STATUS))],
        (STATUS, method, 403): [("beyond_loopback", plain(method, STATUS))],
        **{(path, method, 200): [("gateway", plain(method, path))] for path in (SWITCHES, SWITCH)},
        **{(path, method, 401): [("guarded", plain(method, path))] for path in (SWITCHES, SWITCH)},
        **{(path, method, 403): [("beyond_loopback", plain(method, path))] for path in (SWITCHES, SWITCH)},
        (SWITCH, method, 404): [("gateway", bodyless(method.upper(), NO_SWITCH, TRACEPARENT))],
        (ADMIN, method, 401): [("guarded", plain(method, ADMIN))],
        (ADMIN, method, 403): [("beyond_loopback", plain(method, ADMIN))],
        (ADMIN, method, 404): [("gateway", plain(method, ADMIN))],
    }


def provoked_by_body(path, body, *too_much):
    most = SPEC.document["paths"][path]["post"]["requestBody"]["x-max-bytes"]
    return {
        (path, "post", 200): [("gateway", plain("post", path, body)), ("gateway", plain("post", path, body, ()))],
        (path, "post", 400): [("gateway", plain("post", path, "{}")), ("gateway", plain("post", path, "{"))],
        (path, "post", 411): [("gateway", plain("post", path))],
        (path, "post", 413): [("gateway", plain("post", path, body.ljust(most + 1))), *too_much],
        (path, "post", 415): [("gateway", plain("post", path, body, TEXT))],
        (path, "post", 503): [("crowded", plain("post", path, body))],
        (path, "put", 405): [("gateway", plain("put", path, body)), ("gateway", plain("delete", path))],
    }


def provoked_by_order():
    """`auto` takes nothing back where nothing was ordered."""
    order, most = '{"mode":"auto"}', SPEC.document["paths"][SWITCH]["put"]["requestBody"]["x-max-bytes"]
    origin = ("Origin", "https://example.com")
    return {
        (SWITCH, "put", 200): [("gateway", plain("put", SWITCH, order)), ("gateway", plain("put", SWITCH, order, ()))],
        (SWITCH, "put", 400): [("gateway", plain("put", SWITCH, body)) for body in ("{}", "{", "")],
        (SWITCH, "put", 401): [("guarded", plain("put", SWITCH, order))],
        (SWITCH, "put", 403): [
            ("beyond_loopback", plain("put", SWITCH, order)),
            ("gateway", plain("put", SWITCH, order, (*JSON, origin))),
        ],
        (SWITCH, "put", 404): [("gateway", with_body("PUT", NO_SWITCH, order, [*JSON, TRACEPARENT]))],
        (SWITCH, "put", 413): [("gateway", plain("put", SWITCH, order.ljust(most + 1)))],
        (SWITCH, "put", 415): [("gateway", plain("put", SWITCH, order, TEXT))],
        (SWITCH, "post", 405): [("gateway", plain(method, SWITCH, order)) for method in ("post", "patch", "delete")],
        (SWITCHES, "post", 405): [("gateway", plain(method, SWITCHES, order)) for method in ("post", "put", "delete")],
    }


def batch_of(count):
    return to_json({"requests": [LEAST] * count})


# (path, method, status): requests, each with the fixture of the gateway that it goes to
PROVOKED = {
    **provoked_by_query("get"),
    **provoked_by_query("head"),
    **provoked_by_body(EVALUATE, to_json(LEAST)),
    (EVALUATE, "post", 429): [("past_its_rate", plain("post", EVALUATE, to_json(LEAST)))],
    **provoked_by_order(),
    **provoked_by_body(
        BATCH,
        batch_of(1),
        ("little_work", plain("post", BATCH, batch_of(1))),
        ("little_answer", plain("post", BATCH, batch_of(1000))),
    ),
    **{
        (path, "post", 405): [("gateway", plain(method, path, "{}")) for method in ("post", "put", "patch", "delete")]
        for path in (*PROBES, "/metrics", STATUS)
    },
    **{(path, "post", 401): [("guarded", plain("post", path, "{}"))] for path in OF_ADMIN},
    **{(path, "post", 403): [("beyond_loopback", plain("post", path, "{}"))] for path in OF_ADMIN},
    (ADMIN, "post", 404): [("gateway", plain(method, ADMIN, "{}")) for method in ("post", "put", "delete")],
    (UNLISTED, "get", 404): [("gateway", plain("get", UNLISTED))],
    (UNLISTED, "post", 404): [("gateway", plain("post", UNLISTED, "{}"))],
}


def is_of_admin(path):
    return "servers" in SPEC.document["paths"].get(path, {})


def address_of(running, path):
    return running.admin_address if is_of_admin(path) else running.address


def routes():
    """(path, method) of every operation, of one method beside them for each path, and of one path beside those."""
    yield from ((path, method) for path, method, _ in SPEC.operations())
    yield from ((path, "put" if "post" in item else "post") for path, item in SPEC.document["paths"].items())
    yield from ((UNLISTED, method) for method in ("get", "post"))


def listed():
    return {(path, method, status) for path, method in routes() for status in SPEC.responses(path, method)}


def refused_heads():
    """(path, method, the head's name)"""
    for path, method in routes():
        yield from ((path, method, name) for name in heads_for(method))


def cases():
    """(route, number of the request) for each route and status."""
    for route, requests in PROVOKED.items():
        yield from (pytest.param(route, i, id=" ".join(map(str, (*route, i)))) for i in range(len(requests)))


def expect_as_said(answer, route):
    """As listed, and a problem is like one of the examples."""
    expect_as_listed(SPEC, answer, route)
    if media_type_of(answer) == "application/problem+json" and answer.body:
        examples = examples_of(SPEC, route, "application/problem+json")
        assert any(like(answer.json(), example, {"detail", "pointer"}) for example in examples), answer


def send_past_the_rate(address, data):
    """Until one is refused: a token may have been saved up, and each second earns one more."""
    def refused():
        answer = send(address, data)
        return answer if answer.status != 200 else None

    return wire.wait_until(refused, every_s=0, what="429")


def test_every_route_and_status_is_provoked_or_has_a_reason_not_to_be():
    by_heads = {(path, method, heads_for(method)[name][0]) for path, method, name in refused_heads()}
    assert set(PROVOKED) | by_heads | set(NOT_PROVOKED) == listed()
    assert (set(PROVOKED) | by_heads) & set(NOT_PROVOKED) == set()


@pytest.mark.parametrize("route, number", cases())
def test_a_route_answers_the_status_it_lists(request, route, number):
    fixture, data = PROVOKED[route][number]
    path, _, status = route
    address = address_of(request.getfixturevalue(fixture), path)
    answer = send_past_the_rate(address, data) if status == 429 else send(address, data)
    expect_as_said(answer, route)
    assert answer.header("traceparent") == TRACEPARENT[1]
    if status == 405:
        methods = {name.upper() for name in SPEC.document["paths"][path] if name in ("get", "head", "post", "put")}
        assert set(answer.header("Allow").split(", ")) == methods


@pytest.mark.parametrize("path, method, name", refused_heads())
def test_a_head_that_no_route_serves_is_refused_and_the_connection_closed(gateway, path, method, name):
    status, make = heads_for(method)[name]
    answer = send(address_of(gateway, path), make(method.upper(), TARGETS.get(path, path)))
    expect_as_said(answer, (path, method, status))
    assert answer.closes


@pytest.mark.parametrize("path", [*SPEC.document["paths"], "/", "/v1", "/v1/evaluate/", "/V1/evaluate", "/admin"])
def test_a_path_of_the_other_listener_or_of_none_is_404(gateway, path):
    for address in (gateway.address, gateway.admin_address):
        if path not in SPEC.document["paths"] or address != address_of(gateway, path):
            expect_as_said(send(address, plain("get", path)), (UNLISTED, "get", 404))


@pytest.mark.parametrize("path", PROBES)
def test_the_verbose_parameter_lists_the_checks(gateway, path):
    verbose = SPEC.document["components"]["parameters"]["verbose"]["examples"]
    short = send(gateway.admin_address, bodyless("GET", path))
    for example in verbose.values():
        query = "?verbose" + ("=" + example["value"] if example["value"] else "")
        long = send(gateway.admin_address, bodyless("GET", path + query))
        expect_as_listed(SPEC, long, (path, "get", 200))
        assert len(long.body.splitlines()) > len(short.body.splitlines()) == 1


def test_without_a_snapshot_the_fallback_answers(without_snapshot):
    answer = send(without_snapshot.address, with_body("POST", EVALUATE, to_json(LEAST)))
    decision = expect_as_listed(SPEC, answer, (EVALUATE, "post", 200)).json()
    assert decision["cause"] == "no_snapshot" and [offer["coupon"] for offer in decision["offers"]] == ["C-SAFE"]


def test_without_a_snapshot_only_readyz_fails(without_snapshot):
    for path, status in (("/livez", 200), ("/readyz", 503), ("/startupz", 200)):
        expect_as_listed(SPEC, send(without_snapshot.admin_address, bodyless("GET", path)), (path, "get", status))


def test_the_status_is_like_its_example(gateway):
    answer = expect_as_listed(SPEC, send(gateway.admin_address, bodyless("GET", STATUS)), (STATUS, "get", 200))
    example = examples_of(SPEC, (STATUS, "get", 200), "application/json")[0]
    assert like(answer.json(), example, {"version", "snapshot_age_ms", "checked_age_ms", "description", "load_ms", "activated_unix_ms"}), answer.body


def test_the_status_tells_why_there_is_no_snapshot(without_snapshot):
    status = without_snapshot.admin(STATUS).json()
    assert status["release"] is None and status["source"]["state"] == "refused" and status["source"]["error"]


def test_only_the_right_token_opens_the_administration(guarded, token):
    for sent, status in ((token, 200), ("wrong", 401), (token + "x", 401), (token[:-1], 401), ("", 401)):
        request = bodyless("GET", STATUS, ("Authorization", f"Bearer {sent}"))
        expect_as_listed(SPEC, send(guarded.admin_address, request), (STATUS, "get", status))
    request = bodyless("GET", TARGETS[ADMIN], ("Authorization", f"Bearer {token}"))
    expect_as_listed(SPEC, send(guarded.admin_address, request), (ADMIN, "get", 404))


def test_a_batch_past_a_rate_has_its_refusals_in_place(past_its_rate):
    answer = send(past_its_rate.address, with_body("POST", BATCH, batch_of(MANY)))
    results = expect_as_listed(SPEC, answer, (BATCH, "post", 200)).json()["results"]
    example = examples_of(SPEC, (EVALUATE, "post", 429), "application/problem+json")[0]
    assert len(results) == MANY and results[-1] == example
