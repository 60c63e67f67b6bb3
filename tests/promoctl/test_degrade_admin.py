"""promoctl degrade --admin: gateways are told one by one, and held against each other."""

import contextlib
import json
import socket
import subprocess
import threading
import time

import pytest

from degrade_run import TIMEOUT, admin, degrade
import wire
from fake_admin import FakeAdmin

ANSWER_BYTES_MAX = 64 * 1024
CALLS_MAX = 64  # at a time


@pytest.fixture
def three():
    with FakeAdmin("127.0.0.1") as first, FakeAdmin("127.0.0.2") as second, FakeAdmin("127.0.0.3") as third:
        yield first, second, third


def orders(gateway):
    return [(target, json.loads(body)) for method, target, _, body in gateway.requests if method == "PUT"]


# orders

def test_an_order_reaches_every_gateway_and_is_told_a_line_each(three):
    done = degrade("on", "--interface", "checkout", "--reason", "coupons run out", "--ttl", "30m", *admin(*three))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{gateway.address}: checkout on (admin, ann)" for gateway in three]
    order = {"mode": "on", "reason": "coupons run out", "ttl_s": 1800, "drill": False,
             "actor": f"li.wei@{socket.gethostname()}"}
    for gateway in three:
        assert orders(gateway) == [("/admin/switches/checkout", order)]
        headers = gateway.requests[0][2]
        assert headers["Content-Type"] == "application/json" and "Authorization" not in headers
        assert headers["Host"] == gateway.address


def test_without_an_interface_all_are_meant_and_what_is_not_said_is_not_sent(three):
    done = degrade("auto", *admin(*three))
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == f"{three[0].address}: checkout auto, cart auto"
    (target, order), = orders(three[0])
    assert target == "/admin/switches/*" and sorted(order) == ["actor", "drill", "mode"]


def test_an_interface_is_percent_encoded_in_the_path():
    names = {"结算/a b?": "/admin/switches/%E7%BB%93%E7%AE%97%2Fa%20b%3F", "..": "/admin/switches/.."}
    with FakeAdmin(interfaces=names) as gateway:
        for name in names:
            assert degrade("on", "--interface", name, *admin(gateway)).returncode == 0
        assert [target for target, _ in orders(gateway)] == list(names.values())


def test_an_address_is_told_once_however_often_it_is_named(three):
    assert degrade("on", *admin(three[0], three[0], three[1])).returncode == 0
    assert [len(gateway.requests) for gateway in three] == [1, 1, 0]


def with_hosts(hosts):
    """In front of a command: it sees this file as /etc/hosts."""
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
               'mount --bind "$0" /etc/hosts && exec "$@"', str(hosts)]
    if subprocess.run([*command, "true"], capture_output=True).returncode != 0:
        pytest.skip("no mount namespaces here")
    return command


def test_every_address_of_a_name_is_told_under_that_name(tmp_path):
    addresses = ["127.0.0.11", "127.0.0.12", "127.0.0.13", "::1"]
    hosts = tmp_path / "hosts"
    hosts.write_text("".join(f"{address} gateways.test\n" for address in addresses))
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(FakeAdmin(addresses[0]))
        others = [stack.enter_context(FakeAdmin(address, first.port)) for address in addresses[1:]]
        done = degrade("on", "--admin", first.url("gateways.test"), *TIMEOUT, under=with_hosts(hosts))
        assert (done.returncode, done.stderr) == (0, "")
        told = {line.split(": ")[0] for line in done.stdout.splitlines()}
        assert told == {gateway.address for gateway in (first, *others)}
        for gateway in (first, *others):
            assert gateway.requests[0][2]["Host"] == f"gateways.test:{first.port}"


def test_one_that_is_away_does_not_keep_the_others_from_being_told(three):
    with socket.create_server(("127.0.0.4", 0)) as closed:
        away = closed.getsockname()[1]
    done = degrade("on", "--admin", "http://no-such-host.invalid:1", "--admin", f"http://127.0.0.4:{away}", *admin(*three))
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("no-such-host.invalid:1: failed: ")
    assert lines[1].startswith(f"127.0.0.4:{away}: failed: ")
    assert done.stderr == "promoctl degrade: 2 of 5 gateways failed\n"
    assert all(gateway.modes == {"checkout": "on", "cart": "on"} for gateway in three)


def test_a_refusal_is_told_in_the_gateways_words(three):
    first, second, third = three
    first.answer = lambda handler: handler.reply(400, {"title": "Bad Request", "detail": "must be from 1", "pointer": "/ttl_s"})
    second.answer = lambda handler: handler.reply(403, {"title": "Forbidden", "status": 403})
    third.answer = lambda handler: handler.reply(500, b"<html>")
    done = degrade("on", *admin(*three))
    assert done.returncode == 1
    assert done.stdout.splitlines() == [f"{first.address}: failed: HTTP 400: must be from 1 (/ttl_s)",
                                        f"{second.address}: failed: HTTP 403: Forbidden",
                                        f"{third.address}: failed: HTTP 500"]


