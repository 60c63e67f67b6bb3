"""SIGTERM: the gateway says that it leaves, serves what comes meanwhile, and ends without a lost request."""

import json
import signal
import threading
import time

import pytest

from gateway import Gateway, get_request, post_request
from policies import context
from wire import Connection, ConnectionEnded, request, wait_until

GRACE_MS = 1000


@pytest.fixture
def gateway():
    with Gateway(drain={"grace_ms": GRACE_MS}) as running:
        yield running


def terminate(gateway):
    """Returns once readyz has turned: the grace has begun."""
    gateway.terminate()
    wait_until(lambda: gateway.admin("/readyz").status == 503, 0.5 * GRACE_MS / 1000, what="readyz 503 at once")


def test_readyz_turns_at_once_and_livez_and_startupz_do_not(gateway):
    terminate(gateway)
    assert [gateway.admin(path).status for path in ("/livez", "/startupz")] == [200, 200]
    assert b"draining" in gateway.admin("/readyz?verbose").body.lower()
    gateway.wait_event("draining")
    gateway.wait_exit()
    assert [event["event"] for event in gateway.events][-2:] == ["stopped", "end of output"]


def test_requests_during_the_grace_are_answered_and_told_to_close(gateway):
    with gateway.connect() as old, gateway.connect() as posting:
        assert not old.ask(get_request()).closes
        assert not posting.ask(post_request(context())).closes
        terminate(gateway)
        for connection, data in ((old, get_request()), (posting, post_request(context()))):
            response = connection.ask(data)
            assert response.status == 200 and response.closes
            assert connection.closes_within(5) and not connection.was_reset
        fresh = gateway.get()
        assert fresh.status == 200 and fresh.closes, "a caller that has not heard of it yet"


def test_errors_during_the_grace_are_told_to_close_too(gateway):
    terminate(gateway)
    refused = gateway.post(context(amount=-1))
    assert refused.status == 400 and refused.closes


def test_a_post_whose_body_was_half_sent_is_answered(gateway):
    data = post_request(context(request_id="half"))
    with gateway.connect() as connection:
        connection.send(data[:-20])
        terminate(gateway)
        connection.send(data[-20:])
        response = connection.response()
        assert response.status == 200 and response.closes and response.json()["request_id"] == "half"


def test_a_post_in_flight_outlives_the_grace():
    data = post_request(context(request_id="late"))
    with Gateway(drain={"grace_ms": 0}) as gateway, gateway.connect() as connection:
        connection.send(data[:-20])
        wait_until(connection.is_taken, what="the gateway has half of its body")
        gateway.terminate()
        gateway.wait_event("draining")
        connection.send(data[-20:])
        assert connection.response().json()["request_id"] == "late"


def test_a_post_that_was_told_to_continue_outlives_the_grace():
    """Only its head is sent before: of who sends more, libmicrohttpd 1.0 knows that he waits for no 100."""
    body = json.dumps(context(request_id="late")).encode()
    head = request("POST", "/v1/evaluate", [("Content-Length", str(len(body))), ("Expect", "100-continue")])
    with Gateway(drain={"grace_ms": 0}) as gateway, gateway.connect() as connection:
        assert connection.ask(head).status == 100
        gateway.terminate()
        gateway.wait_event("draining")
        connection.send(body)
        assert connection.response().json()["request_id"] == "late"


def test_idle_connections_do_not_hold_it_up():
    with Gateway(drain={"grace_ms": 0, "timeout_ms": 60000}) as gateway:
        idle = [gateway.connect() for _ in range(50)]
        try:
            assert {connection.ask(get_request()).status for connection in idle[:25]} == {200}
            begin = time.monotonic()
            gateway.stop()
            assert time.monotonic() - begin < 5
        finally:
            for connection in idle:
                connection.close()


def test_a_client_that_never_finishes_is_given_up_after_the_timeout():
    with Gateway(drain={"grace_ms": 0, "timeout_ms": 500}) as gateway, gateway.connect() as connection:
        connection.send(post_request(context())[:-1])
        begin = time.monotonic()
        gateway.stop()
        assert time.monotonic() - begin < 5


class Caller(threading.Thread):
    """Asks on one keep-alive connection until it is told to close; then it is done, as a balancer would be."""

    def __init__(self, gateway, data):
        super().__init__(daemon=True)
        self._address, self._data = gateway.address, data
        self.answers, self.failure = 0, None

    def run(self):
        try:
            with Connection(self._address) as connection:
                while True:
                    response = connection.ask(self._data)
                    assert response.status == 200, response
                    self.answers += 1
                    if response.closes:
                        assert connection.closes_within(10) and not connection.was_reset
                        return
        except (OSError, ConnectionEnded, AssertionError) as failure:
            self.failure = failure


@pytest.mark.parametrize("data", [get_request(), post_request(context()),
                                  post_request({"requests": [context()] * 100}, path="/v1/evaluate/batch")],
                         ids=["GET", "POST", "batch"])
def test_active_callers_lose_nothing(gateway, data):
    callers = [Caller(gateway, data) for _ in range(8)]
    for caller in callers:
        caller.start()
    wait_until(lambda: all(caller.answers > 3 for caller in callers), what="everybody is served")
    terminate(gateway)
    for caller in callers:
        caller.join(20)
    assert [caller.failure for caller in callers] == [None] * 8
    gateway.wait_exit()


def test_new_connections_are_refused_once_it_has_stopped(gateway):
    gateway.stop()
    with pytest.raises(ConnectionRefusedError):
        gateway.connect()


def test_sigint_drains_as_sigterm_does():
    with Gateway() as gateway:
        gateway.process.send_signal(signal.SIGINT)
        gateway.wait_exit()


def test_a_second_sigterm_ends_the_grace():
    with Gateway(drain={"grace_ms": 60000}) as gateway:
        gateway.terminate()
        gateway.wait_event("draining")
        gateway.terminate()
        gateway.wait_exit(10)
