"""Asks the admin listener as an orchestrator does: a connection a probe, a second's patience; livez, readyz and a
scrape in turns.

    tally = probe(gateway.admin_address, 1000)
    tally.failures, tally.percentile_ms(0.99)
"""

import time

import wire

PATHS = ("/livez", "/readyz", "/metrics")
TIMEOUT_S = 1.0  # Kubernetes' own
PAUSE_S = 0.002


class Tally:
    def __init__(self):
        self.seconds, self.failures = [], []

    @property
    def count(self):
        return len(self.seconds)

    def percentile_ms(self, share):
        return 1000 * sorted(self.seconds)[min(self.count - 1, int(share * self.count))]

    def __str__(self):
        return (f"{self.count} probes, {len(self.failures)} failed, p50 {self.percentile_ms(0.5):.1f} ms, "
                f"p99 {self.percentile_ms(0.99):.1f} ms, largest {1000 * max(self.seconds):.1f} ms")


def ask(address, path):
    """None, or what is wrong."""
    try:
        with wire.Connection(address, timeout_s=TIMEOUT_S) as connection:
            response = connection.ask(wire.request("GET", path))
        return None if response.status == 200 else f"{path}: {response}"
    except Exception as error:  # whatever it is: an orchestrator would count it
        return f"{path}: {error!r}"


def probe(address, count=None, until=lambda: False, pause_s=PAUSE_S, paths=PATHS, tally=None):
    """So many probes, or until it is true."""
    tally = tally or Tally()
    while not until() and (count is None or tally.count < count):
        path = paths[tally.count % len(paths)]
        begin = time.monotonic()
        failure = ask(address, path)
        tally.seconds.append(time.monotonic() - begin)
        tally.failures += [f"at {begin:.1f}: {failure}"] if failure else []
        time.sleep(pause_s)
    return tally
