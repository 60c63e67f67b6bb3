"""A gateway whose source is Redis, and what its suites ask it.

    with RedisGateway(redis.url()) as gateway:
        gateway.wait_release(7)
        gateway.metric("promogate_source_bytes_total")
"""

import os

import prometheus
import wire
from gateway import Gateway

IS_SANITIZED = bool(os.environ.get("PROMOGATE_SANITIZE"))
FAST = {"poll_ms": 200, "spread_ms": 0}
ACTIVE_S = 10.0
REFUSALS = ("snapshot_refused", "source_unavailable")


class RedisGateway(Gateway):
    def __init__(self, url, redis=None, **config):
        """`redis` changes FAST; further settings as for Gateway."""
        super().__init__(source=url, redis={**FAST, **(redis or {})}, **config)

    def wait_release(self, release, timeout_s=ACTIVE_S, since=0):
        """The event that says that this release is in force."""
        while True:
            event = self.wait_event("snapshot_active", timeout_s, since)
            if event["release"] == release:
                return event
            since = self.events.index(event, since) + 1

    def wait_reason(self, words, names=REFUSALS, timeout_s=ACTIVE_S, since=0):
        """The first event among those whose reason has these words; of a refusal it is a problem's."""
        names = [name for name in names if name != "snapshot_refused"] + ["snapshot_problem"]
        while True:
            event = self.wait_event(names, timeout_s, since)
            if words in event["reason"]:
                return event
            since = self.events.index(event, since) + 1

    def tells(self, *words):
        """The log and the status page say why there is nothing new, in these words; what the log says."""
        event = self.wait_reason(words[0])
        error = self.status()["source"]["error"]
        for word in words:
            assert word in event["reason"] and word in error, (event, error)
        return event["reason"]

    def polls_on(self, times):
        """Returns when Redis has been asked as many times more."""
        name = "promogate_source_exchanges_total"
        before = self.metric(name)
        wire.wait_until(lambda: self.metric(name) >= before + times, what=f"{times} polls")

    def metric(self, name, **labels):
        families = prometheus.parse(self.admin("/metrics").body.decode())
        return families[name].total(**labels)

    def status(self):
        response = self.admin("/admin/status")
        assert response.status == 200
        return response.json()

    def decide(self):
        """The decision of a plain context."""
        return self.get().json()

    def is_ready(self):
        return self.admin("/readyz").status == 200

    def wait_end(self, timeout_s=ACTIVE_S):
        """After the process' end: until all that it wrote has been read."""
        self._reader.join(timeout_s)
