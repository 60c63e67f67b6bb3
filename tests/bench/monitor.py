"""Watches a gateway from its admin port, as Prometheus and a kubelet do, only more often.

    with Monitor(gateway.admin_address, clock) as monitor:
        ...
    monitor.samples          [Sample(at, core_s, states, transitions, share), ...]   one each EVERY_S
    monitor.probes           [Probe(at, seconds, failure), ...]              /livez and /readyz, a connection each

Times are those of time.monotonic(), which the load's report is laid beside. Scrapes are parsed when all is over, so that
the watcher does not take the load's time.
"""

import collections
import threading
import time

import prometheus
import wire

EVERY_S = 0.05
PROBES = "/livez", "/readyz"
TIMEOUT_S = 2.0
STATE = "promogate_breaker_state"
SHARE = "promogate_breaker_share_ratio"
TRANSITIONS = "promogate_breaker_transitions_total"

Probe = collections.namedtuple("Probe", "at seconds failure")
# core_s by the CoreClock; states and share by interface; transitions by (interface, from, to) since the gateway's start
Sample = collections.namedtuple("Sample", "at core_s states transitions share")


def of_the_breaker(text):
    """The lines of its metrics that have samples: before the first transition one has none."""
    names = [name for name in (STATE, SHARE, TRANSITIONS) if f"\n{name}{{" in text]
    starts = tuple(f"{start}{name}{end}" for name in names
                   for start, end in (("# HELP ", " "), ("# TYPE ", " "), ("", "{")))
    return "".join(line for line in text.splitlines(keepends=True) if line.startswith(starts))


def sample_of(at, core_s, text):
    """What a scrape says of the breaker; without its metrics the members are empty."""
    own = of_the_breaker(text)
    families = prometheus.parse(own) if own else {}

    def values(name):
        family = families.get(name)
        return [(dict(labels), value) for (_, labels), value in family.samples.items()] if family else []

    return Sample(at, core_s,
                  {labels["interface"]: labels["state"] for labels, value in values(STATE) if value == 1},
                  {(labels["interface"], labels["from"], labels["to"]): value for labels, value in values(TRANSITIONS)},
                  {labels["interface"]: value for labels, value in values(SHARE)})


class Monitor(threading.Thread):
    def __init__(self, admin_address, clock):
        super().__init__(daemon=True)
        self._address, self._clock, self._is_over = admin_address, clock, threading.Event()
        self._scrapes, self.probes, self._samples = [], [], None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self.join()

    def run(self):
        due = time.monotonic()
        while not self._is_over.is_set():
            text = self._ask("/metrics")
            if text is not None:
                self._scrapes.append((time.monotonic(), self._clock.read_s(), text))
            for path in PROBES:
                self._ask(path)
            due = max(due + EVERY_S, time.monotonic())
            self._is_over.wait(max(0.0, due - time.monotonic()))

    def _ask(self, path):
        """Every path is a probe; the text of an answer of status 200, else None."""
        begin = time.monotonic()
        try:
            with wire.Connection(self._address, TIMEOUT_S) as connection:
                answer = connection.ask(wire.request("GET", path, (("Connection", "close"),)))
            failure = None if answer.status == 200 else f"{path}: status {answer.status}"
        except Exception as error:  # whatever it is: the prober has no answer
            failure = f"{path}: {type(error).__name__}"
        self.probes.append(Probe(begin, time.monotonic() - begin, failure))
        return None if failure else answer.body.decode()

    @property
    def latest(self):
        """The newest sample, None before the first."""
        return sample_of(*self._scrapes[-1]) if self._scrapes else None

    @property
    def samples(self):
        """All of them; to be asked for when the watch is over."""
        if self._samples is None:
            self._samples = [sample_of(*scrape) for scrape in self._scrapes]
        return self._samples
