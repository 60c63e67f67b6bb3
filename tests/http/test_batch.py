"""A batch: many contexts, one snapshot, answers in order, and a worker that keeps serving the others."""

import os
import statistics
import threading
import time

import pytest

import prometheus
from gateway import Gateway, get_request, post_request
from policies import AOI, POLICIES, context
from wire import request

ITEMS_MAX = 1000
BODY_MAX_BYTES = 4194304

# How long a single GET may wait while its only worker answers maximal batches. The gateway's own bound is 2 ms a slice;
# a client that shares two cores with it, the batch's client and other work cannot see that, so the median is held
# closely, and the maximum only loosely: the slices that the gateway measures itself are the exact test, below.
MEDIAN_MAX_S = 0.02
MOST_MAX_S = 0.25
SLICE_MAX_S = 0.002


def results(gateway, contexts):
    response = gateway.batch({"requests": contexts})
    assert response.status == 200, response
    body = response.json()
    assert list(body) == ["results"]
    return body["results"]


@pytest.mark.parametrize("count", [1, 2, 999, ITEMS_MAX])
def test_1_to_1000_contexts_are_answered_in_order(gateway, count):
    found = results(gateway, [context(request_id=f"r{n}", amount=5000 + n) for n in range(count)])
    assert [result["request_id"] for result in found] == [f"r{n}" for n in range(count)]
    assert len({result["release"] for result in found}) == 1


@pytest.mark.parametrize("document, pointer", [
    ({"requests": []}, "/requests"), ({"requests": [context()] * (ITEMS_MAX + 1)}, "/requests"), ({}, "/requests"),
    ({"requests": {}}, "/requests"), ({"requests": None}, "/requests"), ({"requests": "x"}, "/requests"),
    ({"requests": [context()], "more": 1}, "/more"),
    ({"Requests": [context()]}, "/Requests")], ids=lambda value: str(value)[:30])
def test_a_batch_that_is_none_is_400_and_names_the_member(gateway, document, pointer):
    response = gateway.batch(document)
    assert response.status == 400 and response.header("Content-Type") == "application/problem+json"
    problem = response.json()
    assert problem["status"] == 400
    assert problem["pointer"] == pointer or problem["pointer"].startswith(pointer + "/1000"), problem


@pytest.mark.parametrize("body", [b"[]", b"", b"{", b'{"requests":[]', b'{"requests":[{}]}]', b"null",
                                  b'{"requests":[{}],"requests":[{}]}', b'{"requests":[{},]}'])
def test_a_batch_that_is_not_json_is_400(gateway, body):
    assert gateway.ask(post_request(body, path="/v1/evaluate/batch")).status == 400


def test_an_invalid_context_gets_its_problem_in_its_place(gateway):
    wrong = {1: (context(amount=-1), "/amount"), 3: (context(user_id=None), "/user_id"), 4: ({"x": 1}, "/x"), 5: (context(aoi=[]), "/aoi"),
             7: (context(attributes={"a": 1.5}), "/attributes/a"), 8: (context(interface="nobody"), "/interface"), 9: (7, "")}
    found = results(gateway, [wrong[n][0] if n in wrong else context(request_id=f"r{n}") for n in range(11)])
    for n, result in enumerate(found):
        if n in wrong:
            assert result["status"] == 400 and result.get("pointer", "").endswith(wrong[n][1]), result
            assert all(result[name] for name in ("type", "title", "detail")) and "offers" not in result
        else:
            assert result["request_id"] == f"r{n}" and result["discount"] > 0


def test_a_context_of_a_batch_gets_what_it_would_get_alone(gateway):
    members = context(request_id="r", delivery_fee=500, attributes={"tier": "gold"})
    alone, together = gateway.post(members).json(), results(gateway, [members])[0]
    assert list(alone) == list(together)
    assert {**alone, "decision_id": ""} == {**together, "decision_id": ""}


