"""The access log: what went wrong is always told, of the rest a share; nobody's id is."""

import collections
import time

import prometheus
import pytest
from gateway import Gateway, get_request
from policies import context
from wire import request, wait_until

USER = "someone-7f3a"


def lines(gateway, since=0):
    return [event for event in gateway.events[since:] if event["event"] == "access"]


def wait_lines(gateway, count, since=0):
    wait_until(lambda: len(lines(gateway, since)) >= count, 10, what=f"{count} access lines")
    return lines(gateway, since)


def counted(gateway, result):
    families = prometheus.parse(gateway.admin("/metrics").body.decode())
    return families["promogate_access_log_lines_total"].total(result=result)


@pytest.fixture(scope="module")
def logging():
    """Each request is logged."""
    with Gateway(access_log={"sample_bp": 10000}, rate={"caller_header": "X-Caller"}) as gateway:
        yield gateway


@pytest.fixture
def since(logging):
    return len(logging.events)


def test_a_decision_is_told_with_what_it_gave(logging, since):
    answer = logging.get(user_id=USER, aoi="310115-0001", amount=6200, request_id="r-1").json()
    (line,) = wait_lines(logging, 1, since)
    assert line["route"] == "evaluate_get" and line["status"] == 200 and line["duration_us"] >= 0
    assert line["interface"] == "checkout" and line["request_id"] == "r-1"
    assert (line["release"], line["decision_id"]) == (answer["release"], answer["decision_id"])
    assert (line["offers"], line["discount"]) == (len(answer["offers"]), answer["discount"])
    assert "degraded" not in line


def test_a_fallback_is_told_with_its_cause(logging, since):
    logging.post(context(interface="switched"))
    (line,) = wait_lines(logging, 1, since)
    assert (line["route"], line["degraded"], line["cause"]) == ("evaluate_post", True, "switch")
    assert line["interface"] == "switched" and "offers" not in line


def test_a_refusal_is_told_without_what_was_asked(logging, since):
    logging.ask(request("GET", f"/nowhere?user_id={USER}"))
    logging.get(user_id=USER, aoi="A1", amount="x")
    found = wait_lines(logging, 2, since)
    assert {(line["route"], line["status"]) for line in found} == {("other", 404), ("evaluate_get", 400)}
    assert all("user" not in line and "decision_id" not in line for line in found)


def test_a_head_that_is_too_long_is_told(logging, since):
    logging.ask(get_request(headers=[("X-Long", "x" * 7200)]))
    assert wait_lines(logging, 1, since)[0]["status"] in (414, 431)


def test_a_batch_is_one_line_with_its_items(logging, since):
    logging.batch({"requests": [context(), context(), context(interface="switched")]})
    (line,) = wait_lines(logging, 1, since)
    assert (line["route"], line["items"], line["status"]) == ("batch", 3, 200)


def test_a_batch_tells_how_many_were_degraded_and_refused(logging, since):
    logging.batch({"requests": [context(), context(interface="switched"), {"user_id": USER}, context(amount=-1)]})
    (line,) = wait_lines(logging, 1, since)
    assert (line["items"], line["degraded_items"], line["refused_items"]) == (4, 1, 2)
    assert line["degraded"] is True


def test_caller_and_trace_are_told(logging, since):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    logging.ask(get_request(headers=[("X-Caller", "payments" * 20), ("traceparent", f"00-{trace}-00f067aa0ba902b7-01")]))
    (line,) = wait_lines(logging, 1, since)
    assert line["trace_id"] == trace and line["caller"] == ("payments" * 20)[:64]


def test_a_user_is_the_same_hash_in_all_lines_and_never_the_id(logging, since):
    for user in (USER, USER, "another"):
        logging.get(user_id=user, aoi="A1", amount=1)
    users = collections.Counter(line["user"] for line in wait_lines(logging, 3, since))
    assert sorted(users.values()) == [1, 2] and all(len(user) == 32 for user in users)
    assert USER not in str(logging.events)


def hash_of_user(gateway):
    since = len(gateway.events)
    gateway.get(user_id=USER, aoi="A1", amount=1)
    return wait_lines(gateway, 1, since)[0]["user"]


