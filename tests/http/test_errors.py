"""Every refusal: its status, its problem document, and the member at fault; and every limit, on it and one past it."""

import json
import re

import pytest

import libraries
from gateway import JSON, post_request
from policies import AOI, context
from wire import parse_responses, request

MONEY_MAX = 10**12
INTEGER_MAX = 2**53
BODY_MAX_BYTES = 65536
BATCH_BODY_MAX_BYTES = 4194304
HEAD_MAX_BYTES = 7 * 1024
HEADERS_MAX = 64
PARAMETERS_MAX = 48


def assert_problem(response, status, pointer=None):
    """An RFC 9457 document; `pointer` is a pattern for the whole of it."""
    assert response.status == status, response
    assert response.header("Content-Type") == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert all(isinstance(problem[name], str) and problem[name] for name in ("type", "title", "detail"))
    if pointer is not None:
        assert re.fullmatch(pointer, problem["pointer"]), problem
    return problem



# routes, methods, media types, sizes

@pytest.mark.parametrize("target", ["/", "/v1", "/v1/", "/v1/evaluat", "/v1/evaluate/", "/v1/evaluates", "/V1/evaluate",
                                    "/v1/evaluate/batch/", "/metrics", "/livez", "/admin/", "/v2/evaluate"])
def test_an_unknown_path_is_404(gateway, target):
    assert_problem(gateway.ask(request("GET", target)), 404)


@pytest.mark.parametrize("path, allowed", [("/v1/evaluate", {"GET", "HEAD", "POST"}), ("/v1/evaluate/batch", {"POST"})])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "FOO"])
def test_a_method_that_a_path_has_not_is_405_and_allow_tells_which_it_has(gateway, path, allowed, method):
    response = gateway.ask(request(method, path, body=b"" if method == "PUT" else None))
    assert_problem(response, 405)
    assert allowed <= set(re.split(", *", response.header("Allow"))) <= allowed | {"OPTIONS"}


def test_a_batch_is_only_posted(gateway):
    response = gateway.ask(request("GET", "/v1/evaluate/batch"))
    assert_problem(response, 405)
    assert "POST" in response.header("Allow") and "GET" not in response.header("Allow")


@pytest.mark.parametrize("value", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                                   "application/jsonx", "application/jso", "json", "application/xml", "*/*"])
@pytest.mark.parametrize("path, body", [("/v1/evaluate", context()), ("/v1/evaluate/batch", {"requests": [context()]})])
def test_a_body_of_another_type_is_415(gateway, path, body, value):
    assert_problem(gateway.ask(post_request(body, [("Content-Type", value)], path)), 415)


@pytest.mark.parametrize("headers", [(), JSON, [("content-type", "Application/JSON")],
                                     [("Content-Type", "application/json; charset=utf-8")],
                                     [("Content-Type", "application/json;charset=UTF-8")]], ids=str)
def test_json_and_no_type_at_all_are_taken(gateway, headers):
    assert gateway.post(context(), headers).status == 200


@pytest.mark.parametrize("coding", ["chunked", "Chunked", "gzip", "gzip, chunked", "identity", "xchunked", "chunked, identity", ""])
def test_any_transfer_encoding_is_411(gateway, coding):
    """libmicrohttpd 1.0 refuses a coding that it does not know before we hear of it, with 400."""
    head = request("POST", "/v1/evaluate", [*JSON, ("Transfer-Encoding", coding)])
    response = gateway.ask(head + b"0\r\n\r\n")
    is_the_librarys = libraries.version("libmicrohttpd") >= (1, 0) and coding.lower() != "chunked"
    assert response.status == (400 if is_the_librarys else 411) and response.closes


def test_a_post_without_a_length_is_refused(gateway):
    assert gateway.ask(request("POST", "/v1/evaluate", JSON)).status in (400, 411)


def padded(document, size):
    body = json.dumps(document).encode()
    return body + b" " * (size - len(body))


@pytest.mark.parametrize("path, document, most", [
    ("/v1/evaluate", context(), BODY_MAX_BYTES),
    ("/v1/evaluate/batch", {"requests": [context()]}, BATCH_BODY_MAX_BYTES)], ids=["one", "batch"])
def test_a_body_may_be_as_large_as_the_limit_and_no_larger(gateway, path, document, most):
    assert gateway.ask(post_request(padded(document, most), path=path)).status == 200
    assert_problem(gateway.ask(post_request(padded(document, most + 1), path=path)), 413)


@pytest.mark.parametrize("size", [1 << 17, 1 << 20, 1 << 22])
def test_a_client_that_first_writes_a_refused_body_still_reads_the_413(gateway, size):
    data = post_request(b"x" * size)
    with gateway.connect() as connection:
        connection.send(data)
        assert_problem(connection.response(), 413)


