"""A tenth of a processor, and more load than that: the gateway is slow, says why, is never wrong, is not restarted."""

import os
import time

import pytest

import prometheus
from cpu_quota import CpuQuota, Unavailable
from gateway import Gateway
from load import Load
from probing import probe
from releases import numbered_set
from wire import wait_until
from witness import Witness

CPUS = 0.1
LOAD_S = 6.0
CONNECTIONS = 64
STUCK_AFTER_S = 5  # a worker that waits for its processor is not stuck; much less than the default 30 all the same


@pytest.fixture(scope="module")
def throttled():
    """Its life under load: (gateway, probes, testimony). A sanitizer's build needs the whole tenth for its start."""
    if os.environ.get("PROMOGATE_SANITIZE"):
        pytest.skip("a sanitizer's build is several times slower: another quota")
    try:
        with CpuQuota(CPUS) as quota, Gateway(numbered_set(1), {}, launcher=quota.launcher,
                                              stuck_after_s=STUCK_AFTER_S) as gateway:
            with Load(gateway.address, CONNECTIONS), Witness(gateway.address, callers=1) as witness:
                end = time.monotonic() + LOAD_S
                probes = probe(gateway.admin_address, until=lambda: time.monotonic() > end, paths=("/livez", "/readyz"))
                testimony = witness.stop()
            yield gateway, probes, testimony
    except Unavailable as reason:
        pytest.skip(str(reason))


def test_a_gateway_has_one_worker_a_processor_of_its_quota():
    """And not one a processor of the machine, which would spend the quota at once and then wait."""
    try:
        with CpuQuota(1.2 * CPUS) as quota, Gateway(numbered_set(1), {}, launcher=quota.launcher, workers=0) as gateway:
            assert metrics(gateway)["promogate_workers"].total() == 1 < os.cpu_count()
    except Unavailable as reason:
        pytest.skip(str(reason))


def metrics(gateway):
    return prometheus.parse(gateway.admin("/metrics").body.decode())


def test_livez_and_readyz_are_200_throughout(throttled):
    _, probes, _ = throttled
    print(probes)
    assert probes.failures == [] and probes.count >= 10


def test_each_answer_is_a_right_decision_or_the_fallback_of_its_cause(throttled):
    gateway, _, testimony = throttled
    print(testimony)
    testimony.judge({gateway.get(user_id="u1", aoi="A1", amount=1).json()["release"]: 1})
    assert set(testimony.causes) <= {"saturated"}


def test_metrics_tell_the_quota_and_that_it_throttles(throttled):
    gateway, _, _ = throttled
    families = metrics(gateway)
    assert families["promogate_cpu_quota_cpus"].total() == CPUS
    assert families["promogate_cpu_throttled_periods_total"].total() >= 0.5 * LOAD_S * 10
    assert families["promogate_cpu_throttled_seconds_total"].total() > 0


def test_no_worker_is_taken_for_stuck_and_nothing_restarts(throttled):
    gateway, _, _ = throttled
    assert gateway.process.poll() is None
    assert gateway.admin("/livez").status == 200
    assert [event for event in gateway.events if event["event"] in ("worker_stuck", "listening")][1:] == []


def test_when_the_load_ends_decisions_are_whole_again(throttled):
    gateway, _, _ = throttled
    wait_until(lambda: not gateway.get(user_id="u1", aoi="A1", amount=1).json()["degraded"], 30,
                    what="no fallback")
