"""Rate limits: by caller and in all, with a fallback or a refusal for who is past them."""

import time

import pytest

import prometheus
from gateway import Gateway, get_request, post_request
from policies import context
from wire import wait_until

PER_SECOND = 400
BURST_MS = 500
BURST = PER_SECOND * BURST_MS // 1000
ASKED_PER_SECOND = 3 * PER_SECOND
CHUNK_S = 0.01
LIMITED = {"caller_header": "X-Caller", "burst_ms": BURST_MS}


def ask(caller=None):
    return get_request([("X-Caller", caller)] if caller is not None else [])


def is_admitted(response):
    """False: past a limit; the answer is one of the two that this may give."""
    if response.status == 429:
        assert int(response.header("Retry-After")) >= 1
        assert response.header("Content-Type") == "application/problem+json" and response.json()["status"] == 429
        return False
    assert response.status == 200, response
    cause = response.header("X-Promo-Degraded")
    assert cause in (None, "rate_limited"), response
    assert response.json()["degraded"] == (cause is not None)
    return cause is None


def ask_steadily(connection, data, seconds, per_second=ASKED_PER_SECOND):
    """Pipelines so many requests a second on one connection, catching up after a pause: (admitted, seconds it took)."""
    admitted = asked = 0
    begin = time.monotonic()
    while (elapsed := time.monotonic() - begin) < seconds:
        count = min(int(elapsed * per_second) - asked, 200)
        if count > 0:
            connection.send(data * count)
            admitted += sum(is_admitted(connection.response()) for _ in range(count))
            asked += count
        time.sleep(CHUNK_S)
    return admitted, time.monotonic() - begin


def ask_at_once(connection, data, count):
    """Of so many in one go: how many were admitted."""
    connection.send(data * count)
    return sum(is_admitted(connection.response()) for _ in range(count))


def spend(gateway, data, until=20):
    """Asks on many connections, so on all workers, until nobody was admitted for a while."""
    refused = 0
    while refused < until:
        refused = 0 if is_admitted(gateway.ask(data)) else refused + 1


def assert_at_the_limit(admitted, seconds, per_second=PER_SECOND, burst=0):
    assert 0.9 * per_second * seconds <= admitted <= 1.1 * per_second * seconds + burst, (admitted, seconds)


def in_force(gateway):
    """The first tick with the limits may come a moment after the start."""
    wait_until(lambda: metric(gateway, "promogate_rate_limited") == 1, what="limits in force")


def metric(gateway, name, **labels):
    return prometheus.parse(gateway.admin("/metrics").body.decode())[name].total(**labels)


@pytest.mark.parametrize("rate", [{"total_per_second": PER_SECOND, "burst_ms": BURST_MS},
                                  {"caller_per_second": PER_SECOND, **LIMITED}])
def test_all_traffic_on_one_worker_gets_its_limit_and_no_more(rate):
    with Gateway(rate=rate, workers=4) as gateway, gateway.connect() as connection:
        in_force(gateway)
        admitted, seconds = ask_steadily(connection, ask("payments"), 3)
        assert_at_the_limit(admitted, seconds, burst=BURST)
        admitted, seconds = ask_steadily(connection, ask("payments"), 3)
        assert_at_the_limit(admitted, seconds)


def test_a_caller_past_its_limit_does_not_harm_another():
    with Gateway(rate={"caller_per_second": 20, **LIMITED}) as gateway, gateway.connect() as connection:
        in_force(gateway)
        admitted, seconds = ask_steadily(connection, ask("greedy"), 1)
        assert admitted <= 1.1 * 20 * seconds + 10
        assert is_admitted(connection.ask(ask("modest")))


def test_a_caller_of_the_configuration_has_its_own_limit():
    callers = [{"name": "payments", "per_second": PER_SECOND}, {"name": "unlimited", "per_second": 0}]
    with Gateway(rate={"caller_per_second": 1, **LIMITED}, callers=callers) as gateway, \
            gateway.connect() as connection:
        in_force(gateway)
        ask_steadily(connection, ask("payments"), 1)
        assert_at_the_limit(*ask_steadily(connection, ask("payments"), 3))
        assert ask_at_once(connection, ask("unlimited"), 1000) == 1000


def test_the_total_holds_for_many_callers_together():
    rate = {"caller_per_second": PER_SECOND, "total_per_second": PER_SECOND, **LIMITED}
    data = b"".join(ask(f"team-{i}") for i in range(200))
    with Gateway(rate=rate) as gateway, gateway.connect() as connection:
        in_force(gateway)
        admitted = 0
        begin = time.monotonic()
        while time.monotonic() - begin < 3:
            connection.send(data)
            admitted += sum(is_admitted(connection.response()) for _ in range(200))
        assert_at_the_limit(admitted, time.monotonic() - begin, burst=BURST)
        assert metric(gateway, "promogate_rate_callers") == 200
        assert metric(gateway, "promogate_rate_requests_total", result="refused_total") > 0