def test_a_client_that_first_writes_1_mib_of_a_refused_type_still_reads_the_answer(gateway):
    with gateway.connect() as connection:
        connection.send(post_request(b"x" * (1 << 20), [("Content-Type", "text/plain")]))
        assert connection.response().status in (413, 415)


def head_of(size, in_target):
    """A GET whose head has exactly so many bytes, in attributes of the target or in a header."""
    target = f"/v1/evaluate?user_id=u1&aoi={AOI}&amount=6200"
    if not in_target:
        missing = size - len(request("GET", target, [("X-Padding", "")]))
        return request("GET", target, [("X-Padding", "x" * missing)])
    missing = size - len(request("GET", target))
    number = 0
    while missing > 0:
        part = min(missing, 250)
        part = part if missing - part == 0 or missing - part > 10 else part - 10
        target += f"&p{number:02}=" + "x" * (part - 5)
        missing, number = missing - part, number + 1
    return request("GET", target)


@pytest.mark.parametrize("in_target", [True, False], ids=["target", "header"])
def test_a_head_of_7_kib_is_taken(gateway, in_target):
    data = head_of(HEAD_MAX_BYTES, in_target)
    assert len(data) == HEAD_MAX_BYTES
    assert gateway.ask(data).status == 200


@pytest.mark.parametrize("in_target", [True, False], ids=["target", "header"])
def test_a_head_of_7_kib_and_a_byte_is_414_or_431(gateway, in_target):
    assert gateway.ask(head_of(HEAD_MAX_BYTES + 1, in_target)).status in (414, 431)


@pytest.mark.parametrize("count, status", [(HEADERS_MAX, 200), (HEADERS_MAX + 1, 431)])
def test_64_headers_are_taken_and_65_refused(gateway, count, status):
    headers = [(f"X-{n}", "1") for n in range(count - 1)]  # and Host
    assert gateway.ask(request("GET", f"/v1/evaluate?user_id=u1&aoi={AOI}&amount=6200", headers)).status == status


@pytest.mark.parametrize("in_target, size", [(True, 9 * 1024), (False, 9 * 1024), (True, 65536), (False, 65536)])
def test_a_larger_head_is_414_or_431(gateway, in_target, size):
    target = f"/v1/evaluate?user_id=u1&aoi={AOI}&amount=6200" + ("&p=" + "x" * size if in_target else "")
    data = request("GET", target, [] if in_target else [("X-Padding", "x" * size)])
    with gateway.connect() as connection:
        connection.send_all_it_takes(data)
        responses = parse_responses(connection.read_until_close())
    assert len(responses) == 1 and responses[0].status in (414, 431)


# the context by POST: rows of members, and the pointer to the one at fault

AT_THE_LIMIT = [
    {"user_id": "u"}, {"user_id": "u" * 128}, {"user_id": "名" * 42 + "ab"}, {"user_id": "a b"}, {"user_id": "😀"},
    {"aoi": "c"}, {"aoi": "c" * 64}, {"aoi": ["c"]}, {"aoi": ["c%d" % n for n in range(16)]}, {"aoi": ["c", "c"]},
    {"aoi": "位" * 21 + "a"},
    {"amount": 0}, {"amount": MONEY_MAX}, {"delivery_fee": 0}, {"delivery_fee": MONEY_MAX},
    {"interface": "browse"}, {"request_id": "r" * 128}, {"request_id": ""},
    {"attributes": {}}, {"attributes": {f"a{n}": n for n in range(64)}}, {"attributes": {"n" * 64: 1}},
    {"attributes": {"a": "s" * 256}}, {"attributes": {"a": ""}}, {"attributes": {"a": "\0\t\x1f"}},
    {"attributes": {"a": []}}, {"attributes": {"a": ["s"] * 64}}, {"attributes": {"a": ["s" * 256, ""]}},
    {"attributes": {f"a{n}": ["s" * 8] * 64 for n in range(60)}},
    {"attributes": {"a": INTEGER_MAX}}, {"attributes": {"a": -INTEGER_MAX}}, {"attributes": {"a": False}},
    {"attributes": {"aoi": "x", "request_id": "x", "attributes": "x", "Amount": 1}},
]

