#!/usr/bin/python3
"""A gateway lives with everything that goes on and goes wrong in service, at random, while every answer is checked.

    tests/faults/soak.py [--seconds 600] [--seed N] [--build build/release]

What goes on: releases and rollbacks through Redis, switches flipped by file, Redis and admin calls, configurations
valid and not. What goes wrong: Redis killed and paused, more connections than there may be, clients that send rubbish.
A decision must be what the release it names says, a degraded answer the fallback of its interface (witness.py); probes
are 200 throughout; memory and open files do not grow over the second half. Prints a summary; exit 0 when all held.
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

import growth

PAUSE_S = (0.1, 0.8)  # between two happenings
FAULT_S = (0.5, 2.0)
CONNECTIONS_MAX = 300
MEMORY_GROWTH_MAX_BYTES = 4 << 20  # over the second half of a run of at least MEMORY_SECONDS_MIN
MEMORY_SECONDS_MIN = 240  # the allocator of a younger process still fills up
REST_MAX_S = 5.0
FILES_GROWTH_MAX = 4  # likewise, at rest; a probe or a fetch may be under way
RECOVERY_S = 60.0
RUBBISH = (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"GET / HT", b"POST /v1/evaluate HTTP/1.1\r\nHost: a\r\n"
           b"Content-Length: 9\r\nContent-Length: 8\r\n\r\n{}", b"\0" * 9000, b"GET /../../etc/passwd HTTP/1.1\r\n\r\n")


class Soak:
    """Happenings are its methods named as in HAPPENINGS; each leaves the stage as it found it, but for the release."""

    def __init__(self, redis, gateway, settings, chance):
        from releases import Publisher
        self.redis, self.gateway, self._settings, self._chance = redis, gateway, settings, chance
        self._publisher = Publisher(redis.url(), redis)
        self.sets, self._number = {}, 0
        self.counts = dict.fromkeys(HAPPENINGS, 0)
        self.diary = []  # (when, what) began

    def publish(self):
        from releases import numbered_set
        self._number += 1
        release = self._publisher.publish(numbered_set(self._number))
        self.sets[release] = self._number
        return release

    def roll_back(self):
        """To the release before: its answers under a new number."""
        before = sorted(self.sets)[-2:][0]
        self.sets[self._publisher.rollback(before)] = self.sets[before]

    def kill_redis(self):
        self.redis.save()
        self.redis.kill()
        self._last()
        self.redis.start()

    def pause_redis(self):
        self.redis.pause()
        self._last()
        self.redis.resume()

    def reload(self):
        self._configure(stuck_after_s=self._chance.randint(20, 60))

    def reload_invalid(self):
        seen = len(self.gateway.events)
        self.gateway.write_config_text(self._chance.choice(('listen = "', "workers = -1;\n", "", "nonsense = 1;\n")))
        self.gateway.wait_event("config_refused", since=seen)
        self._configure()

    def switch_by_file(self):
        from gateway import CONFIG
        interfaces = [{**interface, "degrade": "on" if interface["name"] == "browse" else interface["degrade"]}
                      for interface in CONFIG["interfaces"]]
        self._configure(interfaces=interfaces)
        self._last()
        self._configure()

    def switch_by_redis(self):
        from releases import promoctl
        for mode in ("on", "auto"):
            promoctl("degrade", mode, "--interface", "checkout", "--redis", self.redis.url())
            self._last()

    def switch_by_admin(self):
        from releases import promoctl
        host, port = self.gateway.admin_address
        name = self._chance.choice(("checkout", "browse"))
        for mode in ("on", "auto"):
            promoctl("degrade", mode, "--interface", name, "--admin", f"http://{host}:{port}")
            self._last()

    def churn(self):
        from flood_process import Flood
        with Flood("churn", self.gateway.address) as flood:
            self._last()
            flood.stop()

    def rubbish(self):
        for data in RUBBISH:
            try:
                with self.gateway.connect(timeout_s=5.0) as connection:
                    connection.send_all_it_takes(data)
            except OSError:
                pass  # at the ceiling: that is the answer

    def happen(self):
        """One of them."""
        name = self._chance.choice(HAPPENINGS)
        self.diary.append((time.monotonic(), name))
        getattr(self, name)()
        self.counts[name] += 1
        time.sleep(self._chance.uniform(*PAUSE_S))

    def recover(self):
        """A last release is in force, and decisions are whole."""
        import wire
        release = self.publish()
        wire.wait_until(lambda: self.gateway.decide()["release"] == release and not self.gateway.decide()["degraded"],
                        RECOVERY_S, 0.1, what=f"release {release} in force")

    def _configure(self, **changes):
        """The file's problems are told one by one: those of the one before may come now."""
        seen = len(self.gateway.events)
        self.gateway.write_config(**{**self._settings, **changes})
        self.gateway.wait_event("config_active", since=seen)

    def _last(self):
        time.sleep(self._chance.uniform(*FAULT_S))