def test_every_answer_of_a_batch_is_of_one_release(gateway):
    """While the set changes back and forth: the price of amount-off tells which of the two answered."""
    changed = {**POLICIES, "amount-off.json": {**POLICIES["amount-off.json"], "priority": 99}}
    releases, done = set(), threading.Event()

    def publish():
        for number in range(6):
            gateway.publish(POLICIES if number % 2 else changed)
        done.set()

    publisher = threading.Thread(target=publish)
    publisher.start()
    while not done.is_set():
        of_one_batch = {result["release"] for result in results(gateway, [context()] * 200)}
        assert len(of_one_batch) == 1
        releases |= of_one_batch
    publisher.join()
    assert len(releases) == 2


def test_head_of_a_batch_is_405(gateway):
    assert gateway.ask(request("HEAD", "/v1/evaluate/batch"), is_head=True).status == 405


# the largest batch, and who waits for it

def largest_batch():
    """1000 contexts of 64 attributes, in as many bytes as a batch may have."""
    head = f'{{"user_id":"user-%04d","aoi":"{AOI}","amount":6200,"delivery_fee":500,"attributes":{{'
    room = (BODY_MAX_BYTES - 100) // ITEMS_MAX - len(head % 0) - 3
    value = "v" * (room // 64 - len('"a00":"",'))
    attributes = ",".join(f'"a{n:02}":"{value}"' for n in range(64))
    items = ",".join(head % n + attributes + "}}" for n in range(ITEMS_MAX))
    return f'{{"requests":[{items}]}}'.encode()


@pytest.fixture(scope="module")
def one_worker():
    with Gateway(workers=1) as running:
        yield running


def test_a_batch_does_not_hold_its_worker(one_worker):
    body = largest_batch()
    assert BODY_MAX_BYTES * 0.95 < len(body) <= BODY_MAX_BYTES
    waits_s, done = [], threading.Event()

    def post_batches():
        with one_worker.connect(timeout_s=60) as connection:
            for _ in range(5):
                assert len(connection.ask(post_request(body, path="/v1/evaluate/batch")).json()["results"]) == ITEMS_MAX
        done.set()

    posting = threading.Thread(target=post_batches)
    with one_worker.connect() as connection:
        posting.start()
        while posting.is_alive():
            begin = time.monotonic()
            assert connection.ask(get_request()).status == 200
            waits_s.append(time.monotonic() - begin)
        posting.join()
    assert done.is_set() and len(waits_s) > 100
    assert statistics.median(waits_s) < MEDIAN_MAX_S
    assert max(waits_s) < MOST_MAX_S


def slices(gateway):
    """How many slices there were so far, and how many of them were longer than SLICE_MAX_S."""
    slices = prometheus.parse(gateway.admin("/metrics").body.decode())["promogate_batch_slice_seconds"]
    count = slices.total("_count")
    return count, count - slices.total("_bucket", le=str(SLICE_MAX_S))


@pytest.mark.skipif(bool(os.environ.get("PROMOGATE_SANITIZE")), reason="a sanitizer's build is slower than the bound")
def test_no_slice_of_a_batch_holds_its_worker_for_more_than_2_ms(one_worker):
    """Other work may take the CPU away in the middle of a slice, but not in every one of 20 batches."""
    data, counts = post_request(largest_batch(), path="/v1/evaluate/batch"), [slices(one_worker)]
    for _ in range(20):
        assert one_worker.ask(data).status == 200
        counts.append(slices(one_worker))
    longer = [after[1] - before[1] for before, after in zip(counts, counts[1:])]
    assert all(after[0] - before[0] > 1 for before, after in zip(counts, counts[1:])), "a batch of one slice"
    assert min(longer) == 0, f"slices of each batch longer than {SLICE_MAX_S} s: {longer}"


def test_a_batch_is_answered_when_it_is_done(gateway):
    """Its sleeping connection is woken at once: it does not wait for the loop to look up from its poll (100 ms)."""
    data, times_s = post_request({"requests": [context()]}, path="/v1/evaluate/batch"), []
    for _ in range(20):
        begun_s = time.monotonic()
        assert gateway.ask(data).status == 200
        times_s.append(time.monotonic() - begun_s)
    assert statistics.median(times_s) < 0.05