PAST_THE_LIMIT = [
    ({"user_id": "u" * 129}, "/user_id"), ({"user_id": "名" * 43}, "/user_id"), ({"user_id": ""}, "/user_id"),
    ({"user_id": "a\nb"}, "/user_id"), ({"user_id": "a\0b"}, "/user_id"), ({"user_id": None}, "/user_id"),
    ({"user_id": 7}, "/user_id"), ({"user_id": ["u"]}, "/user_id"), ({"user_id": True}, "/user_id"),
    ({"aoi": "c" * 65}, "/aoi(/0)?"), ({"aoi": ["c", "c" * 65]}, "/aoi/1"), ({"aoi": ["c"] * 17}, "/aoi(/16)?"),
    ({"aoi": []}, "/aoi"), ({"aoi": ""}, "/aoi(/0)?"), ({"aoi": ["c", ""]}, "/aoi/1"), ({"aoi": None}, "/aoi"),
    ({"aoi": "a b"}, "/aoi(/0)?"), ({"aoi": "a\tb"}, "/aoi(/0)?"), ({"aoi": ["c", 7]}, "/aoi(/1)?"), ({"aoi": {}}, "/aoi"),
    ({"aoi": [["c"]]}, "/aoi(/0)?"), ({"aoi": 7}, "/aoi"),
    ({"amount": MONEY_MAX + 1}, "/amount"), ({"amount": -1}, "/amount"), ({"amount": "1"}, "/amount"),
    ({"amount": 1.5}, "/amount"), ({"amount": 1e3}, "/amount"), ({"amount": 2**63}, "/amount"),
    ({"amount": 2**64 + 5}, "/amount"),
    ({"amount": 10**30}, "/amount"), ({"amount": True}, "/amount"), ({"amount": [1]}, "/amount"),
    ({"amount": None}, "/amount"),
    ({"delivery_fee": MONEY_MAX + 1}, "/delivery_fee"), ({"delivery_fee": -1}, "/delivery_fee"),
    ({"delivery_fee": "1"}, "/delivery_fee"), ({"delivery_fee": 0.0}, "/delivery_fee"),
    ({"interface": "nobody"}, "/interface"), ({"interface": ""}, "/interface"), ({"interface": "Checkout"}, "/interface"),
    ({"interface": 7}, "/interface"), ({"interface": "i" * 65}, "/interface"),
    ({"request_id": "r" * 129}, "/request_id"), ({"request_id": 7}, "/request_id"),
    ({"request_id": "a\x01b"}, "/request_id"),
    ({"request_id": "a\0b"}, "/request_id"), ({"request_id": "\x1f"}, "/request_id"),
    ({"attributes": []}, "/attributes"), ({"attributes": "x"}, "/attributes"), ({"attributes": 1}, "/attributes"),
    ({"attributes": {f"a{n}": n for n in range(65)}}, "/attributes(/a64)?"),
    ({"attributes": {"n" * 65: 1}}, "/attributes.*"), ({"attributes": {"": 1}}, "/attributes/"),
    ({"attributes": {"a\nb": 1}}, "(?s)/attributes/.*"),
    ({"attributes": {"a": "s" * 257}}, "/attributes/a"), ({"attributes": {"a/~": "s" * 257}}, "/attributes/a~1~0"),
    ({"attributes": {"a": ["s"] * 65}}, "/attributes/a(/64)?"),
    ({"attributes": {"a": ["s", "s" * 257]}}, "/attributes/a(/1)?"),
    ({"attributes": {"a": ["s", 1]}}, "/attributes/a(/1)?"), ({"attributes": {"a": [["s"]]}}, "/attributes/a(/0)?"),
    ({"attributes": {"a": [None]}}, "/attributes/a(/0)?"), ({"attributes": {"a": {}}}, "/attributes/a"),
    ({"attributes": {"a": INTEGER_MAX + 1}}, "/attributes/a"), ({"attributes": {"a": -INTEGER_MAX - 1}}, "/attributes/a"),
    ({"attributes": {"a": 2**64}}, "/attributes/a"), ({"attributes": {"a": 1.0}}, "/attributes/a"),
    *[({"attributes": {name: "x"}}, f"/attributes/{name}") for name in ("amount", "delivery_fee", "interface", "user_id")],
    ({"foo": 1}, "/foo"), ({"userId": "u"}, "/userId"), ({"User_id": "u"}, "/User_id"), ({"": 1}, "/"),
]

EXPLICIT_NULLS = ["user_id", "aoi", "amount", "delivery_fee", "interface", "request_id", "attributes"]

DUPLICATES = [
    ('"amount":1', "/amount"), ('"user_id":"u1"', "/user_id"), (f'"aoi":"{AOI}"', "/aoi"), ('"am\\u006funt":1', "/amount"),
    ('"request_id":"a","request_id":"a"', "/request_id"), ('"attributes":{},"attributes":{}', "/attributes"),
    ('"attributes":{"a":1,"a":1}', "/attributes/a"), ('"attributes":{"a":1,"\\u0061":"x"}', "/attributes/a"),
    ('"interface":"browse","interface":"browse"', "/interface"), ('"delivery_fee":1,"delivery_fee":1', "/delivery_fee"),
]


@pytest.mark.parametrize("members", AT_THE_LIMIT, ids=lambda members: str(members)[:40])
def test_a_member_at_its_limit_is_taken(gateway, members):
    response = gateway.post(context(**members))
    assert response.status == 200, response


