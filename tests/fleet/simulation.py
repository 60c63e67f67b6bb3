"""Drives a fleet of gateways through what happens to it; see run.sh and README.md."""

import argparse
import json
import pathlib
import resource
import signal
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import account
import redis_layout
import report
import sets
import wire
from fleet_process import Fleet
from observer import Observer, Witness
from redis_server import RedisServer
from releases import Publisher

NAMESPACE = "main"
POLL_MS, SPREAD_MS = 2000, 1000  # the product's defaults
CLIENTS_A_GATEWAY = 3  # commands, hints, and one that Redis has not yet seen the end of
CONVERGENCE_MAX_S = 30.0
OUTAGE_S = 1.0
WAITED_S = 4.0  # for the first publish: until gateways have backed off as far as they do
CALMED_S = 3.0  # after an event: the next poll still tells the trace's id, and gateways poll in step
TRAILING_S = 0.3  # what an event still causes after its last gateway
CHANNEL = redis_layout.key(NAMESPACE, "published")


class Simulation:
    """One pass: a Redis and a fleet of its own, at one spread."""

    def __init__(self, options, spread_ms):
        self.options, self.spread_ms = options, spread_ms
        self.events, self.polls, self.contents = [], [], {}  # the last: by release

    def run(self):
        machine = account.Machine()
        self.live()
        self.others_share = machine.others_share()
        return self

    def live(self):
        config = "appendonly yes", f"maxclients {CLIENTS_A_GATEWAY * self.options.gateways + 100}"
        with tempfile.TemporaryDirectory(prefix="promogate-fleet-") as folder, RedisServer(*config) as self.redis:
            self.folder = pathlib.Path(folder) / "policies"
            sets.write_base(self.folder)
            self.publisher = Publisher(self.redis.url(NAMESPACE), self.redis, NAMESPACE)
            self.witness = Witness(self.redis.address, CHANNEL)
            self.start_fleet()
            try:
                with Observer(self.redis) as self.observer:
                    self.happen()
                self.fleet.close()
            finally:
                self.fleet.kill()

    def start_fleet(self):
        self.fleet = Fleet(self.options.build / "fleet", self.redis.url(NAMESPACE), self.options.gateways,
                           (POLL_MS, self.spread_ms))

    # events

    def happen(self):
        self.fleet.answers(CONVERGENCE_MAX_S)
        time.sleep(WAITED_S)
        self.publish("first publish", lambda: None)
        self.wait_subscribed()
        self.watch_polls("a plain release")
        self.publish("one-AOI edit", lambda: sets.edit_one_aoi(self.folder, 7))
        self.publish("14 new policies", lambda: sets.add_incident(self.folder))
        self.roll_back()
        self.watch_polls("a rollback")
        self.restart_redis()
        self.publish("edit after the restart", lambda: sets.edit_one_aoi(self.folder, 11))
        self.check(self.fleet.traffic())
        self.restart_fleet()
        self.check(self.fleet.traffic())

    def publish(self, name, change):
        change()
        spending = account.Account(self.fleet, self.observer)
        release = self.publisher.publish(self.folder)
        self.contents[release] = sets.content_of(self.folder)
        self.converge(name, spending, release)

    def roll_back(self):
        current = max(self.contents)
        spending = account.Account(self.fleet, self.observer)
        release = self.publisher.rollback(current - 1)
        self.contents[release] = self.contents[current - 1]
        self.converge("rollback", spending, release)
        sets.remove_incident(self.folder)

    def converge(self, name, spending, release):
        at_us = self.everybody_has(release)
        wire.wait_until(lambda: self.witness.swapped_us > spending.begun_us, what="the announcement")
        swapped_us = self.witness.swapped_us
        time.sleep(TRAILING_S)
        self.events.append(spending.close(name, swapped_us, at_us))

    def everybody_has(self, release):
        """When each gateway had it: all of it, and nothing else."""
        roll = self.fleet.release(release, CONVERGENCE_MAX_S)
        assert roll["count"] == self.options.gateways, \
            f"release {release}: {roll['count']} of {self.options.gateways} gateways; {self.fleet.traffic()}"
        assert roll["content"] == self.contents[release], f"release {release} is not what was published"
        return roll["at_us"]

    def subscribers(self):
        return self.observer.subscribers(CHANNEL) - 1  # the witness

    def wait_subscribed(self):
        wire.wait_until(lambda: self.subscribers() == self.options.gateways, CONVERGENCE_MAX_S, 0.05, "subscriptions")

    def watch_polls(self, in_force):
        """Nothing happens."""
        time.sleep(CALMED_S)
        spending = account.Account(self.fleet, self.observer)
        time.sleep(self.options.steady_s)
        self.polls.append(spending.close(in_force, 0, []))

    def restart_redis(self):
        traffic = self.fleet.traffic()
        self.redis.kill()
        time.sleep(TRAILING_S)  # what it had sent before has been read
        self.fleet.mark()
        time.sleep(OUTAGE_S)
        self.redis.start()
        back_us = account.now_us()
        spending = account.Account(self.fleet, self.observer, traffic, self.observer.reconnect())
        self.witness.close()
        self.witness = Witness(self.redis.address, CHANNEL)
        roll = self.fleet.answers(CONVERGENCE_MAX_S)
        assert roll["count"] == self.options.gateways, f"Redis is back, and {roll['count']} gateways know"
        back_us = min(back_us, *roll["at_us"])
        self.wait_subscribed()
        note = f"all subscribed again after {(account.now_us() - back_us) / 1e6:.1f} s"
        self.events.append(spending.close("Redis restart", back_us, roll["at_us"], note))

    def restart_fleet(self):
        """All gateways begin at once, without state files."""
        self.fleet.close()
        wire.wait_until(lambda: self.subscribers() == 0, CONVERGENCE_MAX_S, 0.05, "the old fleet's end")
        sample = self.observer.sample()
        begun_us = account.now_us()
        self.start_fleet()
        nothing = dict.fromkeys(self.fleet.traffic(), 0)
        spending = account.Account(self.fleet, self.observer, nothing, sample)
        spending.cpu_s = 0.0
        at_us = self.everybody_has(max(self.contents))
        self.wait_subscribed()
        self.events.append(spending.close("whole fleet starts", begun_us, at_us))

    def check(self, traffic):
        for what in ("mixed", "backward", "refused"):
            assert traffic[what] == 0, f"{what}: {traffic}"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--gateways", type=int, required=True)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    options.steady_s = 3.0 if options.short else 10.0
    return options


def raise_file_limit(gateways):
    """Of Redis and the fleet, which inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CLIENTS_A_GATEWAY * gateways + 200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        sys.exit(f"simulation.py: {gateways} gateways need {wanted} open files, the limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else hard, hard))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leaves through the blocks that stop what was started
    options = parse_arguments()
    raise_file_limit(options.gateways)
    passes = [Simulation(options, spread_ms).run() for spread_ms in ([0] if options.short else [0, SPREAD_MS])]
    pages = [report.tables(one) for one in passes]
    if not options.short:
        pages.append(report.projection(passes[-1]))
    page, is_kept = report.claims(passes[0])
    print("\n\n".join([*pages, page]))
    if options.json:
        options.json.write_text(json.dumps([report.as_json(one) for one in passes], indent=1) + "\n")
    sys.exit(1 if (options.strict or options.short) and not is_kept else 0)


if __name__ == "__main__":
    main()
