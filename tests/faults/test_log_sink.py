"""Nobody reads the log, or its disk is full: lines are dropped and counted, and no request waits for one."""

import fcntl
import json
import signal
import threading

import prometheus
from gateway import Gateway, get_request
from policies import POLICIES
from redis_server import free_port
from releases import numbered_set
from wire import ask_once, request, wait_until
from witness import Witness

PIPE_BYTES = 4096
FLIPS = 100  # two lines each; a pipe of a page holds some thirty
SLOWEST_S = 5.0  # a write that blocks would wait for ever


class Unread(Gateway):
    """Its log is a pipe of one page, which is not read before `read`."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        self._is_read = threading.Event()
        self._is_read.set()

    def _read_events(self):
        fcntl.fcntl(self.process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        while line := self._next_line():
            with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self.events.append({"event": "end of output"})
            self._news.notify_all()

    def _next_line(self):
        self._is_read.wait()
        return self.process.stdout.readline()

    def leave_unread(self):
        self._is_read.clear()

    def read(self):
        self._is_read.set()


def dropped(gateway):
    return prometheus.parse(gateway.admin("/metrics").body.decode())["promogate_log_dropped_total"].total()


def flip(gateway, number):
    """Each order and its end are told."""
    order = json.dumps({"mode": ("on", "auto")[number % 2], "reason": "r" * 200}).encode()
    headers = [("Content-Type", "application/json")]
    answer = ask_once(gateway.admin_address, request("PUT", "/admin/switches/browse", headers, order))
    assert answer.status == 200, answer


def test_a_log_that_nobody_reads_holds_up_no_request_and_its_lost_lines_are_counted():
    with Unread(numbered_set(1), {}) as gateway, Witness(gateway.address) as witness:
        release = gateway.get(user_id="u1", aoi="A1", amount=1).json()["release"]
        before = dropped(gateway)
        gateway.leave_unread()
        try:
            for number in range(FLIPS):
                flip(gateway, number)
            wait_until(lambda: dropped(gateway) > before, what="lost lines are counted")
            assert [gateway.admin(path).status for path in ("/livez", "/readyz")] == [200, 200]
        finally:
            gateway.read()
        testimony = witness.stop()
        testimony.judge({release: 1})
        assert testimony.slowest_s <= SLOWEST_S, testimony
        seen = len(gateway.events)
        wait_until(lambda: flip(gateway, 0) or flip(gateway, 1) or len(gateway.events) > seen, what="lines again")


def test_a_log_that_nobody_reads_holds_up_neither_reload_nor_drain():
    with Unread() as gateway, gateway.connect() as connection:
        gateway.leave_unread()
        try:
            for _ in range(FLIPS):
                gateway.process.send_signal(signal.SIGHUP)
                flip(gateway, 0)
                flip(gateway, 1)
            gateway.write_policies({"gold.json": POLICIES["gold.json"]}, {})
            wait_until(lambda: gateway.get().json()["offers"] == [], what="the new set")
            gateway.terminate()
            assert connection.ask(get_request()).status == 200
            assert gateway.process.wait(20) == 0
        finally:
            gateway.read()


class Blind(Gateway):
    """Its log goes to a disk without room, so nothing tells its ports: they are given."""

    def __init__(self):
        self._listening = {"listen": f"127.0.0.1:{free_port()}", "admin": f"127.0.0.1:{free_port()}"}
        super().__init__(launcher=["/bin/sh", "-c", 'exec "$@" >/dev/full', "sh"], listen=self._listening["listen"],
                         admin={"listen": self._listening["admin"]})

    def wait_event(self, names, *_):
        assert names == "listening"
        self.admin_address = self._address_of(self._listening["admin"])
        wait_until(self._is_started, 20, what="startupz 200")
        return self._listening

    def _is_started(self):
        try:
            return self.admin("/startupz").status == 200
        except ConnectionRefusedError:
            return False


def test_a_log_on_a_full_disk_is_lost_and_nothing_else():
    with Blind() as gateway:
        assert gateway.get().status == 200
        before = dropped(gateway)
        flip(gateway, 0)
        assert dropped(gateway) > before > 0
        assert gateway.get(user_id="u1", aoi="A1", amount=1, interface="browse").json()["cause"] == "switch"
