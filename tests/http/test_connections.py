"""Connections have a ceiling, and requests absolute deadlines: who is slow or too many does not hold up the others."""

import select
import time

import pytest

from gateway import Gateway, get_request, post_request
from policies import context
from wire import Connection, ConnectionEnded, wait_until

TIMEOUT_MS = 500
SLACK_S = 1.5  # how late a deadline may be noticed on a busy machine
DRIP_S = 0.05


@pytest.fixture(scope="module")
def impatient():
    timeouts = {"head_timeout_ms": TIMEOUT_MS, "body_timeout_ms": TIMEOUT_MS}
    with Gateway(limits={**timeouts, "answer_timeout_ms": TIMEOUT_MS}) as running:
        yield running


@pytest.fixture(scope="module")
def small():
    with Gateway(limits={"max_connections": 20}) as running:
        yield running


def drip_until_cut(connection, data, most_s):
    """A byte at a time until the server answers or closes; seconds until then."""
    begin = time.monotonic()
    for byte in data:
        readable, _, _ = select.select([connection.socket], [], [], DRIP_S)
        if readable or not connection.send_all_it_takes(bytes([byte])):
            return time.monotonic() - begin
        assert time.monotonic() - begin < most_s, "never cut"
    raise AssertionError("the data ended before the connection did")


def assert_408_or_nothing(connection):
    answer = connection.read_until_close()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408 "), answer[:100]


def is_refused(address):
    """A connection on which a request gets a 503, or no answer, at once."""
    try:
        with Connection(address, timeout_s=5) as connection:
            connection.send(get_request())
            return connection.response().status == 503
    except (ConnectionResetError, BrokenPipeError, ConnectionEnded):
        return True


def test_1000_connections_are_served(gateway):
    connections = [gateway.connect() for _ in range(1000)]
    try:
        for _ in range(2):
            for connection in connections:
                connection.send(get_request())
            assert {connection.response().status for connection in connections} == {200}
    finally:
        for connection in connections:
            connection.close()


def test_one_connection_past_the_ceiling_is_refused_at_once_and_served_when_one_closes(small):
    connections = [small.connect() for _ in range(20)]
    try:
        assert [connection.ask(get_request()).status for connection in connections] == [200] * 20
        assert is_refused(small.address), "the 21st was served"
        assert [connection.ask(get_request()).status for connection in connections] == [200] * 20
        connections.pop().close()
        wait_until(lambda: not is_refused(small.address), what="served when one closes")
    finally:
        for connection in connections:
            connection.close()


def test_one_connection_past_the_ceiling_reads_a_503_with_retry_after(small):
    """An answer, and not silence: whoever waits for a balancer's time-out waits in vain."""
    connections = []
    try:
        def refusal():
            connections.append(small.connect())
            connections[-1].send_all_it_takes(get_request())
            answer = connections[-1].response()
            return answer if answer.status == 503 else None

        answer = wait_until(refusal, what="the ceiling")
        assert answer.header("Retry-After") == "1" and answer.closes
        assert answer.json()["status"] == 503
    finally:
        for connection in connections:
            connection.close()


def test_probes_and_metrics_are_answered_at_the_ceiling(small):
    connections = []

    def is_full():
        connections.append(small.connect())  # places of the test before may still come free: go on until none is left
        return is_refused(small.address)

    try:
        wait_until(is_full, what="the ceiling")
        for path in ("/livez", "/readyz", "/startupz", "/metrics"):
            assert small.admin(path).status == 200
    finally:
        for connection in connections:
            connection.close()


def test_connections_are_given_back_however_they_end(small):
    wait_until(lambda: not is_refused(small.address), what="room from the test before")
    for n in range(200):
        data = (get_request(), b"GET / HT", post_request(b"{}")[:-1], b"\r\r\r\r")[n % 4]
        try:
            with small.connect() as connection:
                connection.send_all_it_takes(data)
        except ConnectionResetError:
            pass  # connections that we closed may still count
    wait_until(lambda: not is_refused(small.address), what="a free place")


