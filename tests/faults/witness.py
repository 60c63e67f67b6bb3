"""Callers that check every answer, in a process of their own, for as long as it takes: nothing is kept but counts.

    with Witness(gateway.address) as witness:
        ...
        testimony = witness.stop()
    testimony.judge({7: 1, 8: 2})        # release -> which numbered set (support/releases.py) it is

Each caller has one keep-alive connection and asks GETs, POSTs and batches in turns, for the interfaces `checkout` and
`browse` as the harness configures them (FALLBACKS). A decision must be complete, of a release whose number it
shows; a degraded one must say its cause twice, and have its interface's fallback.
"""

import json
import pathlib
import sys
import threading
import time
from urllib.parse import urlencode

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import wire
from side_process import SideProcess

CALLERS = 3
PAUSE_S = 0.002
PATIENCE_S = 30.0  # for an answer; who tests for less asks for `slowest_s`
STOP_TIMEOUT_S = 60.0
FAILURES_MAX = 20
CAUSES = ("switch", "saturated", "no_snapshot", "rate_limited", "budget")
AMOUNT = 6200
FALLBACKS = {"checkout": [("C-SAFE", 300), ("C-MORE", 500)], "browse": []}


class Testimony:
    __test__ = False  # pytest: the name only begins so

    def __init__(self, document):
        self.answers, self.failures = document["answers"], document["failures"]
        self.slowest_s, self.slowest_at = document["slowest_s"], document["slowest_at"]
        self.sets = {int(release): numbers for release, numbers in document["sets"].items()}
        self.causes = document["causes"]

    def judge(self, sets):
        """Nothing failed, everybody was served, and each decision was what its release says."""
        assert self.failures == [], self.failures[:5]
        assert self.answers > 0
        wrong = {release: numbers for release, numbers in self.sets.items() if numbers != [sets.get(release)]}
        assert not wrong, f"{wrong}; published: {sets}"

    def __str__(self):
        return (f"{self.answers} answers, {len(self.failures)} failures, {len(self.sets)} releases seen, "
                f"degraded: {self.causes}, slowest {self.slowest_s:.2f} s at {self.slowest_at:.1f}")


class Witness(SideProcess):
    def __init__(self, address, callers=CALLERS, pause_s=PAUSE_S):
        super().__init__(__file__, *address, callers, pause_s, greeting=b"calling")

    def stop(self):
        return Testimony(self.result(STOP_TIMEOUT_S))


# what an answer must be

class Wrong(Exception):
    pass


def must(holds, what):
    if not holds:
        raise Wrong(what)


def read_decision(decision, interface, cause):
    """(release, number) of one that is right; (None, None) of a fallback. `cause` is the header's, or None."""
    must(decision["interface"] == interface, decision)
    offers = [(offer["coupon"], offer["discount"]) for offer in decision["offers"]]
    if decision["degraded"]:
        must(decision["cause"] in CAUSES and cause in (decision["cause"], None), (cause, decision))
        must(offers == FALLBACKS[interface] and decision["exposures"] == [], decision)
        return None, None
    must(cause is None and "cause" not in decision, (cause, decision))
    must(len(offers) == 1 and offers[0][0].startswith("C-") and offers[0][0][2:].isdigit(), decision)
    return decision["release"], int(offers[0][0][2:])


def context(user, interface):
    return {"user_id": f"u{user}", "aoi": "A1", "amount": AMOUNT, "interface": interface}


def question(turn, user, interface):
    """A request, and how many decisions it must give."""
    if turn % 3 == 0:
        return wire.request("GET", "/v1/evaluate?" + urlencode(context(user, interface))), 1
    headers = [("Content-Type", "application/json")]
    if turn % 3 == 1:
        return wire.request("POST", "/v1/evaluate", headers, json.dumps(context(user, interface)).encode()), 1
    batch = {"requests": [context(user + i, interface) for i in range(5)]}
    return wire.request("POST", "/v1/evaluate/batch", headers, json.dumps(batch).encode()), len(batch["requests"])


# the process

class Caller(threading.Thread):
    def __init__(self, address, number, pause_s, is_over):
        super().__init__(daemon=True)
        self._address, self._number, self._pause_s, self._is_over = address, number, pause_s, is_over
        self.answers, self.slowest, self.failures, self.sets, self.causes = 0, (0.0, 0.0), [], {}, {}
        self._newest = 0

    def run(self):
        connection, turn = None, self._number
        while not self._is_over.is_set() and len(self.failures) < FAILURES_MAX:
            try:
                connection = connection or wire.Connection(self._address, timeout_s=PATIENCE_S)
                begin = time.monotonic()
                self._ask(connection, turn)
                self.slowest = max(self.slowest, (time.monotonic() - begin, begin))
            except Exception as failure:  # whatever it is: it is told
                self.failures.append(f"{time.monotonic():.3f} {failure!r}")
                connection = None
            turn += 1
            self._is_over.wait(self._pause_s)

    def _ask(self, connection, turn):
        interface = ("checkout", "browse")[turn % 2]
        data, count = question(turn, turn % 997, interface)
        response = connection.ask(data)
        must(response.status == 200, response)
        is_batch = count > 1
        decisions = response.json()["results"] if is_batch else [response.json()]
        must(len(decisions) == count, response)
        for decision in decisions:
            self._note(decision, *read_decision(decision, interface, None if is_batch else
                                                response.header("X-Promo-Degraded")), is_batch, response)
        self.answers += 1

    def _note(self, decision, release, number, is_batch, response):
        if release is None:
            must(is_batch or response.header("X-Promo-Degraded") == decision["cause"], response)
            self.causes[decision["cause"]] = self.causes.get(decision["cause"], 0) + 1
            return
        must(release >= self._newest, f"release {release} after {self._newest}")
        self._newest = release
        self.sets.setdefault(release, set()).add(number)


def main(host, port, callers, pause_s):
    is_over = threading.Event()
    crowd = [Caller((host, int(port)), number, float(pause_s), is_over) for number in range(int(callers))]
    for caller in crowd:
        caller.start()
    print("calling", flush=True)
    sys.stdin.read()
    is_over.set()
    for caller in crowd:
        caller.join()
    sets, causes = {}, {}
    for caller in crowd:
        for release, numbers in caller.sets.items():
            sets.setdefault(release, set()).update(numbers)
        for cause, count in caller.causes.items():
            causes[cause] = causes.get(cause, 0) + count
    slowest_s, slowest_at = max(caller.slowest for caller in crowd)
    served = all(caller.answers for caller in crowd)
    json.dump({"answers": sum(caller.answers for caller in crowd) if served else 0, "causes": causes,
               "failures": [failure for caller in crowd for failure in caller.failures],
               "slowest_s": slowest_s, "slowest_at": slowest_at,
               "sets": {release: sorted(numbers) for release, numbers in sets.items()}}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
