"""Many requests at once: all are answered, soon, and nobody waits for somebody else's."""

import selectors
import statistics
import threading
import time

import pytest

from gateway import Gateway, get_request, post_request
from policies import context
from wire import take_response

ROUNDS = 5
ROUND_TIMEOUT_S = 1.0
OTHERS_MAX_S = 1.0  # generous: a stall lasts as long as the poll that misses the event, or for ever


@pytest.fixture(scope="module")
def gateway():
    """One worker: a burst is ready in one loop, which is what stalls an epoll set that is read 128 events at a time."""
    with Gateway(workers=1) as running:
        yield running


def answer_all(connections, data, timeout_s):
    """Sends to all, then reads one response from each; how many came in time."""
    for connection in connections:
        connection.send(data)
    buffers = {connection: bytearray() for connection in connections}
    answered, deadline = 0, time.monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        while answered < len(connections) and time.monotonic() < deadline:
            for key, _ in selector.select(max(0, deadline - time.monotonic())):
                received = key.fileobj.recv(65536)
                assert received, "the gateway closed a keep-alive connection"
                buffers[key.data] += received
                taken = take_response(buffers[key.data])
                if taken:
                    assert taken[0].status == 200 and taken[1] == len(buffers[key.data]), taken
                    selector.unregister(key.fileobj)
                    answered += 1
    return answered


@pytest.mark.parametrize("count", [1, 127, 128, 129, 256, 384, 512])
@pytest.mark.parametrize("data", [get_request(), post_request(context())], ids=["GET", "POST"])
def test_a_burst_of_keep_alive_requests_is_answered_within_a_second(gateway, count, data):
    connections = [gateway.connect() for _ in range(count)]
    try:
        assert answer_all(connections, data, 20) == count, "not even the first round, which opens the connections"
        assert [answer_all(connections, data, ROUND_TIMEOUT_S) for _ in range(ROUNDS)] == [count] * ROUNDS
    finally:
        for connection in connections:
            connection.close()


def pump(connection, data, count):
    """Sends pipelined requests and reads their responses at the same time, so that neither side's buffer fills."""
    sender = threading.Thread(target=connection.send_all_it_takes, args=(data,), daemon=True)
    sender.start()
    responses = [connection.response() for _ in range(count)]
    sender.join(10)
    return responses


def pipelined(count):
    return b"".join(get_request(user_id="u", aoi="A1", amount=1, request_id=f"r{n}") for n in range(count))


def test_1000_pipelined_requests_are_answered_in_order(gateway):
    with gateway.connect() as connection:
        responses = pump(connection, pipelined(1000), 1000)
    assert [response.status for response in responses] == [200] * 1000
    assert [response.json()["request_id"] for response in responses] == [f"r{n}" for n in range(1000)]


def test_pipelined_posts_and_gets_may_be_mixed(gateway):
    data = (get_request() + post_request(context()) + post_request(context(amount=-1)) + get_request()) * 50
    with gateway.connect() as connection:
        statuses = [response.status for response in pump(connection, data, 200)]
    assert statuses == [200, 200, 400, 200] * 50


def test_others_are_answered_while_one_pipelines_1000(gateway):
    waits_s = []
    with gateway.connect() as busy, gateway.connect() as other:
        pumping = threading.Thread(target=lambda: [pump(busy, pipelined(1000), 1000) for _ in range(3)])
        pumping.start()
        while pumping.is_alive():
            begin = time.monotonic()
            assert other.ask(get_request()).status == 200
            waits_s.append(time.monotonic() - begin)
        pumping.join()
    assert waits_s and max(waits_s) < OTHERS_MAX_S, f"median {statistics.median(waits_s)}, max {max(waits_s)}"


def test_others_are_answered_while_one_sends_and_never_reads(gateway):
    """Its answers fill the buffers of both sides; then only that connection waits."""
    with gateway.connect(receive_buffer_bytes=4096, timeout_s=0.5) as deaf, gateway.connect() as other:
        with pytest.raises(TimeoutError):
            deaf.send(get_request() * 300000)
        waits_s = []
        for _ in range(200):
            begin = time.monotonic()
            assert other.ask(get_request()).status == 200
            waits_s.append(time.monotonic() - begin)
        assert max(waits_s) < OTHERS_MAX_S
        assert gateway.admin("/livez").status == 200
