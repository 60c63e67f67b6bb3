"""Floods of a gateway's service listener, each in a process of its own, on loopback, bounded in time and count.

    with Flood("churn", gateway.address) as flood:
        ...
        done = flood.stop()              # {"connections": 12345, "refused": 678, ...}

    churn       connections that come and go as fast as the machine lets them, HELD of them open at a time
    slow_heads  HELD connections that send a head a byte at a time, and never end it
    pipelines   keep-alive connections that send PIPELINED requests at once, read all answers, and send again

Keep-alive requests one at a time are bench_load's (tests/bench).
"""

import json
import pathlib
import resource
import select
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import wire
from side_process import SideProcess

HELD = 400
PIPELINED, PIPELINES = 50, 16
SECONDS_MAX = 900  # nobody stops it: it ends by itself
STOP_TIMEOUT_S = 60.0
STEP_S = 0.2  # between two looks at whether it is over
REQUEST = wire.request("GET", "/v1/evaluate?user_id=u1&aoi=A1&amount=6200")


class Flood(SideProcess):
    def __init__(self, kind, address):
        super().__init__(__file__, kind, *address, greeting=b"flooding")

    def stop(self):
        """What it did, in counts."""
        return self.result(STOP_TIMEOUT_S)


# the process

def _open(address):
    """A connection on its way; the kernel tells later whether it was let in."""
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex(address)
    return connection


def _is_over(deadline):
    """Standard input has ended, or the time."""
    return time.monotonic() > deadline or bool(select.select([sys.stdin], [], [], 0)[0])


def churn(address, deadline):
    """Each sends a request and leaves without reading: in turns with a reset, and in order."""
    held, counts = [], {"connections": 0, "refused": 0}
    while not _is_over(deadline):
        for _ in range(HELD):
            held.append(_open(address))
            counts["connections"] += 1
        for number, connection in enumerate(held):
            try:
                connection.send(REQUEST)
                answer = connection.recv(4096)
                counts["refused"] += answer == b"" or answer.startswith(b"HTTP/1.1 503 ")
            except BlockingIOError:
                pass  # not yet: it is left as it is
            except OSError:
                counts["refused"] += 1
            if number % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()
        held.clear()
    return counts


def slow_heads(address, deadline):
    """Those that the gateway cuts are opened anew."""
    counts, held = {"connections": 0, "cut": 0, "bytes": 0}, []
    while not _is_over(deadline):
        while len(held) < HELD:
            held.append(_open(address))
            counts["connections"] += 1
        time.sleep(STEP_S)
        for connection in list(held):
            try:
                counts["bytes"] += connection.send(b"X")
            except BlockingIOError:
                pass
            except OSError:
                counts["cut"] += 1
                held.remove(connection)
                connection.close()
    for connection in held:
        connection.close()
    return counts


def _pipeline(connection, counts):
    connection.send(REQUEST * PIPELINED)
    for _ in range(PIPELINED):
        counts["not_200"] += connection.response().status != 200
        counts["requests"] += 1


def pipelines(address, deadline):
    """Each on a thread of its own; a connection that is refused, as at the ceiling, is tried again."""
    counts, over = {"requests": 0, "not_200": 0, "cut": 0}, threading.Event()

    def pump():
        while not over.is_set():
            try:
                with wire.Connection(address) as connection:
                    while not over.is_set():
                        _pipeline(connection, counts)
            except (OSError, wire.ConnectionEnded):
                counts["cut"] += 1
                over.wait(STEP_S)

    threads = [threading.Thread(target=pump, daemon=True) for _ in range(PIPELINES)]
    for thread in threads:
        thread.start()
    while not _is_over(deadline):
        time.sleep(STEP_S / 4)
    over.set()
    for thread in threads:
        thread.join(STOP_TIMEOUT_S)
    return counts


KINDS = {flood.__name__: flood for flood in (churn, slow_heads, pipelines)}


def main(kind, host, port):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print("flooding", flush=True)
    json.dump(KINDS[kind]((host, int(port)), time.monotonic() + SECONDS_MAX), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
