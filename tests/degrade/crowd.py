"""A crowd of callers in a process of its own: many keep-alive connections, each asks, waits for its answer, pauses.

    with Crowd(gateway.address, connections=48) as crowd:
        …
        answers = crowd.stop()              # [Answer]; whatever was no 200 is a failure

Connections take turns in asking for the INTERFACES; every request is another user's. Times are those of
time.monotonic(), which all processes share.
"""

import collections
import heapq
import itertools
import json
import pathlib
import selectors
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import wire
from side_process import SideProcess

INTERFACES = ("checkout", "browse")
PAUSE_S = 0.005
STOP_TIMEOUT_S = 30.0
LAST_S = 5.0  # so long answers may still come once it is told to stop

Answer = collections.namedtuple("Answer", "interface at seconds cause")  # cause: None of an evaluated one


class Crowd(SideProcess):
    def __init__(self, address, connections, pause_s=PAUSE_S):
        super().__init__(__file__, *address, connections, pause_s, greeting=b"asking")
        self.begun_at = time.monotonic()

    def stop(self):
        answers = [Answer(*fields) for fields in self.result(STOP_TIMEOUT_S)]
        assert answers
        return answers


# the process

class Caller:
    """One connection; `answer` once its response is whole."""

    def __init__(self, number, address):
        self.interface = INTERFACES[number % len(INTERFACES)]
        self.connection = wire.Connection(address)
        self.socket = self.connection.socket
        self.begun, self.buffer = None, bytearray()

    def ask(self, user):
        target = f"/v1/evaluate?user_id=user-{user}&aoi=A1&amount=6200&interface={self.interface}&city=x"
        self.buffer.clear()
        self.begun = time.monotonic()
        self.socket.sendall(wire.request("GET", target))

    def hear(self):
        """The answer, None while it is incomplete."""
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("closed under a request")
        self.buffer += data
        taken = wire.take_response(self.buffer)
        if taken is None:
            return None
        assert taken[0].status == 200, taken[0]
        return Answer(self.interface, self.begun, time.monotonic() - self.begun, taken[0].json().get("cause"))


def _ask_all_due(due, asking, users):
    while due and due[0][0] <= time.monotonic():
        caller = heapq.heappop(due)[2]
        caller.ask(next(users))
        asking.add(caller)


def crowd(callers, pause_s):
    """Until stdin ends; all answers."""
    selector, users, answers, asking = selectors.DefaultSelector(), itertools.count(), [], set()
    selector.register(sys.stdin, selectors.EVENT_READ)
    for caller in callers:
        selector.register(caller.socket, selectors.EVENT_READ, caller)
    begun = time.monotonic()
    due = [(begun + i * pause_s / len(callers), i, caller) for i, caller in enumerate(callers)]
    order, ends_at = itertools.count(len(callers)), None
    while ends_at is None or (asking and time.monotonic() < ends_at):
        if ends_at is None:
            _ask_all_due(due, asking, users)
        for key, _ in selector.select(0.002):
            if key.data is None:
                selector.unregister(sys.stdin)
                ends_at = time.monotonic() + LAST_S
                continue
            answer = key.data.hear()
            if answer is not None:
                answers.append(answer)
                asking.discard(key.data)
                heapq.heappush(due, (time.monotonic() + pause_s, next(order), key.data))
    assert not asking, f"{len(asking)} were never answered"
    return answers


def main(host, port, connections, pause_s):
    callers = [Caller(number, (host, int(port))) for number in range(int(connections))]
    print("asking", flush=True)
    json.dump(crowd(callers, float(pause_s)), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
