"""The harness itself: it reads what is right and refuses what is wrong."""

import http.server
import json
import threading

import pytest

import gateway
import prometheus
import wire


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({"target": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.command == "GET" else b"")

    do_HEAD = do_GET

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.handle_error = lambda *_: None  # a client that leaves early
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address
    server.shutdown()
    server.server_close()


def test_pipelined_responses_are_read_one_at_a_time(address):
    with wire.Connection(address) as connection:
        connection.send(b"".join(wire.request("GET", f"/{n}") for n in range(3)))
        assert [connection.response().json()["target"] for _ in range(3)] == ["/0", "/1", "/2"]


def test_a_head_response_has_no_body(address):
    with wire.Connection(address) as connection:
        assert connection.ask(wire.request("HEAD", "/a"), is_head=True).body == b""
        assert connection.ask(wire.request("GET", "/b")).json() == {"target": "/b"}


def test_a_body_without_length_goes_on_until_the_end(address):
    with wire.Connection(address) as connection:
        response = connection.ask(wire.request("POST", "/", body=b"x" * 100000))
        assert response.body == b"x" * 100000 and response.closes
        assert connection.closes_within(5)


def test_a_silent_server_is_a_timeout(address):
    with wire.Connection(address) as connection:
        connection.send(b"GET / HTTP/1.1\r\n")
        with pytest.raises(TimeoutError):
            connection.response(timeout_s=0.05)


@pytest.mark.parametrize("data", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\nbad name: 1\r\n\r\n",
    b"HTTP/2 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"])
def test_what_is_no_response_is_refused(data):
    with pytest.raises(wire.MalformedResponse):
        wire.parse_responses(data)


def test_two_responses_are_counted_as_two():
    data = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    assert [response.status for response in wire.parse_responses(data)] == [100, 200]


METRICS = """# HELP a_total Some.
# TYPE a_total counter
a_total{route="/x",note="q\\"\\\\\\n"} 3
a_total{route="/y"} 4
# HELP h How long.
# TYPE h histogram
h_bucket{le="0.1"} 1
h_bucket{le="+Inf"} 2
h_sum 0.5
h_count 2
"""


def test_metrics_are_read():
    families = prometheus.parse(METRICS)
    assert families["a_total"].total() == 7 and families["a_total"].total(route="/y") == 4
    assert families["h"].total("_count") == 2
    assert (("note", 'q"\\\n'), ("route", "/x")) in [labels for _, labels in families["a_total"].samples]


@pytest.mark.parametrize("old, new", [
    ("# HELP a_total Some.\n", ""), ("# TYPE a_total counter\n", ""), ('a_total{route="/y"} 4', 'a_total{route="/y"} x'),
    ('route="/y"', 'route="/x",note="q\\"\\\\\\n"'), ("h_count 2", "h_count 3"), ("h_sum 0.5\n", ""), ("+Inf", "0.2"),
    ('h_bucket{le="0.1"} 1', 'h_bucket{le="0.1"} 9'), ("h_count 2\n", "h_count 2\na_total 1\n"), ("h_count 2\n", "h_count 2"),
    ('{route="/y"}', '{route="/y}'), ("histogram", "gauge")])
def test_metrics_that_break_the_format_are_refused(old, new):
    assert old in METRICS
    with pytest.raises((AssertionError, KeyError)):
        prometheus.parse(METRICS.replace(old, new, 1))


def test_the_configuration_is_written_as_libconfig_reads_it():
    text = gateway.libconfig({"a": 1, "b": "q\"\\", "g": {"x": True, "big": 1 << 40}, "l": [{"n": "c"}, {"n": "d"}]})
    assert text == ('a = 1;\nb = "q\\"\\\\";\ng = { x = true; big = 1099511627776L; };\n'
                    'l = ( { n = "c"; }, { n = "d"; } );\n')


def test_groups_are_merged_and_settings_replaced():
    config = gateway.configuration(workers=1, limits={"max_connections": 3}, admin={"token_file": "t"})
    assert config["workers"] == 1 and config["limits"] == {"max_connections": 3}
    assert config["admin"] == {"listen": "127.0.0.1:0", "token_file": "t"}
