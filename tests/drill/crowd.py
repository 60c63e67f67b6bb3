"""Callers who go on asking while something happens to the server, in a process of their own; each answer is judged.

    crowd = Crowd(address, questions)           questions: [(target, [the offers that are right, ...]), ...]
    ...                                         the fault
    records = crowd.stop()                      one Record an answer
    Tally(records, begin, end)                  of the questions that were open between those times

A caller asks, waits for the answer, pauses, asks the next question; after a failure it connects anew. Times are those
of time.monotonic(), which all processes share.
"""

import collections
import itertools
import json
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import wire  # noqa: E402
from side_process import SideProcess  # noqa: E402

CALLERS = 16
PAUSE_S = 0.01
PATIENCE_S = 5.0  # after that a caller gives up
SLOW_S = 1.0
STOP_TIMEOUT_S = 30.0

Record = collections.namedtuple("Record", "at seconds outcome")  # outcome: right, wrong, degraded, or what failed
ANSWERED = ("right", "wrong", "degraded")


class Crowd(SideProcess):
    def __init__(self, address, questions):
        super().__init__(__file__, greeting=b"calling", told=json.dumps([address, questions]).encode() + b"\n")

    def stop(self):
        return [Record(*record) for record in self.result(STOP_TIMEOUT_S)]


class Tally:
    """What callers saw of a time: of all questions that were open in it, those that outlasted it included."""

    def __init__(self, records, begin, end):
        seen = [record for record in records if record.at < end and record.at + record.seconds >= begin]
        self.asked = len(seen)
        self.right = sum(record.outcome == "right" for record in seen)
        self.wrong = sum(record.outcome in ANSWERED for record in seen) - self.right
        self.failed = self.asked - self.right - self.wrong
        self.slow = sum(record.seconds > SLOW_S for record in seen)
        self.longest_ms = max((record.seconds for record in seen), default=0) * 1e3
        self.failures = dict(collections.Counter(record.outcome for record in seen if record.outcome not in ANSWERED))


def right_again_s(records, since):
    """From that time until the last answer that was not right; 0 when all were."""
    return max((record.at + record.seconds - since for record in records
                if record.outcome != "right" and record.at + record.seconds > since), default=0.0)


# the process

def judge(response, right):
    if response.status != 200:
        return f"status {response.status}"
    decision = response.json()
    if decision["degraded"]:
        return "degraded"
    return "right" if decision["offers"] in right else "wrong"


class Caller(threading.Thread):
    def __init__(self, address, questions, is_over):
        super().__init__()
        self._address, self._questions, self._is_over = address, questions, is_over
        self._connection, self.records = None, []

    def run(self):
        for target, right in itertools.cycle(self._questions):
            begin = time.monotonic()
            outcome = self._ask(target, right)
            self.records.append((begin, time.monotonic() - begin, outcome))
            if self._is_over.wait(PAUSE_S):
                return

    def _ask(self, target, right):
        try:
            self._connection = self._connection or wire.Connection(self._address, PATIENCE_S)
            return judge(self._connection.ask(wire.request("GET", target)), right)
        except Exception as error:  # whatever it is: the caller has no answer
            if self._connection:
                self._connection.close()
            self._connection = None
            return type(error).__name__


def main():
    address, questions = json.loads(sys.stdin.buffer.readline())
    is_over = threading.Event()
    callers = [Caller(tuple(address), questions[i::CALLERS], is_over) for i in range(CALLERS)]
    for caller in callers:
        caller.start()
    print("calling", flush=True)
    sys.stdin.read()
    is_over.set()
    for caller in callers:
        caller.join()
    json.dump([record for caller in callers for record in caller.records], sys.stdout)


if __name__ == "__main__":
    main()
