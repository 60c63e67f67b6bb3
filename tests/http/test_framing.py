"""Ambiguous or malformed HTTP is refused, the connection is closed, and nothing behind it is served.

Each attack carries a second request, TAIL, where a server that misreads the first would serve it; its request_id must
never come back. Rows 45 to 49 and 53 of the fault matrix; statuses by the contract's §3.
"""

import socket
import struct

import pytest

import libraries
from gateway import get_request, post_request
from policies import context
from wire import ask_and_read_to_the_end, parse_responses, request, wait_until

TARGET = "/v1/evaluate?user_id=u1&aoi=A1&amount=1"
TAIL = request("GET", TARGET + "&request_id=smuggled")
GOOD = request("GET", TARGET + "&request_id=next")
BODY = b'{"user_id":"u1","aoi":"A1","amount":1}'
LEAVES_OUT_THE_100 = libraries.version("libmicrohttpd") >= (1, 0)  # where the body has begun: RFC 9110, 10.1.1


def post(*headers, version="HTTP/1.1", host="Host: gateway", body=BODY, path="/v1/evaluate"):
    """A POST with exactly these header lines, then the body, then TAIL."""
    lines = [f"POST {path} {version}", *([host] if host else []), "Content-Type: application/json", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body + TAIL


def get(*headers, target=TARGET, line=None, host="Host: gateway"):
    lines = [line or f"GET {target} HTTP/1.1", *([host] if host else []), *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + TAIL


LENGTH = f"Content-Length: {len(BODY)}"
CHUNKED_BODY = b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"

TRANSFER_CODED = {
    "TE": post("Transfer-Encoding: chunked", body=CHUNKED_BODY),
    "CL and TE": post("Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "TE and CL": post("Transfer-Encoding: chunked", LENGTH, body=b"0\r\n\r\n"),
    "TE twice": post("Transfer-Encoding: chunked", "Transfer-Encoding: identity", body=CHUNKED_BODY),
    "TE xchunked": post("Transfer-Encoding: xchunked", LENGTH),
    "TE gzip, chunked": post("Transfer-Encoding: gzip, chunked", LENGTH),
    "TE identity": post("Transfer-Encoding: identity", LENGTH), "TE empty": post("Transfer-Encoding:", LENGTH),
    "TE CHUNKED": post("TRANSFER-ENCODING: CHUNKED", LENGTH), "TE quoted": post('Transfer-Encoding: "chunked"', LENGTH),
    "TE with a tab": post("Transfer-Encoding:\tchunked", LENGTH),
    "TE chunked;ext": post("Transfer-Encoding: chunked;a=b", LENGTH),
    "TE on 1.0": post("Transfer-Encoding: chunked", LENGTH, version="HTTP/1.0"),
    "TE on 1.0 without CL": post("Transfer-Encoding: chunked", version="HTTP/1.0", body=CHUNKED_BODY),
    "TE on a GET": get("Transfer-Encoding: chunked"),
    "TE and CL on a GET": get("Transfer-Encoding: chunked", "Content-Length: 0"),
    "negative chunk": post("Transfer-Encoding: chunked", body=b"-1\r\n"),
    "0x chunk": post("Transfer-Encoding: chunked", body=b"0x5\r\nhello\r\n0\r\n\r\n"),
    "chunk of 2^64": post("Transfer-Encoding: chunked", body=b"FFFFFFFFFFFFFFFF\r\n"),
    "chunk without CRLF": post("Transfer-Encoding: chunked", body=b"5\r\nhello0\r\n\r\n"),
}

BAD_LENGTH = {
    "two CL, same": post(LENGTH, LENGTH), "two CL, different": post(LENGTH, "Content-Length: 0"),
    "two CL, other order": post("Content-Length: 0", LENGTH), "two CL in cases": post(LENGTH, LENGTH.lower()),
    **{f"CL {value!r}": post(f"Content-Length: {value}") for value in (
        "-1", "-0", "+5", "0x5", "", " ", "5 5", "5,5", "5, 5", "1e18", "5.0", "5a", "a", "5;", "'5'", "\xb25", "1_0", "- 5")},
    "CL on a GET twice": get("Content-Length: 0", "Content-Length: 0"), "CL -1 on a GET": get("Content-Length: -1"),
}

HUGE_LENGTH = {f"CL {value}": post(f"Content-Length: {value}")
               for value in (2**64 + 5, 2**64, 2**64 - 1, 2**63, 10**18, 10**30, 10**9)}

BAD_HEADER = {
    "no Host": get(host=None), "no Host on a POST": post(LENGTH, host=None), "two Hosts": get("Host: other"),
    "two equal Hosts": get("Host: gateway"),
    "space before the colon": get("X-A : 1"), "tab before the colon": get("X-A\t: 1"),
    "Host with a space": get(host="Host : gateway"),
    "CL with a space": post(f"Content-Length : {len(BODY)}"),
    "TE with a space": post(LENGTH, "Transfer-Encoding : chunked"),
    "space within a name": get("X A: 1"), "empty name": get(": 1"), "no colon": get("X-A"),
    "a parenthesis in a name": get("X(A: 1"),
    "a slash in a name": get("X/A: 1"), "an 8-bit byte in a name": get("X\xe9: 1"), "a control in a name": get("X\x01: 1"),
    "a NUL in a name": get("X\0A: 1"), "a NUL in a value": get("X-A: a\0b"), "a NUL behind a length": post(LENGTH + "\0"),
    "a control in a value": get("X-A: a\x01b"), "DEL in a value": get("X-A: a\x7fb"),
    "a bare CR in a value": get("X-A: a\rb: c"),
    "a length behind a bare CR": post(f"X-A: a\r{LENGTH}"), "a fold as the first header": get(host=" Host: gateway"),
}

BAD_LINE = {
    "two spaces": get(line=f"GET  {TARGET} HTTP/1.1"), "two spaces before the version": get(line=f"GET {TARGET}  HTTP/1.1"),
     "a space behind": get(line=f"GET {TARGET} HTTP/1.1 "),
    
    "a space in the target": get(line="GET /v1/evaluate? a HTTP/1.1"),
    "no version": get(line=f"GET {TARGET}"),  "a NUL": get(line="GET /\0 HTTP/1.1"),
    "a control": get(line="GET /\x01 HTTP/1.1"), "an 8-bit byte": get(line="GET /\xe9 HTTP/1.1"),
    "http in lower case": get(line=f"GET {TARGET} http/1.1"),
    "HTTP/1.1x": get(line=f"GET {TARGET} HTTP/1.1x"), "HTTP/1": get(line=f"GET {TARGET} HTTP/1"),
    "HTTP/1.10": get(line=f"GET {TARGET} HTTP/1.10"),
    "HTTP/01.1": get(line=f"GET {TARGET} HTTP/01.1"), "HTTP 1.1": get(line=f"GET {TARGET} HTTP 1.1"),
    "HTTPS/1.1": get(line=f"GET {TARGET} HTTPS/1.1"),
    "HTTP/2.0": get(line=f"GET {TARGET} HTTP/2.0"), "HTTP/0.9": get(line=f"GET {TARGET} HTTP/0.9"),
    "HTTP/3.0": get(line=f"GET {TARGET} HTTP/3.0"),
    "a method with a bad byte": get(line=f"G(T {TARGET} HTTP/1.1"), "no target": get(line="GET  HTTP/1.1"),
    "%00": get(target=TARGET + "%00"), "%zz": get(target=TARGET + "%zz"), "% at the end": get(target=TARGET + "%"),
    "%00 in the path": get(target="/v1%00/evaluate"),
    "a fragment": get(target=TARGET + "#a"), "no leading slash": get(target="v1/evaluate"),
    "authority-form": get(target="gateway:80"),
    "an empty target": get(line="GET ? HTTP/1.1"),
}


def once(answer):
    """libmicrohttpd 0.9 writes the head of a 400 of its own twice."""
    head = answer[:answer.find(b"\r\n\r\n") + 4]
    return answer[len(head):] if answer.startswith(head * 2) and b"<html>" in answer else answer


def assert_refused(gateway, data, statuses):
    """One answer of those, then the end; and a new connection is served."""
    with gateway.connect() as connection:
        connection.send_all_it_takes(data)
        responses = parse_responses(once(connection.read_until_close()))
    assert len(responses) == 1, responses
    assert responses[0].status in statuses and b"smuggled" not in responses[0].body, responses
    assert gateway.ask(GOOD).json()["request_id"] == "next"


@pytest.mark.parametrize("data", TRANSFER_CODED.values(), ids=TRANSFER_CODED.keys())
def test_a_transfer_coding_is_411_and_nothing_behind_it_is_served(gateway, data):
    assert_refused(gateway, data, (400, 411))


@pytest.mark.parametrize("data", BAD_LENGTH.values(), ids=BAD_LENGTH.keys())
def test_a_bad_length_is_400_and_nothing_behind_it_is_served(gateway, data):
    assert_refused(gateway, data, (400,))


@pytest.mark.parametrize("data", HUGE_LENGTH.values(), ids=HUGE_LENGTH.keys())
def test_a_huge_length_is_refused_and_nothing_behind_it_is_served(gateway, data):
    """Part of it may be drained first: the client says that it is done, and nothing more will come."""
    with gateway.connect() as connection:
        connection.send(data)
        response = connection.response()
        connection.socket.shutdown(socket.SHUT_WR)
        assert response.status in (400, 413) and response.closes
        rest = connection.read_until_close()
        assert b"HTTP/1.1 " not in rest and b"smuggled" not in rest


@pytest.mark.parametrize("data", BAD_HEADER.values(), ids=BAD_HEADER.keys())
def test_a_bad_header_is_400_and_nothing_behind_it_is_served(gateway, data):
    assert_refused(gateway, data, (400, 411))


@pytest.mark.parametrize("data", BAD_LINE.values(), ids=BAD_LINE.keys())
def test_a_bad_request_line_is_refused_and_nothing_behind_it_is_served(gateway, data):
    assert_refused(gateway, data, (400, 404, 405, 501, 505) if b"authority" in data else (400, 501, 505))


def in_step(gateway, data):
    """The responses to the data and a last request that asks to close; the last must be read as what it is."""
    last = request("GET", TARGET + "&request_id=last", [("Connection", "close")])
    responses = [r for r in ask_and_read_to_the_end(gateway.address, data + last) if r.status != 100]
    assert b"smuggled" not in b"".join(response.body for response in responses)
    if not responses[0].closes:
        assert len(responses) == 2 and responses[1].json()["request_id"] == "last"
    else:
        assert len(responses) == 1
    return responses[0]


def without_tail(data):
    return data[:-len(TAIL)]


EITHER_WAY = {  # RFC 9112 leaves the choice: refuse and close, or read it as it is meant, in step with what follows
    "fold": (without_tail(get("X-A: a", " b")), (400,)), "fold with a tab": (without_tail(get("X-A: a", "\tb")), (400,)),
    "folded length": (without_tail(post("Content-Length:", f" {len(BODY)}")), (400,)),
    "folded TE": (without_tail(post(LENGTH, "Transfer-Encoding:", " chunked")), (400, 411)),
    "LF only": (without_tail(get()).replace(b"\r\n", b"\n"), (200, 400)),
    "LF before a length": (without_tail(post(LENGTH)).replace(b"json\r\n", b"json\n"), (200, 400)),
    "an empty line in front": (b"\r\n" + GOOD, (200, 400)),
    "absolute-form": (without_tail(get(target="http://gateway" + TARGET)), (200, 400, 404)),
    "//": (without_tail(get(target="//v1/evaluate")), (400, 404)), "/../": (without_tail(get(target="/v1/.." + TARGET)),
    (400, 404)),
    "/./": (without_tail(get(target="/." + TARGET)), (400, 404)),
    "%2e%2e": (without_tail(get(target="/v1/%2e%2e/admin")), (400, 404)),
    "%2F": (without_tail(get(target="/v1%2Fevaluate?user_id=u1&aoi=A1&amount=1")), (400, 404)),
    "*": (without_tail(get(target="*")), (400, 404)), "OPTIONS *": (without_tail(get(line="OPTIONS * HTTP/1.1")),
    (200, 204, 400, 404, 405)),
    "FOO": (without_tail(get(line=f"FOO {TARGET} HTTP/1.1")), (405, 501)),
    "get": (without_tail(get(line=f"get {TARGET} HTTP/1.1")), (405, 501)),
    "CONNECT": (without_tail(get(line="CONNECT gateway:80 HTTP/1.1")), (400, 404, 405, 501)),
    "HTTP/1.2": (without_tail(get(line=f"GET {TARGET} HTTP/1.2")), (200, 400, 505)),
    "Upgrade": (without_tail(get("Upgrade: websocket", "Connection: Upgrade")), (200,)),
    "h2c": (without_tail(get("Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABk")), (200,)),
    
    "Expect of the unknown": (without_tail(get("Expect: more")), (200, 417)),
    "Connection names a length": (without_tail(post(LENGTH, "Connection: Content-Length")), (200, 400)),
}


@pytest.mark.parametrize("data, statuses", EITHER_WAY.values(), ids=EITHER_WAY.keys())
def test_what_the_rfc_tolerates_leaves_the_connection_in_step(gateway, data, statuses):
    assert in_step(gateway, data).status in statuses


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "FOO"])
def test_a_body_where_none_belongs_is_never_read_as_a_request(gateway, method):
    data = request(method, TARGET, [("Connection", "close")] if method == "HEAD" else [], body=TAIL)
    if method == "HEAD":
        with gateway.connect() as connection:
            assert connection.ask(data, is_head=True).status in (200, 400, 413)
            assert connection.read_until_close() == b""
    else:
        assert in_step(gateway, data).status in (200, 400, 405, 413, 501)


@pytest.mark.parametrize("data", [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
                                  b"GET /v1/evaluate\r\n\r\n", b"\0" * 100, b"SSH-2.0-x\r\n\r\n", b"*1\r\n$4\r\nPING\r\n\r\n",
                                  b"GET\r\nHost: gateway\r\n\r\n", b"GET\t/\tHTTP/1.1\r\nHost: gateway\r\n\r\n",
                                  b" GET / HTTP/1.1\r\nHost: gateway\r\n\r\n"],
                         ids=["h2 preface", "TLS hello", "HTTP/0.9", "NULs", "SSH", "Redis", "method only", "tabs for spaces", "a space in front"])
def test_what_is_no_http_1_1_is_refused_or_cut(gateway, data):
    with gateway.connect() as connection:
        connection.send_all_it_takes(data + TAIL)
        answer = connection.read_until_close()
    assert b"smuggled" not in answer
    assert [response.status for response in parse_responses(answer)] in ([], [400], [404], [405], [431], [501], [505])
    assert gateway.ask(GOOD).status == 200


@pytest.mark.parametrize("data", [request("GET", TARGET + "&a=" + "x" * 65536), request("GET", TARGET, [(f"X-{n}", "1") for n in range(10000)]),
                                  request("GET", "/" + "/" * 65536), request("X" * 65536, TARGET)],
                         ids=["64 KB of URI", "10000 headers", "64 KB of slashes", "64 KB of method"])
def test_a_head_without_measure_is_refused(gateway, data):
    responses = ask_and_read_to_the_end(gateway.address, data + TAIL)
    assert [response.status in (400, 413, 414, 431, 501) for response in responses] == [True]


def test_expect_100_continue_is_answered_before_the_body(gateway):
    data = post_request(BODY, [("Content-Type", "application/json"), ("Expect", "100-continue")])
    with gateway.connect() as connection:
        connection.send(data[:-len(BODY)])
        assert connection.response().status == 100
        connection.send(BODY)
        assert connection.response().status == 200


@pytest.mark.parametrize("headers, statuses", [([("Content-Length", "70000")], [413]), ([("Content-Length", "-1")], [400]),
                                               ([("Transfer-Encoding", "chunked")], [411]),
                                               ([("Content-Length", "5"), ("Content-Type", "text/plain")], [415])], ids=str)
def test_a_body_that_will_be_refused_is_not_asked_for(gateway, headers, statuses):
    data = request("POST", "/v1/evaluate", [*headers, ("Expect", "100-continue")])
    with gateway.connect() as connection:
        assert [connection.ask(data).status] == statuses


@pytest.mark.parametrize("size", [len(BODY), 5000, 60000])
@pytest.mark.parametrize("part", [0.5, 1], ids=["half of it", "all of it"])
def test_a_client_that_does_not_wait_for_the_100_is_served(gateway, size, part):
    data = post_request(BODY.ljust(size), [("Expect", "100-continue")])
    with gateway.connect() as connection:
        sent = len(data) - size + int(size * part)
        connection.send(data[:sent])
        wait_until(connection.is_taken, what="the gateway has read it")
        connection.send(data[sent:])
        status = connection.response().status
        if status == 100 or not LEAVES_OUT_THE_100:
            assert (status, connection.response().status) == (100, 200)
        else:
            assert status == 200


def test_an_expectation_without_a_body_is_served(gateway):
    with gateway.connect() as connection:
        connection.send(request("GET", TARGET, [("Expect", "100-continue")]))
        statuses = [connection.response().status]
        statuses += [connection.response().status] if statuses == [100] else []
        assert statuses in ([200], [100, 200])


def test_http_1_0_is_served_and_closed(gateway):
    with gateway.connect() as connection:
        assert connection.ask(request("GET", TARGET, version="HTTP/1.0", host=None)).status == 200
        assert connection.closes_within(5)


def test_a_request_in_single_bytes_is_served(gateway):
    with gateway.connect() as connection:
        for byte in post_request(context()):
            connection.send(bytes([byte]))
        assert connection.response().status == 200


@pytest.mark.parametrize("sent", [GOOD, GOOD[:20], post_request(BODY)[:-5], GOOD * 50], ids=["request", "half a head", "half a body", "50 requests"])
@pytest.mark.parametrize("linger", [None, struct.pack("ii", 1, 0)], ids=["FIN", "RST"])
def test_a_client_that_leaves_early_does_no_harm(gateway, sent, linger):
    for _ in range(50):
        with gateway.connect() as connection:
            if linger:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.send_all_it_takes(sent)
    assert gateway.get().status == 200
    assert gateway.admin("/livez").status == 200


def test_a_client_that_has_shut_its_side_still_gets_its_answers(gateway):
    with gateway.connect() as connection:
        connection.send(get_request() * 3)
        connection.socket.shutdown(socket.SHUT_WR)
        statuses = [response.status for response in parse_responses(connection.read_until_close())]
    assert statuses == [200, 200, 200]