def test_an_interface_that_one_does_not_know_is_a_failure(three):
    three[1].modes.pop("cart")
    done = degrade("on", "--interface", "cart", *admin(*three))
    assert done.returncode == 1
    assert done.stdout.splitlines()[1] == f"{three[1].address}: failed: HTTP 404: there is no interface cart"


def test_an_order_that_another_source_overrules_is_no_success(three):
    three[2].overruled["cart"] = ("on", "file")
    done = degrade("auto", *admin(*three))
    assert done.returncode == 1
    assert done.stdout.splitlines()[2] == f"{three[2].address}: taken, but overruled: checkout auto, cart on (file, ann)"
    assert "1 of 3 gateways took it and do otherwise" in done.stderr
    assert f"cart is auto at {three[0].address}, on at {three[2].address}" in done.stderr


def test_a_drill_changes_nothing_and_succeeds(three):
    done = degrade("on", "--drill", *admin(*three))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == f"{three[0].address}: checkout auto, cart auto"
    assert orders(three[0])[0][1]["drill"] is True


# status

def test_status_tells_what_is_in_force_and_where_it_comes_from(three):
    for gateway in three:
        gateway.modes["checkout"] = "on"
    done = degrade("status", *admin(*three))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{gateway.address}: checkout on (admin, ann), cart auto" for gateway in three]
    assert [(method, target) for method, target, _, _ in three[0].requests] == [("GET", "/admin/switches")]


def test_status_tells_who_differs(three):
    three[1].modes["cart"] = "never"
    done = degrade("status", *admin(*three))
    assert done.returncode == 1
    assert done.stderr == f"promoctl degrade: the gateways disagree: cart is auto at {three[0].address}, never at " \
                          f"{three[1].address}\n"
    assert degrade("status", "--interface", "checkout", *admin(*three)).returncode == 0


def test_an_interface_that_only_some_have_is_a_disagreement(three):
    three[2].modes["browse"] = "auto"
    done = degrade("status", *admin(*three))
    assert done.returncode == 1
    assert f"browse is unknown at {three[0].address}, auto at {three[2].address}" in done.stderr


def test_status_of_one_interface_is_only_about_it(three):
    done = degrade("status", "--interface", "cart", *admin(*three))
    assert done.returncode == 0 and done.stdout.splitlines()[0] == f"{three[0].address}: cart auto"
    done = degrade("status", "--interface", "nobody", *admin(*three))
    assert done.returncode == 1 and "failed: has no interface nobody" in done.stdout


def test_json_has_every_answer_as_it_came(three):
    three[1].answer = lambda handler: handler.reply(401, {"detail": "no\n"})
    done = degrade("status", "--json", *admin(*three))
    assert done.returncode == 1
    told = wire.strict_json(done.stdout)
    assert told["agree"] is False
    first, second, _ = told["gateways"]
    assert (first["address"], first["outcome"], first["status"], first["reason"]) == (three[0].address, "ok", 200, None)
    assert first["answer"] == {"switches": [three[0].state("checkout"), three[0].state("cart")]}
    assert (second["outcome"], second["status"], second["reason"], second["answer"]) == ("failed", 401, "HTTP 401: no\n", None)
    three[1].answer = None
    assert wire.strict_json(degrade("on", "--json", *admin(*three)).stdout)["agree"] is True


# the token

def test_the_token_comes_from_a_file_and_is_never_shown(tmp_path):
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    with FakeAdmin(token="s3cret") as gateway:
        assert degrade("status", "--token-file", file, *admin(gateway)).returncode == 0
        assert degrade("status", *admin(gateway), PROMOGATE_TOKEN_FILE=str(file)).returncode == 0
        file.write_text("wrong")
        done = degrade("status", "--token-file", file, *admin(gateway))
        assert done.returncode == 1 and "HTTP 401: the token is wrong" in done.stdout
        for headers in (request[2] for request in gateway.requests[:2]):
            assert headers["Authorization"] == "Bearer s3cret"
        assert "wrong" not in done.stdout.replace("the token is wrong", "") + done.stderr


def test_without_the_token_that_was_named_nothing_is_sent(three, tmp_path):
    done = degrade("on", "--token-file", tmp_path / "none", *admin(*three))
    assert done.returncode == 1 and "cannot be read: No such file" in done.stderr
    assert not any(gateway.requests for gateway in three)


# gateways that misbehave

def test_a_redirect_is_not_followed(three, tmp_path):
    (tmp_path / "token").write_text("s3cret")
    first, second, _ = three
    first.answer = lambda handler: handler.reply(302, b"", [("Location", second.url() + "/admin/switches")])
    done = degrade("status", "--token-file", tmp_path / "token", *admin(first))
    assert done.returncode == 1 and "failed: HTTP 302" in done.stdout
    assert second.requests == []


