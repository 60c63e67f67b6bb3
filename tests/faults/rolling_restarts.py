#!/usr/bin/python3
"""Restarts two gateways in turns behind one load, as a rolling update does. No request may fail; none is tried again.

    tests/faults/rolling_restarts.py --restarts 100 [--build build/release] [--grace-ms 1000]

The load does what a balancer and its pool do: a request goes to a gateway that readyz called ready when it was asked
last, every LOOK_S; a connection whose gateway is not ready any more, or that answered `Connection: close`, is given
back. Failed is a request whose connection was refused or ended before its whole answer, or whose answer is not right.
A line at the end; exit 0 when no request failed, every caller was served throughout, and each restart was in order.
"""

import argparse
import os
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import wire

LOOK_S = 0.05  # a tenth of the shortest grace that is sensible; Kubernetes looks every second or more, with more grace
CALLERS = 8
PAUSE_S = 0.001
SERVED_MIN = 10  # requests of each gateway between two restarts
STEP_TIMEOUT_S = 60.0
SHOWN = 10


class Balancer(threading.Thread):
    """Knows which gateways are ready; `backends` are Gateways, of which some may be away."""

    def __init__(self):
        super().__init__(daemon=True)
        self._lock, self._is_over = threading.Lock(), threading.Event()
        self._backends, self._ready, self._next = [], [], 0

    def add(self, backend):
        with self._lock:
            self._backends.append(backend)

    def remove(self, backend):
        with self._lock:
            self._backends.remove(backend)
            self._ready = [other for other in self._ready if other is not backend]

    def pick(self):
        """In turns; None while none is ready."""
        with self._lock:
            self._next += 1
            return self._ready[self._next % len(self._ready)] if self._ready else None

    def is_ready(self, backend):
        with self._lock:
            return backend in self._ready

    def run(self):
        while not self._is_over.wait(LOOK_S):
            with self._lock:
                backends = list(self._backends)
            ready = [backend for backend in backends if self._asks(backend)]
            with self._lock:
                self._ready = [backend for backend in ready if backend in self._backends]

    @staticmethod
    def _asks(backend):
        try:
            return wire.ask_once(backend.admin_address, wire.request("GET", "/readyz")).status == 200
        except (OSError, wire.ConnectionEnded):
            return False

    def stop(self):
        self._is_over.set()
        self.join()


class Caller(threading.Thread):
    """`questions`: (request, check) pairs; check gets the response and raises when it is not right."""

    def __init__(self, balancer, questions):
        super().__init__(daemon=True)
        self._balancer, self._questions, self._is_over = balancer, questions, threading.Event()
        self._connections = {}
        self.answers, self.failures, self.served = 0, [], {}

    def run(self):
        while not self._is_over.wait(PAUSE_S):
            self._give_back()
            backend = self._balancer.pick()
            if backend is None:
                self.failures.append("no gateway was ready")
                self._is_over.wait(LOOK_S)
                continue
            try:
                self._ask(backend)
            except Exception as failure:  # whatever it is: the request failed
                self.failures.append(f"{time.monotonic():.3f} {backend.name}: {failure!r}")
                self._drop(backend)
        for backend in list(self._connections):
            self._drop(backend)

    def _give_back(self):
        for backend in [backend for backend in self._connections if not self._balancer.is_ready(backend)]:
            self._drop(backend)

    def _drop(self, backend):
        connection = self._connections.pop(backend, None)
        if connection:
            connection.close()

    def _ask(self, backend):
        connection = self._connections.get(backend)
        if connection is None:
            connection = self._connections[backend] = wire.Connection(backend.address)
        data, check = self._questions[self.answers % len(self._questions)]
        response = connection.ask(data)
        assert response.status == 200, response
        check(response)
        self.answers += 1
        self.served[backend] = self.served.get(backend, 0) + 1
        if response.closes:
            self._drop(backend)

    def stop(self):
        self._is_over.set()
        self.join(STEP_TIMEOUT_S)


def _questions():
    from gateway import get_request, post_request
    context = {"user_id": "u1", "aoi": "A1", "amount": 6200}

    def is_right(decision):
        assert not decision["degraded"] and [offer["coupon"] for offer in decision["offers"]] == ["C-1"], decision

    def are_right(response):
        results = response.json()["results"]
        assert len(results) == 50
        for decision in results:
            is_right(decision)

    return [(get_request(**context), lambda response: is_right(response.json())),
            (post_request(context), lambda response: is_right(response.json())),
            (post_request({"requests": [context] * 50}, path="/v1/evaluate/batch"), are_right)]


def _start(name, grace_ms):
    from gateway import Gateway
    from releases import numbered_set
    # shedding would be right on a busy machine, and is not what is asked here
    gateway = Gateway(numbered_set(1), {}, drain={"grace_ms": grace_ms}, breaker={"mode": "off"})
    gateway.name = name
    return gateway.__enter__()


class Run:
    def __init__(self, grace_ms):
        self._grace_ms = grace_ms
        self.restarts = 0
        self.balancer = Balancer()
        self.backends = [_start("first", grace_ms), _start("second", grace_ms)]
        self.callers = [Caller(self.balancer, _questions()) for _ in range(CALLERS)]

    def begin(self):
        for backend in self.backends:
            self.balancer.add(backend)
        self.balancer.start()
        wire.wait_until(lambda: all(self.balancer.is_ready(backend) for backend in self.backends), STEP_TIMEOUT_S)
        for caller in self.callers:
            caller.start()
        self._all_are_served()

    def restart(self):
        """SIGTERM, a clean end, the next one beside it: ready and in use before the other one's turn."""
        place = self.restarts % 2
        old = self.backends[place]
        old.stop(STEP_TIMEOUT_S)
        self.balancer.remove(old)
        self.backends[place] = _start(old.name, self._grace_ms)
        self.balancer.add(self.backends[place])
        self._all_are_served()
        self.restarts += 1

    def _all_are_served(self):
        wire.wait_until(lambda: all(caller.served.get(backend, 0) >= SERVED_MIN for caller in self.callers
                                    for backend in self.backends), STEP_TIMEOUT_S, what="all are served by both")

    def end(self):
        for caller in self.callers:
            caller.stop()
        self.balancer.stop()
        for backend in self.backends:
            backend.stop(STEP_TIMEOUT_S)

    def kill(self):
        for backend in self.backends:
            backend.kill()

    @property
    def failures(self):
        return [failure for caller in self.callers for failure in caller.failures]

    @property
    def answers(self):
        return sum(caller.answers for caller in self.callers)

    def __str__(self):
        return f"{self.restarts} restarts, {self.answers} requests answered, {len(self.failures)} failed"


def run(restarts, grace_ms):
    """What happened; an AssertionError where a restart was not in order."""
    result = Run(grace_ms)
    try:
        result.begin()
        for _ in range(restarts):
            result.restart()
        result.end()
    finally:
        result.kill()
    return result


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("--restarts", type=int, default=100)
    options.add_argument("--grace-ms", type=int, default=1000)
    options.add_argument("--build", default="build/debug")
    given = options.parse_args()
    os.environ.setdefault("PROMOGATE_BUILD_DIR", given.build)
    result = run(given.restarts, given.grace_ms)
    print(result)
    for failure in result.failures[:SHOWN]:
        print(failure)
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