@pytest.mark.parametrize("members, pointer", PAST_THE_LIMIT, ids=lambda value: str(value)[:40])
def test_a_member_past_its_limit_is_400_and_named(gateway, members, pointer):
    assert_problem(gateway.post(context(**members)), 400, pointer)


@pytest.mark.parametrize("member", EXPLICIT_NULLS)
def test_null_is_no_value(gateway, member):
    document = {**context(), member: None}
    assert_problem(gateway.post(document), 400, f"/{member}")


@pytest.mark.parametrize("text, pointer", DUPLICATES)
def test_a_member_that_comes_twice_is_400_and_named(gateway, text, pointer):
    body = json.dumps(context())[:-1] + "," + text + "}"
    assert_problem(gateway.post(body.encode()), 400, pointer)


def test_an_error_does_not_end_a_keep_alive_connection(gateway):
    with gateway.connect() as connection:
        assert connection.ask(post_request(context(amount=-1))).status == 400
        assert connection.ask(post_request(context())).status == 200


# the context by GET

def query(text):
    return request("GET", f"/v1/evaluate?user_id=u1&aoi=A1{text}")


QUERIES_TAKEN = ["&amount=0", f"&amount={MONEY_MAX}", "&amount=1&a=" + "s" * 256, "&amount=1&a=%E5%95%86&b=%F0%9F%98%80",
                 "&amount=1&a=%09%0A", "&amount=1&a", "&amount=1&" + "n" * 64 + "=x",
                 "&amount=1&aoi=A2" + "".join(f"&aoi=A{n}" for n in range(3, 17))]

QUERIES_REFUSED = [
    ("", "/amount"), ("&amount=", "/amount"), (f"&amount={MONEY_MAX + 1}", "/amount"), ("&amount=-1", "/amount"),
    ("&amount=+1", "/amount"), ("&amount=%2B1", "/amount"), ("&amount=1.0", "/amount"), ("&amount=1e3", "/amount"),
    ("&amount=01", "/amount"), ("&amount=0x1", "/amount"), ("&amount=1%20", "/amount"), ("&amount=x", "/amount"),
    ("&amount=99999999999999999999", "/amount"), ("&amount=1&amount=1", "/amount"), ("&amount=1&user_id=u1", "/user_id"),
    ("&amount=1&tier=a&tier=a", "/attributes/tier"), ("&amount=1&delivery_fee=-1", "/delivery_fee"),
    ("&amount=1&interface=nobody", "/interface"), ("&amount=1&aoi=", "/aoi(/1)?"), ("&amount=1&aoi=a+b", "/aoi(/1)?"),
    ("&amount=1&request_id=" + "r" * 129, "/request_id"), ("&amount=1&request_id=%0A", "/request_id"),
    ("&amount=1&a=" + "s" * 257, "/attributes/a"), ("&amount=1&" + "n" * 65 + "=x", "/attributes/n+"),
    ("&amount=1" + "".join(f"&aoi=B{n}" for n in range(16)), "/aoi(/16)?"), ("&amount=1&=x", "/attributes.*"),
]

BAD_BYTES = ["%", "%2", "%zz", "%4g", "%g4", "%%41", "%FF", "%C0%AF", "%ED%A0%80", "%F4%90%80%80", "%E4%B8", "%80", "%u0041"]


@pytest.mark.parametrize("text", QUERIES_TAKEN, ids=lambda text: text[:40])
def test_a_parameter_at_its_limit_is_taken(gateway, text):
    assert gateway.ask(query(text)).status == 200


@pytest.mark.parametrize("text, pointer", QUERIES_REFUSED, ids=lambda value: value[:40])
def test_a_parameter_past_its_limit_is_400_and_named(gateway, text, pointer):
    assert_problem(gateway.ask(query(text)), 400, pointer)


@pytest.mark.parametrize("bad", BAD_BYTES)
@pytest.mark.parametrize("place", ["&amount=1&a=x{}", "&amount=1&a{}=x", "&amount=1&request_id={}"])
def test_bad_escapes_and_bad_utf8_are_400(gateway, place, bad):
    assert gateway.ask(query(place.format(bad))).status == 400


@pytest.mark.parametrize("of_aois", [0, 10], ids=["attributes", "with codes"])
def test_48_parameters_are_taken_and_49_refused(gateway, of_aois):
    def parameters(count):
        return "&amount=1" + "&aoi=B" * of_aois + "".join(f"&a{n}={n}" for n in range(count - 3 - of_aois))

    assert gateway.ask(query(parameters(PARAMETERS_MAX))).status == 200
    assert 400 <= gateway.ask(query(parameters(PARAMETERS_MAX + 1))).status < 500
