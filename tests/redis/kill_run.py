#!/usr/bin/python3
"""Kills a gateway (SIGKILL) at random moments of refreshing and writing its state; every start must serve a release
that was published, and none older than the last one that was written.

    tests/redis/kill_run.py --kills 1000 [--seed N] [--build build/release]

Releases are published all the while, as fast as Redis takes them, so that most kills hit a fetch, a compilation or a
write. Quarantine is off: otherwise a release that is met by two kills would rightly not be used again. Prints what the kills met; exit 0 when every start was right.
"""

import argparse
import os
import pathlib
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

ALIVE_MAX_S = 0.3
PUBLISH_EVERY_S = 0.02
PACE = {"poll_ms": 100, "spread_ms": 0, "backoff_max_ms": 100}


class Run:
    """What happened."""

    def __init__(self, seed):
        self.seed, self.problems = seed, []
        self.starts = self.starts_from_state = self.during_write = self.writes = 0

    def __str__(self):
        return (f"seed {self.seed}: {self.starts} starts, {self.starts_from_state} from a state file; "
                f"{self.during_write} kills left a file half written, {self.writes} writes were finished; "
                f"{len(self.problems)} problems")


class Publishing(threading.Thread):
    """One release after another; `sets` tells which numbered set each is."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self._client, self._is_over = client, threading.Event()
        self.sets = {}

    def publish(self, number):
        from redis_layout import write_release
        from releases import numbered_set
        self.sets[number] = number
        write_release(self._client, "main", number, numbered_set(number, fillers=60))

    def run(self):
        number = 1
        while not self._is_over.wait(PUBLISH_EVERY_S):
            number += 1
            self.publish(number)

    def stop(self):
        self._is_over.set()
        self.join()


def _check(gateway, run, publishing, written):
    """The first answer: of the state file, or of Redis if that was fast enough."""
    decision = gateway.decide()
    if decision["degraded"]:
        return [f"start {run.starts}: {decision['cause']}, though release {written} was written"] if written else []
    coupon = decision["offers"][0]["coupon"]
    problems = []
    if coupon != f"C-{publishing.sets.get(decision['release'])}":
        problems.append(f"start {run.starts}: release {decision['release']} answers {coupon}")
    if decision["release"] < written:
        problems.append(f"start {run.starts}: release {decision['release']}, though {written} was written")
    return problems


def _live_and_die(gateway, run, publishing, chance, written):
    """One life; the newest release that is known to be on disk after it."""
    run.starts += 1
    run.problems += _check(gateway, run, publishing, written)
    time.sleep(chance.uniform(0, ALIVE_MAX_S))
    gateway.process.kill()
    gateway.process.wait()
    gateway.wait_end()
    events = list(gateway.events)
    run.problems += [f"start {run.starts}: {event['reason']}" for event in events if event["event"] == "state_skipped"]
    for event in events:
        if event.get("origin") == "state":
            run.starts_from_state += 1
            if event["release"] < written:
                run.problems.append(f"start {run.starts}: began with release {event['release']}, though {written} was "
                                    "written")
    known = [event["release"] for event in events if event["event"] == "state_written"]
    run.writes += len(known)
    return max([written, *known])


def run(kills, state_dir, seed):
    from redis_gateway import RedisGateway
    from redis_server import RedisServer
    result, chance, written = Run(seed), random.Random(seed), 0
    with RedisServer() as redis, redis.client() as client:
        publishing = Publishing(client)
        publishing.publish(1)
        publishing.start()
        for _ in range(kills):
            gateway = RedisGateway(redis.url(), PACE, state_dir=str(state_dir), wait_ready=False,
                                   quarantine={"trial_s": 0})
            try:
                gateway.start()
                written = _live_and_die(gateway, result, publishing, chance, written)
            finally:
                gateway.kill()
            result.during_write += bool(set(os.listdir(state_dir)) - {"promogate-a.state", "promogate-b.state",
                                                                      "promogate.lock"})
        publishing.stop()
    return result


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("--kills", type=int, default=1000)
    options.add_argument("--seed", type=int, default=time.time_ns())
    options.add_argument("--build", default="build/debug")
    given = options.parse_args()
    os.environ.setdefault("PROMOGATE_BUILD_DIR", given.build)
    with tempfile.TemporaryDirectory(prefix="promogate-kills-") as folder:
        result = run(given.kills, pathlib.Path(folder) / "state", given.seed)
    print(result)
    for problem in result.problems:
        print(problem)
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main())
