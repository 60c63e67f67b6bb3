#!/usr/bin/python3
"""Probes a gateway's admin port during each kind of flood, and during all of them at once.

    tests/faults/probe_run.py --probes 10000 [--build build/release] [--p99-ms 50]

A line a flood: count, failures, p50 and p99. Exit 0 when no probe failed and no p99 was past the goal, else 1.
"""

import argparse
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))


def run(count, p99_max_ms):
    """Whether all was well."""
    import floods
    import probing
    from gateway import Gateway, raise_file_limit
    raise_file_limit()
    is_well, each = True, -(-count // (len(floods.ALL) + 1))
    with Gateway(limits=floods.LIMITS) as gateway:
        for name, flood in [("nothing", None), *floods.ALL.items()]:
            if flood is None:
                tally = probing.probe(gateway.admin_address, each)
            else:
                with flood(gateway.address):
                    tally = probing.probe(gateway.admin_address, each)
            print(f"{name:12} {tally}", flush=True)
            for failure in tally.failures[:5]:
                print(f"{'':12} {failure}")
            is_well &= not tally.failures and tally.percentile_ms(0.99) <= p99_max_ms
    print("all well" if is_well else f"NOT within 0 failures and a p99 of {p99_max_ms} ms")
    return is_well


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("--probes", type=int, default=10000)
    options.add_argument("--build", default="build/debug")
    options.add_argument("--p99-ms", type=float, default=50.0)
    given = options.parse_args()
    os.environ.setdefault("PROMOGATE_BUILD_DIR", given.build)
    return 0 if run(given.probes, given.p99_ms) else 1


if __name__ == "__main__":
    sys.exit(main())
