"""The dashboard: Grafana can lay it out, Prometheus can read it, and a healthy gateway fills it."""

import json
import math
import re
import shutil
import subprocess
import threading

import documents
import promql
import pytest
from exposed import SCRAPED
from gateway import CONFIG, Gateway
from policies import AOI, context
from prometheus_server import PROGRAM, PrometheusServer

VARIABLES = ["datasource", "job", "instance", "interface", "route"]
SAYS_WHEN = "Has data only"  # so begins the sentence of a panel that may be empty
UNITS = {"none", "s", "bytes", "Bps", "ops", "reqps", "percentunit"}
EXPRESSIONS = [(panel["title"], target["expr"]) for panel in documents.panels for target in panel["targets"]] + [
    (note["name"], note["expr"]) for note in documents.dashboard["annotations"]["list"]]
OF_A_BUSY_MACHINE = "Promogate(Latency|Breaker|Shedding|Overload|Workers|Cpu|Control|Availability).*"
AUTO_INTERFACES = [{**interface, "degrade": "auto"} for interface in CONFIG["interfaces"]]


def plain(expression):
    """The expression as Grafana would send it, all of everything chosen."""
    chosen = {"__rate_interval": "10s", "job": "promogate", "instance": ".*", "interface": ".*", "route": ".*"}
    return re.sub(r"\$(\w+)", lambda match: chosen[match[1]], expression)


def title_of(panel):
    return panel["title"]


# Grafana


def test_it_is_a_dashboard_of_grafana_9_or_10():
    assert 36 <= documents.dashboard["schemaVersion"] <= 39
    assert documents.dashboard["title"] and documents.dashboard["uid"] and "id" not in documents.dashboard
    ids = [panel["id"] for panel in documents.dashboard["panels"]]
    assert len(set(ids)) == len(ids)


def test_its_rows_are_those_that_an_on_call_person_goes_through():
    rows = [panel["title"] for panel in documents.dashboard["panels"] if panel["type"] == "row"]
    assert rows == ["Now", "Traffic", "Decisions by cause", "Policies and experiments", "Breaker, switches and limits",
                    "Workers", "Snapshot, refresh and source", "Process"]


def test_no_panel_lies_on_another_and_all_fit():
    taken = set()
    for panel in documents.dashboard["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells


def test_its_variables_are_the_source_and_what_one_narrows_down():
    listed = documents.dashboard["templating"]["list"]
    assert [variable["name"] for variable in listed] == VARIABLES
    assert listed[0]["type"] == "datasource" and listed[0]["query"] == "prometheus"


@pytest.mark.parametrize("panel", documents.panels, ids=title_of)
def test_a_panel_says_what_it_shows_in_which_unit_from_the_chosen_source(panel):
    assert len(panel["description"]) > 8 and panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    sources = [panel["datasource"]] + [target["datasource"] for target in panel["targets"]]
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)
    references = [target["refId"] for target in panel["targets"]]
    assert len(set(references)) == len(references)


def test_titles_occur_once():
    titles = [panel["title"] for panel in documents.panels]
    assert sorted(set(titles)) == sorted(titles)


# Prometheus


def test_promtool_can_read_every_expression(promtool, tmp_path):
    rules = [{"record": f"panel:expression:{number}", "expr": plain(expression)}
             for number, (_, expression) in enumerate(EXPRESSIONS)]
    file = tmp_path / "panels.yml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run([promtool, "check", "rules", "--lint=none", file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_series_that_a_panel_reads_is_there(samples):
    own = documents.OF_PROMETHEUS | documents.recorded
    asked = [(title, selector) for title, expression in EXPRESSIONS for selector in promql.selectors(plain(expression))]
    assert [(title, missed) for title, selector in asked if selector.name not in own
            for missed in selector.misses(samples)] == []


def test_every_label_that_a_panel_groups_or_names_by_is_there(samples):
    there = set(SCRAPED) | {"le"} | {label for _, found in samples for label in found}
    legends = [target.get("legendFormat", "") for panel in documents.panels for target in panel["targets"]]
    named = {label for legend in legends for label in re.findall(r"\{\{(\w+)\}\}", legend)}
    named |= {label for _, expression in EXPRESSIONS for label in promql.labels(plain(expression))}
    assert named - there == set()


def test_what_a_gateway_exposes_is_shown(samples):
    """A series that nobody looks at is a series too many; what stands here is for questions, not for looks."""
    unshown = {"promogate_snapshot_activated_timestamp_seconds"}
    read = {selector.name for _, expression in EXPRESSIONS for selector in promql.selectors(plain(expression))}
    bases = {re.sub(r"_(bucket|sum|count)$", "", name) for name in read}
    found = {re.sub(r"_(bucket|sum|count)$", "", name) for name, _ in samples}
    assert found - bases - documents.recorded == unshown


# a healthy gateway under a real Prometheus


class Callers(threading.Thread):
    """Some requests a second, until told to end."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self._gateway, self._is_over = gateway, threading.Event()

    def run(self):
        number = 0
        while not self._is_over.wait(0.05):
            number += 1
            self._gateway.get(user_id=f"u{number}", aoi=AOI, amount=6200)
            self._gateway.batch({"requests": [context(), context(user_id=f"v{number}")]})

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self.join()


@pytest.fixture(scope="module")
def watched():
    if shutil.which(PROGRAM) is None:
        pytest.skip("prometheus is missing: Debian's package of that name")
    with Gateway(interfaces=AUTO_INTERFACES) as gateway, Callers(gateway):
        host, port = gateway.admin_address
        with PrometheusServer({f"{host}:{port}"}, documents.RULES) as server:
            server.wait_scrapes(4)
            yield server


def shows(server, expression):
    return any(not math.isnan(value) for _, value in server.query(plain(expression)))


@pytest.mark.parametrize("panel", documents.panels, ids=title_of)
def test_a_healthy_gateway_fills_a_panel_or_its_description_says_when(watched, panel):
    asked = [target["expr"] for target in panel["targets"]]
    assert SAYS_WHEN in panel["description"] or all(shows(watched, expression) for expression in asked), asked


def test_a_healthy_gateway_rings_nothing(watched):
    assert watched.query('up{job="promogate"}')[0][1] == 1
    assert watched.query(f'ALERTS{{alertname!~"{OF_A_BUSY_MACHINE}"}}') == []
    failed = watched.query('job:promogate_questions_failed:ratio_rate5m{job="promogate"}')
    assert [0 <= value < 1 for _, value in failed] == [True]
