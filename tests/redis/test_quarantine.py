"""A release that kills the gateway cannot loop its restarts: after two deaths on trial the next start uses the one before.

The same claims for both kinds of source. Deaths are kill -9: the gateway cannot tell them from a crash of its own.
"""

import signal

import pytest

from redis_gateway import RedisGateway
from redis_server import RedisServer
from releases import Publisher, number_in, numbered_set
from wire import wait_until


class Home:
    """A state_dir and the lives of gateways on it; numbered sets are published between or during them."""

    def __init__(self, folder):
        self.folder = folder

    def live(self, **config):
        """A gateway that was started and is not stopped."""
        gateway = self.gateway(state_dir=str(self.folder), wait_ready=False, **config)
        try:
            gateway.start()
        except BaseException:
            gateway.kill()
            raise
        return gateway

    def live_and_die(self, number, **config):
        """Killed as soon as that set is in force; the events of that life."""
        gateway = self.live(**config)
        try:
            wait_until(lambda: serves(gateway) == number, what=f"set {number} in force")
        finally:
            gateway.kill()
        return gateway.events

    def live_and_end(self, number, **config):
        """The same with a drain."""
        gateway = self.live(**config)
        try:
            wait_until(lambda: serves(gateway) == number, what=f"set {number} in force")
            gateway.stop()
        finally:
            gateway.kill()
        return gateway.events


class FolderHome(Home):
    number = 0

    def publish(self, number, gateway=None):
        self.number = number
        if gateway is not None:
            gateway.write_policies(numbered_set(number))

    def gateway(self, **config):
        return RedisGateway("file:policies", policies=numbered_set(self.number), settings=None, **config)


class RedisHome(Home):
    def __init__(self, folder, redis):
        super().__init__(folder)
        self.redis, self.publisher = redis, Publisher(redis.url(), redis)

    def publish(self, number, gateway=None):
        self.publisher.publish(numbered_set(number))

    def gateway(self, **config):
        return RedisGateway(self.redis.url(), **config)


@pytest.fixture(params=["folder", "redis"])
def home(request, tmp_path):
    if request.param == "folder":
        yield FolderHome(tmp_path / "state")
    else:
        with RedisServer() as redis:
            yield RedisHome(tmp_path / "state", redis)


def serves(gateway):
    """The number of the set that answers; None: the fallback does."""
    decision = gateway.decide()
    return None if decision["degraded"] else number_in(decision)


def named(events, name):
    return [event for event in events if event["event"] == name]


@pytest.fixture
def quarantined(home):
    """Set 1 has proven itself, and set 2 killed two lives."""
    home.publish(1)
    home.live_and_end(1)
    home.publish(2)
    home.live_and_die(2)
    assert [event["deaths"] for event in named(home.live_and_die(2), "release_died")] == [1]
    return home


# the third start

def test_it_serves_the_release_before_and_says_so_everywhere(quarantined):
    gateway = quarantined.live()
    try:
        refusal = gateway.wait_reason("is quarantined")["reason"]
        verdict, = named(gateway.events, "release_quarantined")
        assert verdict["deaths"] == 2 and verdict["level"] == "error"
        assert refusal == (f"release {verdict['release']} is quarantined: the process died 2 times within 60 s of "
                           "activating it; publish another, or remove state_dir/promogate.trial and restart")
        assert serves(gateway) == 1 and gateway.is_ready()
        line = f"[!]quarantine release {verdict['release']}: the process died 2 times within 60 s of activating it"
        assert line in gateway.admin("/readyz?verbose").body.decode().splitlines()
        assert gateway.admin("/readyz").body == b"ok\n"
        assert gateway.metric("promogate_quarantined_releases") == 1
        assert gateway.metric("promogate_release_deaths_total") == 2
        assert gateway.status()["release"] != verdict["release"]
        gateway.stop()
    finally:
        gateway.kill()


def test_it_stays_with_it_however_often_it_starts(quarantined):
    quarantined.live_and_die(1)
    for _ in range(3):
        assert named(quarantined.live_and_die(1), "release_died") == []


def test_a_new_release_is_taken(quarantined):
    gateway = quarantined.live()
    try:
        gateway.wait_reason("is quarantined")
        quarantined.publish(3, gateway)
        wait_until(lambda: serves(gateway) == 3, what="set 3 in force")
        gateway.stop()
    finally:
        gateway.kill()


def test_once_the_file_is_removed_it_is_tried_again(quarantined):
    quarantined.live_and_die(1)
    (quarantined.folder / "promogate.trial").unlink()
    quarantined.live_and_die(2)


def test_a_reload_that_turns_quarantine_off_lets_it_in(quarantined):
    gateway = quarantined.live()
    try:
        gateway.wait_reason("is quarantined")
        gateway.reload(quarantine={"trial_s": 0})
        wait_until(lambda: serves(gateway) == 2, what="set 2 in force")
        gateway.stop()
    finally:
        gateway.kill()


def test_a_damaged_file_is_told_and_stops_nothing(quarantined):
    (quarantined.folder / "promogate.trial").write_bytes(b"\0" * 100)
    events = quarantined.live_and_die(2)
    assert [event["reason"] for event in named(events, "state_skipped")] == ["promogate.trial is damaged"]


# no quarantine

def test_a_proven_release_may_be_killed_often(home):
    home.publish(1)
    gateway = home.live(quarantine={"trial_s": 1})
    try:
        gateway.wait_event("release_proven")
    finally:
        gateway.kill()
    for _ in range(4):
        events = home.live_and_die(1)
        assert named(events, "release_died") == named(events, "release_quarantined") == []


def test_deaths_are_counted_by_release_not_in_all(home):
    for number in range(1, 6):
        home.publish(number)
        assert named(home.live_and_die(number), "release_quarantined") == []
    gateway = home.live()
    try:
        assert gateway.wait_event("release_died")["deaths"] == 1
        assert gateway.metric("promogate_release_deaths_total") == 5
        assert gateway.metric("promogate_quarantined_releases") == 0
    finally:
        gateway.kill()


def test_a_drain_within_the_trial_proves(home):
    home.publish(1)
    assert len(named(home.live_and_end(1), "release_proven")) == 1
    home.live_and_die(1)
    home.live_and_die(1)
    assert named(home.live_and_die(1), "release_died") == []


def test_a_second_sigterm_is_no_death(home):
    home.publish(1)
    for _ in range(3):
        gateway = home.live(drain={"grace_ms": 60000})
        try:
            wait_until(lambda: serves(gateway) == 1, what="set 1 in force")
            gateway.terminate()
            wait_until(lambda: not gateway.is_ready(), what="a drain")
            gateway.process.send_signal(signal.SIGTERM)
            gateway.wait_exit()
        finally:
            gateway.kill()
        assert named(gateway.events, "release_died") == []


def test_without_quarantine_nothing_is_written_and_nothing_is_counted(home):
    home.publish(1)
    for _ in range(3):
        events = home.live_and_die(1, quarantine={"trial_s": 0})
        assert named(events, "release_died") == []
    assert not (home.folder / "promogate.trial").exists()
