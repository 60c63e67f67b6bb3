"""Steady callers of a gateway, in a process of their own, so that nothing the test does slows them down.

    with Callers(gateway.address) as callers:
        …
        answers = callers.stop()
    judge(answers, {7: 1, 8: 2})            # release -> which numbered set (releases.py)

A caller asks on one keep-alive connection, waits for the answer, pauses, asks again. Times are those of
time.monotonic(), which all processes share.
"""

import json
import math
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import wire
from side_process import SideProcess

THREADS = 2
PAUSE_S = 0.002
STOP_TIMEOUT_S = 30.0
REQUEST = wire.request("GET", "/v1/evaluate?user_id=u1&aoi=A1&amount=6200")


class Answer:
    def __init__(self, caller, at, seconds, release, number, failure):
        """`number`: of the numbered set, None for a fallback; `failure`: None, or what went wrong."""
        self.caller, self.at, self.seconds = caller, at, seconds
        self.release, self.number, self.failure = release, number, failure

    def __repr__(self):
        return f"<caller {self.caller} at {self.at:.3f}: release {self.release}, set {self.number}, {self.failure}>"


class Callers(SideProcess):
    def __init__(self, address, threads=THREADS, pause_s=PAUSE_S):
        super().__init__(__file__, *address, threads, pause_s, greeting=b"calling")

    def stop(self):
        """All answers."""
        return [Answer(*fields) for fields in self.result(STOP_TIMEOUT_S)]


def judge(answers, sets, degraded_is_fine=False):
    """Nothing failed; each answer is what its release says, releases only grow, and each caller was served."""
    assert answers
    assert [answer for answer in answers if answer.failure][:5] == []
    if not degraded_is_fine:
        wrong = [answer for answer in answers if answer.release not in sets or sets[answer.release] != answer.number]
        assert wrong[:5] == [], f"{len(wrong)} of {len(answers)} wrong; published: {sets}"
    newest = {}
    for answer in answers:
        assert answer.release is None or answer.release >= newest.get(answer.caller, 0), f"{answer} after {newest}"
        newest[answer.caller] = answer.release or newest.get(answer.caller, 0)


def percentile(answers, share, begin=0.0, end=math.inf):
    """Of the seconds that answers took which were asked for between those times."""
    seconds = sorted(answer.seconds for answer in answers if begin <= answer.at < end)
    assert len(seconds) >= 20, f"only {len(seconds)} answers"
    return seconds[min(len(seconds) - 1, int(share * len(seconds)))]


# the process

def _read(response):
    """(release, number) of a decision."""
    decision = response.json()
    if decision["degraded"]:
        return None, None
    coupons = [offer["coupon"] for offer in decision["offers"]]
    return decision["release"], int(coupons[0].removeprefix("C-")) if len(coupons) == 1 else coupons


def _call(caller, address, pause_s, is_over, records):
    connection = None
    while not is_over.is_set():
        begin, release, number, failure = time.monotonic(), None, None, None
        try:
            connection = connection or wire.Connection(address)
            response = connection.ask(REQUEST)
            failure = None if response.status == 200 else f"status {response.status}"
            release, number = _read(response) if failure is None else (None, None)
        except Exception as error:  # whatever it is: it is told
            failure = repr(error)
            connection = None
        records.append((caller, begin, time.monotonic() - begin, release, number, failure))
        is_over.wait(pause_s)


def main(host, port, threads, pause_s):
    is_over, records = threading.Event(), [[] for _ in range(int(threads))]
    callers = [threading.Thread(target=_call, args=(i, (host, int(port)), float(pause_s), is_over, records[i]))
               for i in range(int(threads))]
    for caller in callers:
        caller.start()
    print("calling", flush=True)
    sys.stdin.read()
    is_over.set()
    for caller in callers:
        caller.join()
    json.dump([record for of_caller in records for record in of_caller], sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
