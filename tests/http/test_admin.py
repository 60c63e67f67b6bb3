"""Probes, metrics and the rules of /admin/, on their own port."""

import subprocess
import sys
import time

import pytest

import prometheus
from gateway import Gateway, get_request, post_request
from policies import POLICIES, context
from wire import request

PROBES = ["/livez", "/readyz", "/startupz"]
PROBE_MAX_S = 1.0  # 50 ms on a quiet machine; the room is for a busy one
TOKEN = "s3cret-token"

BROKEN = {**POLICIES, "ship.json": {**POLICIES["ship.json"], "scope": {"type": "nowhere"}}}


def metrics(gateway):
    response = gateway.admin("/metrics")
    assert response.status == 200
    return prometheus.parse(response.body.decode())


def served(gateway):
    """Requests of callers so far, whatever their answers."""
    requests = metrics(gateway)["promogate_http_requests_total"]
    return requests.total() - requests.total(route="admin")


# probes

@pytest.mark.parametrize("path", PROBES)
def test_a_probe_is_short_text_and_verbose_lists_its_checks(gateway, path):
    short, verbose = gateway.admin(path), gateway.admin(path + "?verbose")
    for response in (short, verbose):
        assert response.status == 200
        assert response.header("Content-Type").startswith("text/plain")
    assert 0 < len(short.body) <= 64
    assert len(verbose.body) > len(short.body) and verbose.body.count(b"\n") >= 2


@pytest.mark.parametrize("path", PROBES)
def test_head_works_where_get_does(gateway, path):
    response = gateway.admin(path, "HEAD")
    assert response.status == 200 and response.body == b""


@pytest.mark.parametrize("path", [*PROBES, "/metrics"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_probes_and_metrics_are_only_read(gateway, path, method):
    response = gateway.admin(path, method, [("Content-Length", "0")])
    assert response.status == 405 and "GET" in response.header("Allow")


@pytest.mark.parametrize("path", ["/", "/v1/evaluate", "/livez/", "/healthz", "/Livez", "/metrics/x"])
def test_an_unknown_admin_path_is_404(gateway, path):
    assert gateway.admin(path).status == 404


def test_before_the_first_snapshot_only_readyz_fails_and_callers_get_the_fallback():
    with Gateway(BROKEN, wait_ready=False) as gateway:
        gateway.wait_event("snapshot_refused")
        problem = gateway.wait_event("snapshot_problem")
        assert (problem["file"], problem["pointer"]) == ("ship.json", "/scope/type") and problem["reason"]
        assert [gateway.admin(path).status for path in PROBES] == [200, 503, 200]
        answer = gateway.get()
        assert answer.status == 200 and answer.header("X-Promo-Degraded") == "no_snapshot"
        assert answer.json()["cause"] == "no_snapshot" and answer.json()["offers"][0]["policy"] == "fallback"
        assert gateway.post(context(amount=-1)).status == 400
        assert gateway.publish(POLICIES)["event"] == "snapshot_active"
        gateway.wait_ready()
        assert gateway.get().json()["degraded"] is False


def test_serve_without_snapshot_makes_it_ready():
    with Gateway(BROKEN, wait_ready=False, serve_without_snapshot=True) as gateway:
        gateway.wait_event("snapshot_refused")
        assert [gateway.admin(path).status for path in PROBES] == [200, 200, 200]


def test_a_bad_set_leaves_the_snapshot_and_readiness_as_they_were(gateway):
    before = gateway.get().json()
    assert gateway.publish(BROKEN)["event"] == "snapshot_refused"
    after = gateway.get().json()
    assert (after["release"], after["offers"]) == (before["release"], before["offers"])
    assert gateway.admin("/readyz").status == 200
    gateway.publish(POLICIES)


# metrics

def test_metrics_are_prometheus_text_and_cover_what_operators_need(gateway):
    response = gateway.admin("/metrics")
    assert response.header("Content-Type").startswith("text/plain; version=0.0.4")
    families = prometheus.parse(response.body.decode())
    assert {"counter", "gauge", "histogram"} <= {family.type for family in families.values()}
    assert all(name.startswith(("promogate_", "process_")) for name in families)
    for word in ("requests", "decisions", "snapshot", "build_info", "seconds"):
        assert any(word in name for name in families), word


@pytest.mark.parametrize("data, count", [(get_request(), 7), (post_request(context()), 5), (request("GET", "/nowhere"), 3),
                                         (post_request(context(amount=-1)), 4)], ids=["GET", "POST", "404", "400"])
def test_the_request_counter_rises_by_exactly_the_requests_sent(gateway, data, count):
    before = served(gateway)
    with gateway.connect() as connection:
        for _ in range(count):
            connection.ask(data)
    assert served(gateway) - before == count


def test_a_batch_is_one_request_and_as_many_decisions_as_it_has_contexts(gateway):
    before = metrics(gateway)
    gateway.batch({"requests": [context()] * 25})
    after = metrics(gateway)
    requests, decisions = "promogate_http_requests_total", "promogate_decisions_total"
    assert after[requests].total(route="batch") - before[requests].total(route="batch") == 1
    assert after[decisions].total() - before[decisions].total() == 25


def test_probes_and_scrapes_are_no_requests_of_callers(gateway):
    before = served(gateway)
    for path in PROBES:
        gateway.admin(path)
    assert served(gateway) == before


def test_counters_never_fall(gateway):
    before = metrics(gateway)
    gateway.get()
    after = metrics(gateway)
    for name, family in before.items():
        if family.type == "counter":
            assert all(after[name].samples[key] >= value for key, value in family.samples.items()), name


def test_a_callers_text_never_becomes_a_label(gateway):
    gateway.get(user_id="needle", aoi="needle", amount=1, needle="needle", request_id="needle")
    gateway.ask(request("GET", "/needle"))
    gateway.ask(request("NEEDLE", "/v1/evaluate"))
    assert b"needle" not in gateway.admin("/metrics").body.lower()


# /admin/

def test_admin_without_a_token_is_open_to_loopback_on_a_loopback_listener(gateway):
    assert gateway.admin("/admin/nowhere").status == 404


@pytest.fixture(scope="module")
def guarded():
    def write_token(folder):
        (folder / "token").write_text(TOKEN + "\n")

    with Gateway(admin={"token_file": "token"}, prepare=write_token) as running:
        yield running


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN,
                                   f"Bearer {TOKEN.upper()}", "Bearer " + "x" * 5000], ids=lambda value: str(value)[:24])
