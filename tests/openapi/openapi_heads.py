"""Heads that are refused on every route: what `default` stands for in deploy/openapi.yaml."""

import wire
from openapi_exchange import bodyless, with_body

CHUNKED = ("Transfer-Encoding", "chunked")
LAST_CHUNK = b"0\r\n\r\n"
PAST_OURS, PAST_THE_LIBRARYS = 7 * 1024, 9 * 1024  # bytes: the gateway refuses the first, libmicrohttpd the second


def longer(target, bytes_more):
    return target + ("&" if "?" in target else "?") + "x" * bytes_more


# {name: (status, (method, target) -> the request's bytes)}
HEADS = {
    "two hosts": (400, lambda method, target: bodyless(method, target, ("Host", "other"))),
    "no host": (400, lambda method, target: wire.request(method, target, host=None)),
    "a fragment": (400, lambda method, target: bodyless(method, target + "#here")),
    "a length of letters": (400, lambda method, target: bodyless(method, target, ("Content-Length", "abc"))),
    "no colon": (400, lambda method, target: bodyless(method, target).replace(b"\r\n\r\n", b"\r\nx\r\n\r\n")),
    "a transfer coding": (411, lambda method, target: bodyless(method, target, CHUNKED) + LAST_CHUNK),
    "19 digits": (413, lambda method, target: bodyless(method, target, ("Content-Length", "9" * 19))),
    "20 digits": (413, lambda method, target: bodyless(method, target, ("Content-Length", "9" * 20))),
    "a long target": (414, lambda method, target: bodyless(method, longer(target, PAST_OURS))),
    "a longer target": (414, lambda method, target: bodyless(method, longer(target, PAST_THE_LIBRARYS))),
    "an expectation": (417, lambda method, target: bodyless(method, target, ("Expect", "a miracle"))),
    "a long header": (431, lambda method, target: bodyless(method, target, ("X-Long", "x" * PAST_OURS))),
    "a longer header": (431, lambda method, target: bodyless(method, target, ("X-Long", "x" * PAST_THE_LIBRARYS))),
    "65 headers": (431, lambda method, target: bodyless(method, target, *[(f"X-{i}", "1") for i in range(64)])),
    "version 1.2": (505, lambda method, target: wire.request(method, target, version="HTTP/1.2")),
    "version 2.0": (505, lambda method, target: wire.request(method, target, version="HTTP/2.0")),
}
ONLY_READ = {
    "a body": (400, lambda method, target: with_body(method, target, "x", [])),
}


def heads_for(method):
    """Those that are refused with this method."""
    return {**HEADS, **ONLY_READ} if method in ("get", "head") else HEADS