def test_callers_without_end_do_not_get_past_the_total():
    rate = {"caller_per_second": 10, "total_per_second": PER_SECOND, **LIMITED}
    with Gateway(rate=rate) as gateway, gateway.connect() as connection:
        in_force(gateway)
        admitted, number = 0, 0
        begin = time.monotonic()
        while time.monotonic() - begin < 3:
            connection.send(b"".join(ask(f"invented-{number + i}") for i in range(100)))
            admitted += sum(is_admitted(connection.response()) for _ in range(100))
            number += 100
        assert admitted <= 1.1 * PER_SECOND * (time.monotonic() - begin) + BURST
        assert metric(gateway, "promogate_rate_callers") <= 1024
        assert metric(gateway, "promogate_rate_other_requests_total") > 0


def test_requests_without_the_header_share_one_limit():
    with Gateway(rate={"caller_per_second": 2, **LIMITED}) as gateway:
        in_force(gateway)
        spend(gateway, ask())
        assert is_admitted(gateway.ask(ask("named")))


def test_past_the_limit_a_fallback_is_the_answer():
    with Gateway(rate={"total_per_second": 1, "burst_ms": 100}) as gateway:
        in_force(gateway)
        spend(gateway, ask())
        answer = gateway.ask(ask())
        assert answer.status == 200 and answer.header("X-Promo-Degraded") == "rate_limited"
        assert answer.json()["cause"] == "rate_limited"
        assert [offer["coupon"] for offer in answer.json()["offers"]] == ["C-SAFE", "C-MORE"]


@pytest.mark.parametrize("data", [ask(), post_request(context())])
def test_past_the_limit_a_refusal_is_the_answer_where_that_is_configured(data):
    with Gateway(rate={"total_per_second": 1, "burst_ms": 100, "on_limit": "reject"}) as gateway:
        in_force(gateway)
        spend(gateway, data)
        answer = gateway.ask(data)
        assert answer.status == 429 and answer.header("Retry-After") == "1"
        assert answer.json()["title"] == "Too Many Requests"
        assert answer.header("X-Promo-Degraded") is None
        assert not answer.closes


def test_after_its_retry_after_a_caller_is_served():
    with Gateway(rate={"caller_per_second": 1, "on_limit": "reject", **LIMITED}, workers=1) as gateway, \
            gateway.connect() as connection:
        in_force(gateway)
        while is_admitted(answer := connection.ask(ask("a"))):
            pass
        time.sleep(int(answer.header("Retry-After")) + 0.1)
        assert is_admitted(connection.ask(ask("a")))


def test_what_is_invalid_is_400_however_far_past_the_limit():
    with Gateway(rate={"total_per_second": 1, "on_limit": "reject"}) as gateway:
        in_force(gateway)
        spend(gateway, ask())
        assert gateway.get(user_id="u1").status == 400


def test_each_decision_of_a_batch_counts():
    with Gateway(rate={"total_per_second": 100, "burst_ms": 1000}, workers=1) as gateway:
        in_force(gateway)
        results = gateway.batch({"requests": [context()] * 1000}).json()["results"]
        admitted = sum(not result["degraded"] for result in results)
        assert 50 <= admitted <= 200 and {result.get("cause") for result in results} == {None, "rate_limited"}


@pytest.mark.parametrize("name", ["X-Caller", "X-Budget-Ms", "Authorization"])
def test_a_header_that_must_be_one_is_refused_when_it_comes_twice(name):
    with Gateway(rate={"caller_per_second": 1000, **LIMITED}) as gateway:
        answer = gateway.ask(get_request([(name, "5"), (name.lower(), "5")]))
        assert answer.status == 400 and name in ("X-Caller", answer.json()["detail"].split()[0])


def test_a_changed_limit_holds_at_once_and_gives_no_fresh_burst():
    with Gateway(rate={"total_per_second": PER_SECOND, "burst_ms": BURST_MS}) as gateway, \
            gateway.connect() as connection:
        in_force(gateway)
        ask_steadily(connection, ask(), 1)
        gateway.reload(rate={"total_per_second": PER_SECOND // 2, "burst_ms": BURST_MS})
        ask_steadily(connection, ask(), 0.2)
        assert_at_the_limit(*ask_steadily(connection, ask(), 3), per_second=PER_SECOND // 2)
        gateway.reload(rate={"total_per_second": 0})
        wait_until(lambda: metric(gateway, "promogate_rate_limited") == 0, what="no limits")
        assert ask_at_once(connection, ask(), 1000) == 1000
