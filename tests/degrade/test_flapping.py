"""Switches flipped a hundred times a second: the last value wins, nothing breaks, and nobody slips in between."""

import threading
import time

import wire
from gateway import Gateway, post_request
from operators import cause, flips, holder, interfaces, order, put, wait_cause
from policies import context

SECONDS = 2.0
EVERY_S = 0.01
SLOW_RAMP = {"ramp_step_ms": 60000}  # who was switched off comes back in steps that this test does not live to see


class Asker(threading.Thread):
    """Asks for some users, one after another, until it is told to stop: (user, degraded) of each answer."""

    def __init__(self, gateway, users):
        super().__init__(daemon=True)
        self._is_over, self.answers = threading.Event(), []
        self._connection = gateway.connect()
        self._requests = [(user, post_request(context(user_id=user))) for user in users]

    def run(self):
        while not self._is_over.is_set():
            for user, data in self._requests:
                answer = self._connection.ask(data)
                assert answer.status == 200
                self.answers.append((user, answer.json()["degraded"]))

    def stop(self):
        self._is_over.set()
        self.join(10)
        assert not self.is_alive() and self.answers
        self._connection.close()
        return self.answers


def flap(flip, seconds=SECONDS):
    """flip(number) at a hundred times a second; how many there were."""
    begun, number = time.monotonic(), 0
    while time.monotonic() - begun < seconds:
        flip(number)
        number += 1
        time.sleep(max(0.0, begun + number * EVERY_S - time.monotonic()))
    return number


def some_outside_of_the_first_step(gateway, count=20):
    """Users that the ramp's 5 % do not admit: it stands there, so the answers tell."""
    order(gateway, "checkout", "on")
    order(gateway, "checkout", "auto")
    users = [f"user-{i}" for i in range(3 * count)]
    found = [user for user in users if cause(gateway, user_id=user) == "saturated"]
    assert len(found) >= count, "5 % are admitted, not more"
    return found[:count]


def test_by_admin_the_last_value_wins_and_every_flip_is_audited(tmp_path):
    with Gateway(state_dir=str(tmp_path), breaker=SLOW_RAMP) as gateway:
        users = some_outside_of_the_first_step(gateway)
        audited = len(flips(tmp_path))
        asker = Asker(gateway, users)
        asker.start()
        times = flap(lambda number: order(gateway, "checkout", ("on", "auto")[number % 2], reason=str(number)))
        assert {degraded for _, degraded in asker.stop()} == {True}, "a flip back admits the first step, nobody else"
        order(gateway, "checkout", "on", reason="the last")
        assert cause(gateway) == "switch" and holder(gateway) == ("on", "admin")
        assert len(flips(tmp_path)) == audited + times + 1 and gateway.admin("/livez").status == 200


def test_by_file_the_last_value_wins_and_nobody_slips_in_between(tmp_path):
    with Gateway(state_dir=str(tmp_path), breaker=SLOW_RAMP) as gateway:
        users = some_outside_of_the_first_step(gateway)
        asker = Asker(gateway, users)
        asker.start()

        def flip(number):
            gateway.write_config(breaker=SLOW_RAMP, interfaces=interfaces(checkout=("on", "auto")[number % 2]))

        flap(flip)
        for number in range(20):  # slow enough for each to be taken, and each is another file
            changes = {"interfaces": interfaces(checkout=("on", "auto")[number % 2]), "settle_ms": 100 + number}
            assert gateway.reload(breaker=SLOW_RAMP, **changes)["event"] == "config_active"
        assert {degraded for _, degraded in asker.stop()} == {True}
        gateway.write_config(breaker=SLOW_RAMP, interfaces=interfaces(checkout="on"))
        wait_cause(gateway, "switch")
        assert holder(gateway) == ("on", "file") and gateway.admin("/livez").status == 200


def test_many_operators_at_once_leave_one_of_their_words(gateway, tmp_path):
    def operate(name):
        with wire.Connection(gateway.admin_address) as connection:
            for number in range(50):
                mode = ("on", "auto")[number % 2]
                body = f'{{"mode":"{mode}","actor":"{name}"}}'.encode()
                statuses.append(connection.ask(wire.request("PUT", "/admin/switches/checkout", (), body)).status)

    statuses = []
    operators = [threading.Thread(target=operate, args=(f"operator-{i}",)) for i in range(4)]
    for one in operators:
        one.start()
    for one in operators:
        one.join(30)
    assert statuses == [200] * 200 and len(flips(tmp_path)) == 200
    assert holder(gateway) == ("auto", None)
    assert put(gateway, "/admin/switches/checkout", {"mode": "on"}).status == 200 and cause(gateway) == "switch"