def test_admin_without_the_right_token_is_401(guarded, value):
    response = guarded.admin("/admin/nowhere", headers=[("Authorization", value)] if value is not None else [])
    assert response.status == 401
    assert response.header("WWW-Authenticate").startswith("Bearer")
    assert TOKEN.encode() not in response.body


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "HEAD"])
def test_the_token_is_asked_for_whatever_the_method(guarded, method):
    assert guarded.admin("/admin/nowhere", method, [("Content-Length", "0")]).status == 401


def test_admin_with_the_token_is_let_through(guarded):
    assert guarded.admin("/admin/nowhere", headers=[("Authorization", f"Bearer {TOKEN}")]).status == 404


@pytest.mark.parametrize("path", [*PROBES, "/metrics"])
def test_probes_and_metrics_need_no_token(guarded, path):
    assert guarded.admin(path).status == 200


# In a network namespace of its own: a listener on all addresses is reached by nobody else.
ON_ALL_ADDRESSES = f"""
import fcntl, socket, struct, sys
sys.path[:0] = {sys.path!r}
with socket.socket() as probe:  # SIOCSIFFLAGS: up and running
    fcntl.ioctl(probe, 0x8914, struct.pack("16sH14x", b"lo", 0x41))
from gateway import Gateway
with Gateway(admin={{"listen": "0.0.0.0:0"}}) as gateway:
    print(gateway.admin("/admin/nowhere").status, gateway.admin("/livez").status)
"""


def test_admin_without_a_token_is_403_when_others_could_reach_it():
    command = ["unshare", "--map-root-user", "--net", sys.executable, "-c", ON_ALL_ADDRESSES]
    if subprocess.run([*command[:3], "true"], capture_output=True).returncode != 0:
        pytest.skip("this machine allows no network namespace")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["403", "200"], done.stdout + done.stderr


def test_probes_are_answered_at_once_while_callers_flood(gateway):
    flood = get_request() * 200
    with gateway.connect() as first, gateway.connect() as second:
        for _ in range(20):
            for connection in (first, second):
                connection.send(flood)
            begin = time.monotonic()
            assert gateway.admin("/livez").status == 200
            assert time.monotonic() - begin < PROBE_MAX_S
            for connection in (first, second):
                assert {connection.response().status for _ in range(200)} == {200}
