#!/usr/bin/python3
"""How long until an order is seen by callers: from the write to the first fallback on a keep-alive connection.

  propagation.py [--flips 9]        medians, smallest and largest of so many flips by each source, in milliseconds

Both ends are this process: it writes the order, and asks one request after another on a connection that is open.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import wire
from gateway import get_request
from operators import interfaces, order, say
from policies import POLICIES, SETTINGS
from redis_gateway import RedisGateway
from redis_server import RedisServer
from releases import Publisher

BOUND_MS = {"admin": 50, "file": 300, "redis": 1500}  # of the median: other programs share the machine
SEEN_S = 20.0
REQUEST = get_request()


def _by_admin(gateway, redis, mode):
    order(gateway, "checkout", mode)


def _by_file(gateway, redis, mode):
    gateway.write_config(source=redis.url(), redis=REDIS, interfaces=interfaces(checkout=mode))


def _by_redis(gateway, redis, mode):
    say(redis, {"checkout": {"mode": mode}})


REDIS = {}  # the settings' defaults are what is measured
BY = {"admin": _by_admin, "file": _by_file, "redis": _by_redis}


class Watch(threading.Thread):
    """Asks until an answer is degraded, and notes when that was."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.connection, self.seen_at = gateway.connect(), None
        assert not self._is_degraded()

    def _is_degraded(self):
        return self.connection.ask(REQUEST).json()["degraded"]

    def run(self):
        deadline = time.monotonic() + SEEN_S
        while self.seen_at is None and time.monotonic() < deadline:
            if self._is_degraded():
                self.seen_at = time.monotonic()
            time.sleep(0.0005)
        self.connection.close()


def _is_back(gateway):
    return not gateway.get().json()["degraded"]


def flip_ms(gateway, redis, source):
    """One flip to `on`, seen; then back to auto, and everybody again."""
    watch = Watch(gateway)
    watch.start()
    begun = time.monotonic()
    BY[source](gateway, redis, "on")
    watch.join()
    assert watch.seen_at is not None, f"{source}: not seen within {SEEN_S} s"
    BY[source](gateway, redis, "auto")
    wire.wait_until(lambda: _is_back(gateway), SEEN_S, what=f"{source}: auto again")
    return (watch.seen_at - begun) * 1000


def measure(flips):
    """{source: milliseconds of each flip}"""
    with tempfile.TemporaryDirectory(prefix="promogate-test-") as state, RedisServer() as redis:
        Publisher(redis.url(), redis).publish({**POLICIES, "settings.json": SETTINGS})
        with RedisGateway(redis.url(), redis=REDIS, state_dir=state) as gateway:
            return {source: [flip_ms(gateway, redis, source) for _ in range(flips)] for source in BY}


def table(measured):
    lines = [f"{source:<6} median {statistics.median(times):7.1f} ms, {min(times):.1f} to {max(times):.1f},"
             f" {len(times)} flips; bound {BOUND_MS[source]} ms" for source, times in measured.items()]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=9)
    print(table(measure(parser.parse_args().flips)))


if __name__ == "__main__":
    main()