# more often what is usual
HAPPENINGS = ("publish", "publish", "publish", "roll_back", "kill_redis", "pause_redis", "reload", "reload_invalid",
              "switch_by_file", "switch_by_redis", "switch_by_admin", "churn", "rubbish")


class Probes(threading.Thread):
    """Asks livez and readyz, and looks at memory and files, a few times a second."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        from probing import Tally
        self._gateway, self._is_over = gateway, threading.Event()
        self.tally, self.memory, self.files = Tally(), growth.Series(), growth.Series()

    def run(self):
        from probing import probe
        begin = time.monotonic()
        while not self._is_over.wait(0.2):
            probe(self._gateway.admin_address, self.tally.count + 2, paths=("/livez", "/readyz"), tally=self.tally)
            at = time.monotonic() - begin
            self.memory.add(at, growth.resident_bytes(self._gateway.process.pid))
            self.files.add(at, growth.open_files(self._gateway.process.pid))

    def wait_for_rest(self):
        """What was opened last may close: a short run would end in the middle of it. A leak stays, and is judged."""
        end = time.monotonic() + REST_MAX_S
        while self.files.growth_at_rest() > FILES_GROWTH_MAX and time.monotonic() < end:
            time.sleep(0.2)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self.join()


class Result:
    def __init__(self, seed, soak, probes, testimony, events):
        self.problems = []
        self._text = (f"seed {seed}: {testimony}\n{soak.counts}\n{probes.tally}\n"
                      f"memory {probes.memory}\nfiles {probes.files}")
        self._hold(lambda: testimony.judge(soak.sets))
        self._must(set(testimony.causes) <= {"switch", "saturated"}, f"causes: {testimony.causes}")
        self._must(not probes.tally.failures, f"probes: {probes.tally.failures[:5]}")
        self._must([event["event"] for event in events].count("listening") == 1, "it was started again")

    def judge_growth(self, probes, seconds, is_sanitized):
        """A sanitizer keeps freed memory on purpose."""
        if seconds >= MEMORY_SECONDS_MIN and not is_sanitized:
            self._must(probes.memory.growth() <= MEMORY_GROWTH_MAX_BYTES, f"memory grows: {probes.memory}")
        self._must(probes.files.growth_at_rest() <= FILES_GROWTH_MAX, f"files grow: {probes.files}")

    def count(self, gateway, *names):
        self._text += "\n" + ", ".join(f"{name} {gateway.metric(name):.0f}" for name in names)

    def tell_around(self, soak, at):
        """What went on just before: for who reads why something was slow."""
        before = [f"{when:.1f} {name}" for when, name in soak.diary if at - 10 < when <= at + 1]
        self._text += f"\naround {at:.1f}: {', '.join(before)}"

    def _hold(self, claim):
        try:
            claim()
        except AssertionError as problem:
            self.problems.append(str(problem))

    def _must(self, holds, problem):
        self.problems += [] if holds else [problem]

    def __str__(self):
        return "\n".join([self._text, *self.problems, "all held" if not self.problems else "NOT all held"])


def run(seconds, seed):
    from redis_gateway import FAST, IS_SANITIZED, RedisGateway
    from redis_server import RedisServer
    from witness import Witness
    with RedisServer() as redis, tempfile.TemporaryDirectory(prefix="promogate-soak-") as folder:
        settings = {"source": redis.url(), "redis": FAST, "state_dir": folder, "breaker": {"ramp_step_ms": 100},
                    "limits": {"max_connections": CONNECTIONS_MAX}}
        gateway = RedisGateway(redis.url(), state_dir=folder, limits=settings["limits"], wait_ready=False)
        with gateway:
            soak = Soak(redis, gateway, settings, random.Random(seed))
            soak.publish()
            gateway.wait_ready()
            with Witness(gateway.address) as witness, Probes(gateway) as probes:
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    soak.happen()
                soak.recover()
                probes.wait_for_rest()
                testimony = witness.stop()
            result = Result(seed, soak, probes, testimony, gateway.events)
            result.count(gateway, "promogate_control_gaps_total", "promogate_worker_stuck_total")
            result.tell_around(soak, testimony.slowest_at)
            result.judge_growth(probes, seconds, IS_SANITIZED)
    return result


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("--seconds", type=float, default=600.0)
    options.add_argument("--seed", type=int, default=time.time_ns())
    options.add_argument("--build", default="build/debug")
    given = options.parse_args()
    os.environ.setdefault("PROMOGATE_BUILD_DIR", given.build)
    from gateway import raise_file_limit
    raise_file_limit()
    result = run(given.seconds, given.seed)
    print(result)
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main())
