"""PUT /admin/switches/{interface}: what is refused changes nothing, and who may not ask is turned away and told."""

import contextlib
import json

import pytest

import wire
from gateway import JSON, Gateway
from operators import audit, cause, holder, order, put, show

TARGET = "/admin/switches/checkout"
TOKEN = "correct-horse-battery-staple"
ORIGIN = ("Origin", "http://evil.example")

# body, pointer; a pointer of None: of the body as a whole
BAD_BODIES = {
    "empty": (b"", None),
    "white space": (b"  ", None),
    "not JSON": (b"{mode:on}", None),
    "cut": (b'{"mode":"on"', None),
    "more behind it": (b'{"mode":"on"}{}', None),
    "a list": ([], None),
    "a string": ("on", None),
    "null": (None, None),
    "a BOM": (b'\xef\xbb\xbf{"mode":"on"}', None),
    "bad UTF-8": (b'{"mode":"on","reason":"\xff"}', None),
    "a lone surrogate": (b'{"mode":"on","reason":"\\ud800"}', None),
    "nested": (b"[" * 100, None),
    "no mode": ({"reason": "x"}, "/mode"),
    "an empty object": ({}, "/mode"),
    "a mode that is none": ({"mode": "off"}, "/mode"),
    "a mode in capitals": ({"mode": "ON"}, "/mode"),
    "an empty mode": ({"mode": ""}, "/mode"),
    "a long mode": ({"mode": "on" * 100}, "/mode"),
    "a mode that is true": ({"mode": True}, "/mode"),
    "a mode that is a number": ({"mode": 1}, "/mode"),
    "a mode that is null": ({"mode": None}, "/mode"),
    "a mode that is an object": ({"mode": {"mode": "on"}}, "/mode"),
    "mode twice": (b'{"mode":"on","mode":"on"}', "/mode"),
    "a reason that is a number": ({"mode": "on", "reason": 1}, "/reason"),
    "a reason that is null": ({"mode": "on", "reason": None}, "/reason"),
    "a reason that is a list": ({"mode": "on", "reason": ["x"]}, "/reason"),
    "a reason of 257 bytes": ({"mode": "on", "reason": "x" * 257}, "/reason"),
    "a reason of 86 characters of 3 bytes": ({"mode": "on", "reason": "券" * 86}, "/reason"),
    "a line end in the reason": ({"mode": "on", "reason": "a\nb"}, "/reason"),
    "U+0000 in the reason": ({"mode": "on", "reason": "a\0b"}, "/reason"),
    "reason twice": (b'{"mode":"on","reason":"a","reason":"b"}', "/reason"),
    "an actor that is a number": ({"mode": "on", "actor": 7}, "/actor"),
    "an actor of 257 bytes": ({"mode": "on", "actor": "x" * 257}, "/actor"),
    "an escape in the actor": ({"mode": "on", "actor": "\x1b[2J"}, "/actor"),
    "actor twice": (b'{"mode":"on","actor":"a","actor":"b"}', "/actor"),
    "a ttl_s that is a string": ({"mode": "on", "ttl_s": "60"}, "/ttl_s"),
    "a ttl_s of 0": ({"mode": "on", "ttl_s": 0}, "/ttl_s"),
    "a ttl_s below 0": ({"mode": "on", "ttl_s": -1}, "/ttl_s"),
    "a ttl_s that is too long": ({"mode": "on", "ttl_s": 2678401}, "/ttl_s"),
    "a ttl_s beyond 64 bits": (b'{"mode":"on","ttl_s":99999999999999999999}', "/ttl_s"),
    "a ttl_s with a fraction": (b'{"mode":"on","ttl_s":1.5}', "/ttl_s"),
    "a ttl_s that is null": ({"mode": "on", "ttl_s": None}, "/ttl_s"),
    "ttl_s twice": (b'{"mode":"on","ttl_s":1,"ttl_s":1}', "/ttl_s"),
    "a drill that is a number": ({"mode": "on", "drill": 1}, "/drill"),
    "a drill that is a string": ({"mode": "on", "drill": "true"}, "/drill"),
    "a drill of auto": ({"mode": "auto", "drill": True}, "/drill"),
    "a drill of never": ({"mode": "never", "ttl_s": 60, "drill": True}, "/drill"),
    "drill twice": (b'{"mode":"on","drill":false,"drill":false}', "/drill"),
    "never without an end": ({"mode": "never"}, "/ttl_s"),
    "never for more than an hour": ({"mode": "never", "ttl_s": 3601}, "/ttl_s"),
    "a member that nobody knows": ({"mode": "on", "until": "2030-01-01T00:00:00Z"}, "/until"),
    "a name in capitals": ({"Mode": "on"}, "/Mode"),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("state")
    with Gateway(state_dir=str(folder)) as running:
        running.state = folder
        yield running


@contextlib.contextmanager
def nothing_changes(gateway):
    before, lines = gateway.admin("/admin/switches").body, len(audit(gateway.state))
    yield
    assert gateway.admin("/admin/switches").body == before and len(audit(gateway.state)) == lines
    assert cause(gateway) is None


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_is_refused_at_its_member_and_changes_nothing(shared, name):
    body, pointer = BAD_BODIES[name]
    with nothing_changes(shared):
        answer = put(shared, TARGET, body)
        problem = answer.json()
        assert answer.status == 400 and problem["status"] == 400 and problem["detail"], answer
        assert answer.header("Content-Type") == "application/problem+json"
        assert problem.get("pointer") in ((None, "") if pointer is None else (pointer,)), problem


@pytest.mark.parametrize("interface", ["unheard-of", "CHECKOUT", "checkout2", "%2A%2A", "checkout%2F", "c" * 64, "c" * 65, "c" * 500])
def test_an_interface_that_there_is_none_of_is_404(shared, interface):
    with nothing_changes(shared):
        assert put(shared, "/admin/switches/" + interface, {"mode": "on"}).status == 404
        assert put(shared, "/admin/switches/" + interface, {"mode": "auto"}).status == 404
        assert shared.admin("/admin/switches/" + interface).status == 404


@pytest.mark.parametrize("target, status", [
    ("/admin/switches/", 404), ("/admin/switches/checkout/", 404), ("/admin/switches/checkout/on", 404),
    ("/admin/switches//checkout", 404), ("/admin/switchescheckout", 404), ("/admin/switches", 405),
    ("/admin/switches/../switches/checkout", (400, 404)), ("/admin/./switches/checkout", (400, 404)),
    ("/admin/switches/%2e%2e%2fcheckout", (400, 404)), ("/admin/switches/checkout%00", (400, 404)),
    ("/admin/switches/checkout%", 400), ("/admin/switches/checkout%zz", 400)])  # fmt: skip
def test_a_path_beside_the_pages_is_refused(shared, target, status):
    with nothing_changes(shared):
        assert put(shared, target, {"mode": "on"}).status in (status if isinstance(status, tuple) else (status,))


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH"])
def test_no_other_method_flips(shared, method):
    with nothing_changes(shared):
        answer = wire.ask_once(shared.admin_address, wire.request(method, TARGET, JSON, b'{"mode":"on"}'))
        assert answer.status == 405 and answer.header("Allow") == "GET, HEAD, PUT"


def test_a_body_of_another_type_is_415_and_one_without_a_type_is_taken(shared):
    with nothing_changes(shared):
        for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            assert put(shared, TARGET, {"mode": "on"}, [("Content-Type", media_type)]).status == 415
    assert put(shared, TARGET, {"mode": "on"}, ()).status == 200
    order(shared, "checkout", "auto")
    wire.wait_until(lambda: show(shared)["breaker"] == "closed", what="everybody again")


def test_a_body_without_a_length_or_of_the_wrong_size_is_refused(shared):
    with nothing_changes(shared):
        assert wire.ask_once(shared.admin_address, wire.request("PUT", TARGET, JSON)).status in (400, 411)
        chunked = [*JSON, ("Transfer-Encoding", "chunked")]
        data = wire.request("PUT", TARGET, chunked) + b'd\r\n{"mode":"on"}\r\n0\r\n\r\n'
        assert wire.ask_once(shared.admin_address, data).status == 411
        assert put(shared, TARGET, b'{"mode":"on"}'.ljust(65537)).status == 413


def test_notes_may_fill_their_room(shared):
    order(shared, "checkout", "on", reason="x" * 256, actor="券" * 85)
    assert (show(shared)["reason"], show(shared)["actor"]) == ("x" * 256, "券" * 85)
    order(shared, "checkout", "auto")
    wire.wait_until(lambda: show(shared)["breaker"] == "closed", what="everybody again")


# A page in a browser

@pytest.mark.parametrize("headers", [[*JSON, ORIGIN], [*JSON, ("origin", "null")], [("Content-Type", "text/plain"), ORIGIN]])
def test_a_page_in_a_browser_flips_nothing(shared, headers):
    with nothing_changes(shared):
        assert put(shared, TARGET, {"mode": "on"}, headers).status == 403
        posted = wire.ask_once(shared.admin_address, wire.request("POST", TARGET, headers, b'{"mode":"on"}'))
        assert posted.status in (403, 405)
        preflight = wire.ask_once(shared.admin_address, wire.request("OPTIONS", TARGET, [ORIGIN]))
        assert preflight.status in (403, 405) and preflight.header("Access-Control-Allow-Origin") is None


def test_script_in_a_reason_comes_back_as_the_text_it_is(gateway, tmp_path):
    script = '<script>alert("x")</script>\'"\\/&\u2028'
    answer = put(gateway, TARGET, {"mode": "on", "reason": script, "actor": script})
    page = gateway.admin(TARGET)
    for one in (answer, page, gateway.admin("/admin/switches")):
        assert one.header("Content-Type") == "application/json"
    assert (page.json()["reason"], page.json()["actor"]) == (script, script)
    line, = audit(tmp_path)
    assert (line["reason"], line["actor"]) == (script, script)


# The token

@pytest.fixture
def guarded(tmp_path):
    def prepare(folder):
        (folder / "token").write_text(TOKEN + "\n")

    with Gateway(prepare=prepare, admin={"token_file": "token"}, state_dir=str(tmp_path)) as running:
        running.state = tmp_path
        yield running


REFUSED = {"no token": (), "a wrong one": "Bearer wrong", "an empty one": "Bearer ", "one byte more": f"Bearer {TOKEN}x",
           "one byte less": f"Bearer {TOKEN[:-1]}", "another scheme": f"Basic {TOKEN}", "no scheme": TOKEN,
           "a long one": "Bearer " + "x" * 5000}


@pytest.mark.parametrize("name", REFUSED)
def test_without_the_right_token_nothing_changes_and_the_attempt_is_told(guarded, name):
    headers = [("Authorization", REFUSED[name])] if REFUSED[name] else []
    assert put(guarded, TARGET, {"mode": "on"}, [*JSON, *headers]).status == 401
    event = guarded.wait_event("admin_refused")
    assert (event["method"], event["path"], event["reason"]) == ("PUT", TARGET, "without the token")
    assert event["peer"].startswith("127.0.0.1:") and TOKEN not in json.dumps(guarded.events)
    assert guarded.admin("/admin/switches", headers=headers).status == 401
    assert cause(guarded) is None and audit(guarded.state) == []


def test_with_the_right_token_the_order_is_taken(guarded):
    right = [("Authorization", f"Bearer {TOKEN}")]
    answer = put(guarded, TARGET, {"mode": "on"}, [*JSON, *right])
    assert answer.status == 200 and cause(guarded) == "switch"
    assert guarded.admin(TARGET, headers=right).json()["mode"] == "on" and len(audit(guarded.state)) == 1
    assert put(guarded, TARGET, {"mode": "auto"}, [*JSON, *right, ORIGIN]).status == 403
    assert cause(guarded) == "switch"


def test_who_hammers_with_wrong_tokens_does_not_fill_the_log_and_is_counted(guarded):
    with wire.Connection(guarded.admin_address) as connection:
        request = wire.request("PUT", TARGET, [*JSON, ("Authorization", "Bearer wrong")], b'{"mode":"on"}')
        statuses = {connection.ask(request).status for _ in range(200)}
    assert statuses == {401} and cause(guarded) is None
    assert "promogate_admin_refused_total 200\n" in guarded.admin("/metrics").body.decode()
    told = [event for event in guarded.events if event["event"] == "admin_refused"]
    assert 1 <= len(told) <= 100, len(told)


def test_without_a_token_a_listener_beyond_loopback_takes_no_orders(tmp_path):
    with Gateway(admin={"listen": "0.0.0.0:0"}, state_dir=str(tmp_path)) as gateway:
        assert put(gateway, TARGET, {"mode": "on"}).status == 403
        assert gateway.wait_event("admin_refused")["reason"] == "not from loopback"
        assert cause(gateway) is None and audit(tmp_path) == []


# What the answer says

def test_the_answer_says_whether_a_restart_will_remember_it(gateway):
    for interface in ("checkout", "*"):
        assert order(gateway, interface, "on")["kept"] is True
    with Gateway() as forgetful:
        assert order(forgetful, "checkout", "on")["kept"] is False
        assert "kept" not in show(forgetful) and holder(forgetful) == ("on", "admin")
