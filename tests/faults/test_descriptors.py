"""Connections by the thousand, resets, clients that vanish, and files that end: places come free, and nothing leaks."""

import os
import pathlib
import resource
import socket
import struct
import subprocess
import time

import pytest

import prometheus
from gateway import BUILD, Gateway, get_request
from wire import Connection, ConnectionEnded, wait_until

IDLE = 2000
STORM = 3000
AT_ONCE = 300
IDLE_TIMEOUT_MS = 2000
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close sends a reset
FILES_LEFT = 8
SPIN_MAX = 0.5  # of a processor, while no file is left


def open_files(gateway):
    return len(os.listdir(f"/proc/{gateway.process.pid}/fd"))


def cpu_s(gateway):
    fields = pathlib.Path(f"/proc/{gateway.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def metric(gateway, name, **labels):
    return prometheus.parse(gateway.admin("/metrics").body.decode())[name].total(**labels)


def close_all(connections):
    for connection in connections:
        connection.close()


def test_2000_idle_keep_alives_are_closed_at_their_deadline_and_their_files_with_them():
    with Gateway(limits={"idle_timeout_ms": IDLE_TIMEOUT_MS}) as gateway:
        before = open_files(gateway)
        connections = [gateway.connect() for _ in range(IDLE)]
        try:
            for connection in connections:
                connection.send(get_request())
            assert {connection.response(timeout_s=60).status for connection in connections} == {200}
            assert gateway.get().status == 200, "another caller meanwhile"
            assert all(connection.closes_within(60) for connection in connections)
        finally:
            close_all(connections)
        wait_until(lambda: open_files(gateway) <= before + 1, what="as many files as before")
        assert metric(gateway, "promogate_deadlines_total", kind="idle") >= IDLE


def test_a_storm_of_resets_leaks_no_file_and_ends_no_process():
    """Before a request, in the middle of one, and with the answer on its way."""
    with Gateway() as gateway:
        before = open_files(gateway)
        for round_ in range(STORM // AT_ONCE):
            storm = [gateway.connect() for _ in range(AT_ONCE)]
            for number, connection in enumerate(storm):
                connection.send_all_it_takes((b"", b"GET / HT", get_request(), get_request() * 20)[number % 4])
            for connection in storm:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            close_all(storm)
            assert gateway.get().status == 200, round_
        wait_until(lambda: open_files(gateway) <= before + 1, 30, what="as many files as before")
        opened = metric(gateway, "promogate_connections_opened_total")
        assert opened >= STORM * 0.9
        wait_until(lambda: metric(gateway, "promogate_connections_closed_total") >= opened, what="all are closed")
        assert metric(gateway, "promogate_requests_aborted_total") > 0, "who left before the answer counts"


def test_clients_that_vanish_without_a_word_are_given_up_at_the_idle_deadline():
    """Half-open as the gateway sees it: a peer that sends nothing any more, not even its end."""
    with Gateway(limits={"idle_timeout_ms": IDLE_TIMEOUT_MS, "head_timeout_ms": IDLE_TIMEOUT_MS}) as gateway:
        before = open_files(gateway)
        silent = [gateway.connect() for _ in range(50)]
        try:
            for connection in silent[::2]:
                connection.send(get_request()[:-4])
            wait_until(lambda: open_files(gateway) >= before + 40, what="they are let in")
            wait_until(lambda: open_files(gateway) <= before + 1, 30, what="all are given up")
        finally:
            close_all(silent)


# no file left

@pytest.fixture
def starved():
    """Its file limit is just above what it has open, as if something else of the process had taken them all."""
    with Gateway(workers=2) as gateway:
        soft, hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE, (open_files(gateway) + FILES_LEFT, hard))
        yield gateway, (soft, hard)


def cpu_share(gateway, seconds=1.0):
    """Of one processor, in the time to come."""
    begin, begin_cpu_s = time.monotonic(), cpu_s(gateway)
    time.sleep(seconds)
    return (cpu_s(gateway) - begin_cpu_s) / (time.monotonic() - begin)


def test_without_a_file_those_served_go_on_and_who_waits_is_served_once_there_is_one(starved):
    """The library stops accepting until one of its own connections ends, which here none does."""
    gateway, limits = starved
    connections, waiting = [gateway.connect() for _ in range(4)], []
    try:
        assert {connection.ask(get_request()).status for connection in connections} == {200}
        waiting += [gateway.connect() for _ in range(4 * FILES_LEFT)]
        for connection in waiting:
            connection.send(get_request())
        assert cpu_share(gateway) <= SPIN_MAX
        assert {connection.ask(get_request()).status for connection in connections} == {200}
        resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE, limits)
        assert {connection.response(timeout_s=30).status for connection in waiting} == {200}
    finally:
        close_all(connections + waiting)
    assert gateway.admin("/livez").status == 200


def test_a_gateway_without_connections_does_not_spin_when_it_may_accept_none(starved):
    gateway, limits = starved
    resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE, (open_files(gateway), limits[1]))
    waiting = [gateway.connect() for _ in range(8)]
    probe = Connection(gateway.admin_address)
    try:
        for connection in waiting:
            connection.send(get_request())
        share = cpu_share(gateway)
        resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE, limits)
        assert share <= SPIN_MAX, share
        assert {connection.response(timeout_s=30).status for connection in waiting} == {200}
        assert probe.ask(get_request()).status == 404, "the admin listener, which waited too"
    finally:
        close_all([*waiting, probe])


def test_where_files_are_few_from_the_start_connections_past_them_are_refused_and_none_hangs():
    """The file limit of who is not root cannot be raised: the ceiling of connections follows it."""
    if os.geteuid() == 0:
        launcher = ["setpriv", "--reuid=65534", "--clear-groups", "prlimit", "--nofile=400:400"]
    else:
        launcher = ["prlimit", "--nofile=400:400"]
    if subprocess.run([*launcher, "test", "-x", BUILD / "promogate"], stdin=subprocess.DEVNULL, timeout=30).returncode:
        pytest.skip("the build folder is closed to who is not root")
    with Gateway(launcher=launcher, prepare=open_to_all) as gateway:
        allowed = gateway.wait_event("file_limit")["max_connections"]
        connections, statuses = [], []
        try:
            for _ in range(3 * allowed):
                connections.append(gateway.connect())
                statuses.append(status_of(connections[-1]))
            assert statuses[:allowed] == [200] * allowed and 200 not in statuses[allowed:]
            assert gateway.admin("/livez").status == 200
        finally:
            close_all(connections)
        wait_until(lambda: gateway.get().status == 200, what="room again")


def status_of(connection):
    """None: refused without a word."""
    try:
        connection.send(get_request())
        return connection.response().status
    except (ConnectionResetError, BrokenPipeError, ConnectionEnded):
        return None


def open_to_all(folder):
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
