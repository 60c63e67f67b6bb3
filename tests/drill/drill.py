"""The incident drill; run.sh says what it does, README.md how to read it."""

import argparse
import json
import os
import pathlib
import signal
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "support"), str(HERE.parent / "bench")]

import faults  # noqa: E402
import measure  # noqa: E402
import table  # noqa: E402
import wire  # noqa: E402
import zipf  # noqa: E402
from baseline import Baseline  # noqa: E402
from gateway import ROOT  # noqa: E402
from questions import target, write_lines  # noqa: E402
from redis_gateway import RedisGateway  # noqa: E402
from redis_server import RedisServer  # noqa: E402
from releases import publish  # noqa: E402
from right_offers import right_offers  # noqa: E402

POLICIES = ROOT / "deploy/demo/policies"
NAMESPACE = "drill"
QUESTIONS = 20_000  # of the load
JUDGED = 1_000      # of these have their answers judged, in calm and in the faults
WARM_UP_S = 1
INTERFACES = [{"name": name, "degrade": "auto", "fallback": "none"} for name in ("checkout", "cart", "browse")]


class Promogate(RedisGateway):
    """As it comes: a worker a core, polls and spread by default, a state_dir; only the ports are free ones."""

    def __init__(self, redis, folder):
        super().__init__(redis.url(NAMESPACE), redis={"poll_ms": 2000, "spread_ms": 1000}, workers=0,
                         state_dir=str(folder / "state"), interfaces=INTERFACES)

    @property
    def pid(self):
        return self.process.pid


def check_answers(name, address, questions):
    with wire.Connection(address) as connection:
        for asked, right in questions:
            decision = connection.ask(wire.request("GET", asked)).json()
            if decision.get("offers") not in right:
                sys.exit(f"{name} answers {asked} with {decision}, right is one of {right}")


def largest_value_bytes(redis, pattern):
    keys = redis.call("KEYS", pattern)
    with redis.client() as client:
        lengths = client.pipeline([("STRLEN", key) for key in keys])
    return max(length for length in lengths if isinstance(length, int))  # the list of releases has none


def load_both(servers, redis, targets_file, options):
    """By name: the medians over the rounds. The servers take turns, and the turns are mirrored from round to round."""
    rounds = {name: [] for name in servers}
    for server in servers.values():
        measure.ask(server.address, targets_file, WARM_UP_S)
    for number in range(options.rounds):
        for name in servers if number % 2 == 0 else reversed(servers):
            rounds[name].append(measure.load_round(servers[name], redis, targets_file, options.seconds))
    medians = {name: {field: statistics.median(one[field] for one in of_one) for field in of_one[0]}
               for name, of_one in rounds.items()}
    for name, of_one in rounds.items():
        medians[name]["failed"] = sum(one["failed"] for one in of_one)
    return medians, rounds


def drill(options, folder, redis, servers):
    contexts = zipf.contexts(POLICIES, QUESTIONS)
    targets = [target(context) for context in contexts]
    judged = list(zip(targets, right_offers(POLICIES, contexts[:JUDGED], folder)))
    for name, server in servers.items():
        check_answers(name, server.address, judged)
    release_bytes = faults.bytes_heard(servers["promogate"])
    load, rounds = load_both(servers, redis, write_lines(folder / "targets", targets), options)
    return {
        "load": load,
        "each_round": rounds,
        "release_bytes": release_bytes,
        "largest_value_bytes": {"baseline": servers["baseline"].value_bytes,
                                "promogate": largest_value_bytes(redis, f"promogate:{{{NAMESPACE}}}:*")},
        "killed": faults.kill(servers, redis, judged, options.fault_seconds),
        "stalled": faults.stall(servers, redis, judged, options.fault_seconds),
    }


def run(options):
    facts = {"at": time.time(), "machine": table.machine(), "load_average": os.getloadavg()[0],
             "rounds": options.rounds, "seconds": options.seconds, "fault_s": options.fault_seconds,
             "connections": measure.CONNECTIONS}
    with tempfile.TemporaryDirectory(prefix="promogate-drill-") as name, RedisServer() as redis:
        folder = pathlib.Path(name)
        publish(POLICIES, redis.url(NAMESPACE))
        with Baseline(redis, POLICIES) as baseline, Promogate(redis, folder) as promogate:
            return facts | drill(options, folder, redis, {"baseline": baseline, "promogate": promogate})


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leaves through the blocks that stop the servers
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--fault-seconds", type=float, required=True)
    parser.add_argument("--json")
    options = parser.parse_args()
    result = run(options)
    print("\n".join(table.text(result)))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=1), encoding="utf-8")
    sys.exit(0 if all(holds for _, holds in table.claims(result)) else 1)


if __name__ == "__main__":
    main()
