"""promoctl degrade against real gateways, by their admin listeners and by Redis."""

import json

import pytest

from gateway import Gateway
from operators import audit, cause, holder, show, wait_cause
from redis_server import free_port
from releases import promoctl


def admin(*gateways):
    return [part for gateway in gateways for part in ("--admin", "http://{}:{}".format(*gateway.admin_address))]


def degrade(*arguments, status=0):
    done = promoctl("degrade", *arguments, "--timeout", 20000, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done


@pytest.fixture
def two(tmp_path):
    with Gateway(state_dir=str(tmp_path)) as first, Gateway() as second:
        yield first, second


def test_on_reaches_several_gateways_and_auto_takes_it_back(two, tmp_path):
    done = degrade("on", "--interface", "checkout", "--reason", "券快发完了", "--ttl", "30m", *admin(*two))
    assert len(done.stdout.splitlines()) == 2 and all("checkout on (admin, " in line for line in done.stdout.splitlines())
    assert [cause(gateway) for gateway in two] == ["switch"] * 2
    shown = show(two[0])
    assert shown["reason"] == "券快发完了" and shown["until"] and "@" in shown["actor"]
    assert audit(tmp_path)[0]["actor"] == shown["actor"]
    degrade("auto", "--interface", "checkout", *admin(*two))
    assert [holder(gateway) for gateway in two] == [("auto", None)] * 2


def test_never_and_drill_are_taken_as_the_gateway_takes_them(two):
    degrade("never", "--interface", "checkout", "--ttl", "1h", *admin(*two))
    assert [holder(gateway) for gateway in two] == [("never", "admin")] * 2
    degrade("on", "--interface", "checkout", "--drill", *admin(*two))
    assert [(holder(gateway), show(gateway)["drill"]) for gateway in two] == [(("auto", None), True)] * 2
    assert [cause(gateway) for gateway in two] == [None] * 2


def test_status_shows_every_interface_and_that_two_differ(two):
    done = degrade("status", *admin(*two))
    for line in done.stdout.splitlines():
        assert "checkout auto" in line and "browse auto" in line and "switched on (file" in line
    degrade("on", "--interface", "browse", *admin(two[0]))
    assert "browse" in degrade("status", *admin(*two), status=1).stderr
    told = json.loads(degrade("status", "--json", *admin(two[0])).stdout)
    assert "browse" in json.dumps(told)


def test_all_are_meant_by_a_star_and_what_another_source_overrules_is_no_success(two):
    degrade("on", *admin(*two))
    assert [cause(gateway, name) for gateway in two for name in ("checkout", "browse", "switched")] == ["switch"] * 6
    done = degrade("auto", *admin(*two), status=1)
    assert "overruled" in done.stdout and "switched on (file" in done.stdout
    for gateway in two:
        wait_cause(gateway, None)


def test_a_gateway_that_is_down_fails_and_the_others_are_told(two):
    down = ["--admin", f"http://127.0.0.1:{free_port()}"]
    done = degrade("on", "--interface", "checkout", *down, *admin(*two), status=1)
    assert "failed: " in done.stdout.splitlines()[0] and "1 of 3" in done.stderr
    assert [cause(gateway) for gateway in two] == ["switch"] * 2
    assert degrade("status", *down, status=1).stderr


def test_an_unknown_interface_is_the_gateways_404(two):
    done = degrade("on", "--interface", "unheard-of", *admin(*two), status=1)
    assert all("HTTP 404: there is no such interface" in line for line in done.stdout.splitlines())


def test_the_token_of_a_file_opens_and_without_it_nothing_is_told(tmp_path):
    token = tmp_path / "token"
    token.write_text("correct-horse-battery-staple\n")
    token.chmod(0o600)
    with Gateway(admin={"token_file": str(token)}) as gateway:
        assert "HTTP 401" in degrade("on", *admin(gateway), status=1).stdout
        assert cause(gateway) is None
        degrade("on", "--interface", "checkout", "--token-file", token, *admin(gateway))
        assert cause(gateway) == "switch"


def test_by_redis_a_gateway_hears_it(fed, redis):
    degrade("on", "--interface", "checkout", "--reason", "coupons run out", "--redis", redis.url())
    wait_cause(fed, "switch")
    assert holder(fed) == ("on", "redis") and show(fed)["reason"] == "coupons run out"
    degrade("never", "--interface", "checkout", "--ttl", "1h", "--redis", redis.url())
    wait_cause(fed, None)
    assert holder(fed) == ("never", "redis"), "an hour by another clock is still taken"
    degrade("auto", "--redis", redis.url())