def test_the_key_file_decides_the_hash_over_restarts_and_at_once(tmp_path):
    key = tmp_path / "key"
    key.write_text("first")
    with Gateway(access_log={"sample_bp": 10000, "user_key_file": str(key)}) as gateway:
        first = hash_of_user(gateway)
        key.write_text("second")
        wait_until(lambda: hash_of_user(gateway) != first, 10, what="a hash by the new key")
    key.write_text("first")
    with Gateway(access_log={"sample_bp": 10000, "user_key_file": str(key)}) as gateway:
        assert hash_of_user(gateway) == first


def test_a_key_that_cannot_be_used_is_told_and_so_is_its_coming(tmp_path):
    key = tmp_path / "key"
    with Gateway(access_log={"sample_bp": 10000, "user_key_file": str(key)}) as gateway:
        assert gateway.wait_event("user_key_unusable")["file"] == str(key)
        without = hash_of_user(gateway)
        key.write_text("a key")
        gateway.wait_event("user_key_back")
        assert hash_of_user(gateway) != without


def test_without_a_key_file_each_start_has_a_key_of_its_own():
    hashes = set()
    for _ in range(2):
        with Gateway(access_log={"sample_bp": 10000}) as gateway:
            gateway.get(user_id=USER, aoi="A1", amount=1)
            hashes.add(wait_lines(gateway, 1)[0]["user"])
    assert len(hashes) == 2


def test_of_decisions_a_share_is_told_and_of_fallbacks_all():
    with Gateway(workers=1, access_log={"sample_bp": 1000}) as gateway, gateway.connect() as connection:
        for number in range(50):
            connection.ask(get_request(user_id="u", aoi="A1", amount=1))
            connection.ask(get_request(user_id="u", aoi="A1", amount=1, interface="switched"))
        found = wait_lines(gateway, 55)
        assert sum("degraded" in line for line in found) == 50
        assert sum("degraded" not in line for line in found) == 5


def test_batches_with_something_wrong_are_told_without_any_share():
    with Gateway(workers=1, access_log={"sample_bp": 0}) as gateway:
        gateway.batch({"requests": [context()]})
        gateway.batch({"requests": [context(), context(amount=-1)]})
        gateway.batch({"requests": [context(), context(interface="switched")]})
    assert [(line.get("refused_items", 0), line.get("degraded_items", 0)) for line in lines(gateway)] == [(1, 0), (0, 1)]


def test_where_lines_are_many_those_of_the_share_give_way():
    with Gateway(workers=1, access_log={"lines_per_second_max": 1, "sample_bp": 10000}) as gateway:
        with gateway.connect() as connection:
            for _ in range(400):
                connection.ask(get_request(user_id="u", aoi="A1", amount=1))
            for _ in range(20):
                connection.ask(get_request(user_id="u", aoi="A1", amount=1, interface="switched"))
        wait_until(lambda: counted(gateway, "written") + counted(gateway, "dropped") == 420, 10, what="all counted")
        assert sum("degraded" in line for line in lines(gateway)) == 20


def test_a_flood_is_told_up_to_the_rate_and_the_rest_is_counted():
    with Gateway(workers=1, access_log={"lines_per_second_max": 1}) as gateway, gateway.connect() as connection:
        for _ in range(2000):
            connection.ask(get_request(user_id="u", aoi="A1", amount=1, interface="switched"))
        wait_until(lambda: counted(gateway, "written") + counted(gateway, "dropped") == 2000, 10, what="all counted")
        assert 50 <= counted(gateway, "written") == len(wait_lines(gateway, counted(gateway, "written"))) < 300


def test_it_can_be_turned_off_while_it_runs():
    with Gateway(access_log={"sample_bp": 10000}) as gateway:
        gateway.get(user_id="u", aoi="A1", amount=1)
        wait_lines(gateway, 1)
        gateway.reload(access_log={"lines_per_second_max": 0})
        for _ in range(20):
            gateway.get(user_id="u", aoi="A1", amount=1, interface="switched")
        time.sleep(0.2)  # nothing is awaited: several rounds of the journal
        assert len(lines(gateway)) == 1 and counted(gateway, "dropped") == 0


def test_lines_of_the_last_requests_are_written_before_the_process_ends():
    with Gateway(access_log={"sample_bp": 10000}) as gateway:
        for number in range(20):
            gateway.get(user_id=f"u{number}", aoi="A1", amount=1)
    assert len(lines(gateway)) == 20