def test_a_head_in_drips_is_cut_at_its_absolute_deadline(impatient):
    with impatient.connect() as connection:
        elapsed_s = drip_until_cut(connection, b"GET / HTTP/1.1\r\nX: " + b"x" * 200, TIMEOUT_MS / 1000 + SLACK_S)
        assert elapsed_s >= TIMEOUT_MS / 1000 * 0.8
        assert_408_or_nothing(connection)


def test_half_a_head_and_silence_is_cut(impatient):
    with impatient.connect() as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: a")
        begin = time.monotonic()
        assert_408_or_nothing(connection)
        assert TIMEOUT_MS / 1000 * 0.8 <= time.monotonic() - begin <= TIMEOUT_MS / 1000 + SLACK_S


def test_the_deadline_of_a_head_holds_for_the_second_request_too(impatient):
    with impatient.connect() as connection:
        assert connection.ask(get_request()).status == 200
        elapsed_s = drip_until_cut(connection, b"GET / HTTP/1.1\r\nX: " + b"x" * 200, TIMEOUT_MS / 1000 + SLACK_S)
        assert elapsed_s >= TIMEOUT_MS / 1000 * 0.8


def test_a_body_in_drips_is_cut_at_its_absolute_deadline(impatient):
    with impatient.connect() as connection:
        connection.send(post_request(b" " * 1000)[:-1000])
        elapsed_s = drip_until_cut(connection, b" " * 1000, TIMEOUT_MS / 1000 + SLACK_S)
        assert elapsed_s >= TIMEOUT_MS / 1000 * 0.8
        assert_408_or_nothing(connection)


def test_a_refused_body_in_drips_is_not_drained_for_ever(impatient):
    with impatient.connect() as connection:
        connection.send(post_request(b"x" * 70000)[:-70000])
        drip_until_cut(connection, b"x" * 200, TIMEOUT_MS / 1000 + SLACK_S)
        answer = connection.read_until_close()
        assert answer == b"" or answer.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 408 ")), answer[:100]


def test_a_silent_keep_alive_connection_outlives_the_deadlines(impatient):
    with impatient.connect() as connection:
        assert connection.ask(get_request()).status == 200
        readable, _, _ = select.select([connection.socket], [], [], 2 * TIMEOUT_MS / 1000)
        assert not readable, "cut though no request was begun"
        assert connection.ask(get_request()).status == 200


def test_an_idle_connection_is_closed_in_the_end():
    with Gateway(limits={"idle_timeout_ms": TIMEOUT_MS}) as gateway, gateway.connect() as connection:
        assert connection.ask(get_request()).status == 200
        assert connection.closes_within(TIMEOUT_MS / 1000 + SLACK_S)


def test_slow_clients_do_not_hold_up_others_nor_the_probes(impatient):
    slow = [impatient.connect() for _ in range(200)]
    try:
        for n, connection in enumerate(slow):
            connection.send_all_it_takes(b"GET / HTTP/1.1\r\nX: " if n % 2 else post_request(b" " * 1000)[:-1])
        begin = time.monotonic()
        assert [impatient.get().status for _ in range(50)] == [200] * 50
        assert [impatient.admin(path).status for path in ("/livez", "/readyz", "/metrics")] == [200] * 3
        assert time.monotonic() - begin < 5
    finally:
        for connection in slow:
            connection.close()


def test_a_slow_reader_is_cut_and_does_not_hold_up_others(impatient):
    """A batch's answer is larger than all buffers in between, and its client reads none of it."""
    batch = post_request({"requests": [context(request_id="r" * 128)] * 1000}, path="/v1/evaluate/batch")
    with impatient.connect(receive_buffer_bytes=4096) as connection:
        connection.send_all_it_takes(batch * 20)
        begin = time.monotonic()
        assert [impatient.get().status for _ in range(50)] == [200] * 50
        assert time.monotonic() - begin < 5
        wait_until(lambda: select.select([], [connection.socket], [], 0)[1] and not connection.send_all_it_takes(b"\r\n"),
                   TIMEOUT_MS / 1000 + 10 * SLACK_S, what="the slow reader is cut")
