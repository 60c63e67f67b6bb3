"""Signals in storms and at bad moments: each has one meaning, whenever it comes."""

import signal
import time

import pytest

from gateway import Gateway, get_request
from redis_gateway import RedisGateway
from redis_server import RedisServer
from releases import Publisher, numbered_set
from wire import wait_until

STORM = 300
MOMENTS = 5  # of a publish or a reload, at which SIGTERM comes
SPREAD_S = 0.15
BROKEN = 'listen = "'


def coupons(gateway):
    return [offer["coupon"] for offer in
            gateway.get(user_id="u1", aoi="A1", amount=6200, interface="switched").json()["offers"]]


def test_a_storm_of_sighup_loses_nothing_and_leaves_the_configuration_in_force():
    with Gateway() as gateway, gateway.connect() as connection:
        for _ in range(STORM):
            gateway.process.send_signal(signal.SIGHUP)
            assert connection.ask(get_request()).status == 200
        gateway.write_config(fallbacks=[{"name": "safe", "offers": [{"coupon": "C-NEW", "off": 1}]},
                                        {"name": "none", "offers": []}])
        wait_until(lambda: coupons(gateway) == ["C-NEW"], what="the change that came last")
        assert [event for event in gateway.events if event["event"] == "config_refused"] == []


def test_a_storm_of_sighup_on_a_broken_file_is_refused_each_time_and_served_through():
    with Gateway() as gateway, gateway.connect() as connection:
        gateway.write_config_text(BROKEN)
        for _ in range(STORM):
            gateway.process.send_signal(signal.SIGHUP)
            assert connection.ask(get_request()).status == 200
        gateway.wait_event("config_refused")
        assert gateway.admin("/readyz").status == 200


def test_two_sigterms_at_once_end_it_and_its_exit_is_clean():
    with Gateway(drain={"grace_ms": 60000}) as gateway, gateway.connect() as connection:
        assert connection.ask(get_request()).status == 200
        begin = time.monotonic()
        gateway.terminate()
        gateway.wait_event("draining")  # two that are pending at once are one to the kernel
        gateway.terminate()
        gateway.wait_exit(10)
        assert time.monotonic() - begin < 10


def test_sigterm_and_sighup_together_drain():
    with Gateway(drain={"grace_ms": 300}) as gateway, gateway.connect() as connection:
        gateway.process.send_signal(signal.SIGHUP)
        gateway.terminate()
        gateway.process.send_signal(signal.SIGHUP)
        assert connection.ask(get_request()).status == 200
        gateway.wait_exit()


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_sigterm_while_the_configuration_and_the_policies_change_is_a_clean_end(moment):
    with Gateway() as gateway:
        gateway.write_policies(numbered_set(2, fillers=300), {})
        gateway.write_config(stuck_after_s=7)
        gateway.process.send_signal(signal.SIGHUP)
        time.sleep(SPREAD_S * moment / MOMENTS)
        gateway.stop()


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_sigterm_while_a_release_is_fetched_and_written_is_a_clean_end_and_the_next_start_serves_it(moment, tmp_path):
    """From the state alone, Redis being gone: the release before or the new one, and nothing else."""
    with RedisServer() as redis:
        publisher = Publisher(redis.url(), redis)
        numbers = {publisher.publish(numbered_set(1)): 1}
        with RedisGateway(redis.url(), state_dir=str(tmp_path)) as gateway:
            gateway.wait_event("state_written")
            numbers[publisher.publish(numbered_set(2, fillers=300))] = 2
            time.sleep(SPREAD_S * moment / MOMENTS)
            gateway.stop()
        redis.kill()
        with RedisGateway(redis.url(), state_dir=str(tmp_path)) as gateway:
            decision = gateway.decide()
            assert [offer["coupon"] for offer in decision["offers"]] == [f"C-{numbers[decision['release']]}"]
            wait_until(lambda: gateway.admin("/livez").status == 200)
