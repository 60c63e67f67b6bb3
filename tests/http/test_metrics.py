"""/metrics as scrapers read it: both formats, labels with an end, and counters that outlive a release."""

import shutil
import subprocess

import prometheus
import pytest
from gateway import Gateway
from policies import POLICIES

parser = pytest.importorskip("prometheus_client.openmetrics.parser", reason="python3-prometheus-client is missing")

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
SERIES_MAX = 600


def scrape(gateway, accept=None):
    return gateway.admin("/metrics", headers=[("Accept", accept)] if accept else [])


def families(gateway):
    return prometheus.parse(scrape(gateway).body.decode())


def decide(gateway, user, **more):
    return gateway.get(user_id=user, aoi="A1", amount=100, **more).json()


def with_experiments(count):
    """So many policies for all, each an experiment of two variants; each user gets the one of the highest priority."""
    offer = {"coupon": "C", "kind": "coupon"}
    return {f"e{number:03d}.json": {
        "id": f"e{number:03d}", "scope": {"type": "all"}, "priority": number,
        "experiment": {"salt": "s", "variants": [{"name": "control", "weight": 5000, "offer": None},
                                                 {"name": "treated", "weight": 5000, "offer": offer}]},
    } for number in range(count)}


def test_openmetrics_is_given_to_who_asks_for_it_and_a_strict_reader_accepts_it(gateway):
    response = scrape(gateway, OPENMETRICS)
    assert response.header("Content-Type") == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    found = {family.name: family for family in parser.text_string_to_metric_families(response.body.decode())}
    assert found["promogate_build"].type == "info"
    assert found["promogate_decisions"].type == "counter"
    assert response.body.endswith(b"# EOF\n")


def test_both_formats_hold_the_same_samples(gateway):
    def names(body):
        return {line.split(" ")[0] for line in body.decode().splitlines() if not line.startswith("#")}
    assert names(scrape(gateway, OPENMETRICS).body) == names(scrape(gateway).body)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is missing")
def test_promtool_finds_nothing_to_say(gateway):
    gateway.get()
    check = subprocess.run(["promtool", "check", "metrics"], input=scrape(gateway).body, capture_output=True, timeout=30)
    assert (check.returncode, check.stdout, check.stderr) == (0, b"", b"")


def test_offers_and_exposures_are_counted_by_policy_and_variant():
    with Gateway(with_experiments(1)) as gateway:
        variants = {"control": 0, "treated": 0}
        for number in range(40):
            (exposure,) = decide(gateway, f"u{number}")["exposures"]
            variants[exposure["variant"]] += 1
        found = families(gateway)
        exposures = found["promogate_experiment_exposures_total"]
        assert {name: exposures.total(policy="e000", variant=name) for name in variants} == variants
        assert found["promogate_policy_offers_total"].total(policy="e000") == variants["treated"] > 0


def test_a_policys_counters_go_on_in_the_next_release():
    with Gateway(with_experiments(1)) as gateway:
        treated = next(user for user in map(str, range(99)) if decide(gateway, user)["offers"])
        gateway.publish(with_experiments(2))
        decide(gateway, treated)
        assert families(gateway)["promogate_policy_offers_total"].total(policy="e000") == 2


def test_with_many_policies_interfaces_and_workers_the_series_stay_below_their_bound():
    interfaces = [{"name": f"i{number}", "degrade": "on" if number else "auto", "fallback": "none"}
                  for number in range(8)]
    with Gateway(with_experiments(200), workers=16, interfaces=interfaces,
                 fallbacks=[{"name": "none", "offers": []}]) as gateway:
        assert len(decide(gateway, "u1", interface="i0")["exposures"]) == 200
        body = scrape(gateway).body.decode()
        assert sum(not line.startswith("#") for line in body.splitlines()) < SERIES_MAX
        assert len(body) < 64 * 1024
        exposures = prometheus.parse(body)["promogate_experiment_exposures_total"]
        assert len(exposures.samples) == 81 and exposures.total() == 200
        assert exposures.total(policy="e199") == 1 and exposures.total(policy="other") == 160