def test_a_proxy_of_the_environment_is_not_used(three):
    nobody = "http://127.0.0.9:9"
    assert degrade("status", *admin(*three), http_proxy=nobody, HTTP_PROXY=nobody, ALL_PROXY=nobody).returncode == 0


def padded(length):
    value = json.dumps({"switches": []}).encode()
    return value + b" " * (length - len(value))


@pytest.mark.parametrize("length, status", [(ANSWER_BYTES_MAX, 0), (ANSWER_BYTES_MAX + 1, 1)])
def test_an_answer_has_at_most_64_kib(length, status):
    with FakeAdmin() as gateway:
        gateway.answer = lambda handler: handler.reply(200, padded(length))
        done = degrade("status", *admin(gateway))
        assert done.returncode == status
        assert ("failed: answers more than 64 KiB" in done.stdout) == (status == 1)


def endless(handler):
    """More than was promised is as bad: without a length it goes on until somebody hangs up."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(4096):
            handler.wfile.write(b" " * 65536)
    handler.close_connection = True


def test_an_answer_without_end_is_cut():
    with FakeAdmin() as gateway:
        gateway.answer = endless
        done = degrade("status", *admin(gateway))
        assert done.returncode == 1 and "failed: answers more than 64 KiB" in done.stdout


def test_one_that_is_silent_costs_the_timeout_and_no_more(three):
    over = threading.Event()
    three[0].answer = lambda handler: over.wait(60)
    started = time.monotonic()
    done = degrade("status", *admin(*three)[:-2], "--timeout", 500)
    over.set()
    assert done.returncode == 1 and time.monotonic() - started < 30
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{three[0].address}: failed: ") and "failed" not in lines[1] + lines[2]


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"{}", b'{"switches":[{"interface":"a","mode":"off"}]}',
                                  b'{"switches":[{"interface":"a\\u0000","mode":"on"}]}', b"\xff"])
def test_an_answer_that_says_no_switches_is_a_failure(body):
    with FakeAdmin() as gateway:
        gateway.answer = lambda handler: handler.reply(200, body)
        done = degrade("status", *admin(gateway))
        assert done.returncode == 1 and done.stdout == f"{gateway.address}: failed: answers what are no switches\n"


def test_control_characters_of_an_answer_do_not_reach_the_terminal():
    with FakeAdmin(interfaces=("a\x1b[2J",)) as gateway:
        assert degrade("status", *admin(gateway)).stdout == f"{gateway.address}: a\\x1b[2J auto\n"
        gateway.answer = lambda handler: handler.reply(400, {"detail": "\x1b]0;x\x07\n"})
        assert degrade("status", *admin(gateway)).stdout == f"{gateway.address}: failed: HTTP 400: \\x1b]0;x\\x07\\x0a\n"


def test_what_speaks_no_http_is_a_failure():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def speak():
            peer = listener.accept()[0]
            peer.recv(65536)
            peer.sendall(b"-ERR unknown command\r\n")
            peer.close()
        threading.Thread(target=speak, daemon=True).start()
        done = degrade("status", "--admin", f"http://127.0.0.1:{listener.getsockname()[1]}", *TIMEOUT)
        assert done.returncode == 1 and ": failed: " in done.stdout


def test_more_gateways_than_are_asked_at_a_time_are_all_told(tmp_path):
    addresses = [f"127.0.1.{i + 1}" for i in range(CALLS_MAX + 8)]
    hosts = tmp_path / "hosts"
    hosts.write_text("".join(f"{address} gateways.test\n" for address in addresses))
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(FakeAdmin(addresses[0]))
        gateways = [first, *(stack.enter_context(FakeAdmin(address, first.port)) for address in addresses[1:])]
        done = degrade("on", "--admin", first.url("gateways.test"), *TIMEOUT, under=with_hosts(hosts))
        assert (done.returncode, len(done.stdout.splitlines())) == (0, len(gateways))
        assert all(gateway.modes["cart"] == "on" for gateway in gateways)


def test_admin_may_be_given_64_times():
    with FakeAdmin() as gateway:
        assert degrade("on", *admin(gateway) * 64).returncode == 0
        done = degrade("on", *admin(gateway) * 65)
        assert done.returncode == 2 and "--admin may be given 64 times" in done.stderr


def test_https_needs_a_certificate_that_is_trusted_for_the_name(tmp_path):
    certificate, key = tmp_path / "certificate", tmp_path / "key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=gateway",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    with FakeAdmin(certificate=(certificate, key)) as gateway:
        assert degrade("status", "--ca-file", certificate, *admin(gateway)).returncode == 0
        assert "certificate" in degrade("status", *admin(gateway)).stdout
        with FakeAdmin("127.0.0.2", certificate=(certificate, key)) as other:
            assert degrade("status", "--ca-file", certificate, *admin(other)).returncode == 1
            assert other.requests == []
