"""The alert rules: promtool takes them, each is shown firing and not, what they read is there, the runbook has each."""

import re
import subprocess

import documents
import promql
import pytest
from exposed import SCRAPED
from releases import promoctl

EXAMPLE = documents.ROOT / "deploy/promogate.conf.example"
TIMEOUT_S = 100.0


def run(*command, stdin=None):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=TIMEOUT_S)
    return done.returncode, done.stdout + done.stderr


def labels_of(sample_name, samples):
    return {label for name, found in samples for label in found if name == sample_name}


# promtool


def test_promtool_takes_the_rules(promtool):
    code, said = run(promtool, "check", "rules", documents.RULES)
    assert code == 0 and "SUCCESS" in said, said


def test_every_rule_test_holds(promtool):
    code, said = run(promtool, "test", "rules", documents.RULES_TEST)
    assert code == 0, said


def test_promtool_has_nothing_to_say_about_the_real_metrics(promtool, exposures):
    assert [run(promtool, "check", "metrics", stdin=text) for text in exposures] == [(0, "")] * len(exposures)


# what they ask for


@pytest.mark.parametrize("rule", documents.rules, ids=lambda rule: rule.get("alert") or rule["record"])
def test_every_series_that_a_rule_reads_is_there(rule, samples):
    own = documents.OF_PROMETHEUS | documents.recorded
    asked = [selector for selector in promql.selectors(rule["expr"]) if selector.name not in own]
    assert [missed for selector in asked for missed in selector.misses(samples)] == []


@pytest.mark.parametrize("rule", documents.rules, ids=lambda rule: rule.get("alert") or rule["record"])
def test_every_label_that_a_rule_groups_by_or_names_is_there(rule, samples):
    texts = " ".join(rule.get("annotations", {}).values())
    named = promql.labels(rule["expr"]) | set(re.findall(r"\$labels\.(\w+)", texts))
    read = promql.selectors(rule["expr"])
    there = set(SCRAPED).union(*(labels_of(selector.name, samples) for selector in read))
    assert named - there - {"le"} == set()


# every alert


@pytest.mark.parametrize("alert", documents.alerts, ids=lambda alert: alert["alert"])
def test_an_alert_says_how_urgent_where_how_much_and_what_to_do(alert):
    notes = alert["annotations"]
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert re.search(r"\{\{ (if )?\$labels\.(instance|interface|job) \}\}", notes["summary"]), notes["summary"]
    assert re.search(r"\$value|\d|minute|ceiling|503", notes["description"]), notes["description"]
    assert notes["runbook_url"] == f"deploy/RUNBOOK.md#{alert['alert'].lower()}"


@pytest.mark.parametrize("alert", [alert["alert"] for alert in documents.alerts])
def test_an_alert_is_shown_firing_and_not_firing(alert):
    cases = [case for test in documents.rule_tests for case in test.get("alert_rule_test", ())
             if case["alertname"] == alert]
    assert [case for case in cases if case["exp_alerts"]], "it never fires"
    assert [case for case in cases if not case["exp_alerts"]], "nothing shows when it does not fire"


def test_names_of_alerts_occur_once():
    names = [alert["alert"] for alert in documents.alerts]
    assert sorted(set(names)) == sorted(names)


# runbook


def test_every_alert_has_its_section_and_every_section_its_alert():
    assert {documents.anchor(heading) for heading in documents.runbook_sections()} == {
        alert["annotations"]["runbook_url"].partition("#")[2] for alert in documents.alerts}


@pytest.mark.parametrize("alert", documents.alerts, ids=lambda alert: alert["alert"])
def test_a_section_says_what_is_felt_where_to_look_what_to_do_when_it_is_over_and_what_not_to_do(alert):
    text = documents.runbook_sections()[alert["alert"]]
    parts = re.findall(r"(?m)^- \*\*(\w+)\*\*", text)
    assert parts == ["Felt", "Look", "Do", "Over", "Not"], parts


def test_every_metric_that_the_runbook_names_is_there(samples):
    named = set(re.findall(r"\b(?:promogate|process)_[a-z_]+[a-z]\b", documents.runbook))
    there = {name for name, _ in samples}
    assert named and {name for name in named if name not in there} == set()


def settings():
    """{"group.name"} of the example, which a test of the configuration holds against the program."""
    groups = re.findall(r"(?ms)^(\w+) = \{\n(.*?)^\};", EXAMPLE.read_text())
    return {f"{group}.{name}" for group, text in groups for name in re.findall(r"(?m)^    (\w+) = ", text)}


def test_every_setting_that_the_runbook_names_is_there():
    known = settings()
    groups = {name.partition(".")[0] for name in known}
    named = {name for name in re.findall(r"`(\w+\.\w+)\b", documents.runbook) if name.partition(".")[0] in groups}
    assert named and named - known == set()


def test_every_event_that_the_runbook_names_is_one_of_the_gateway():
    sources = "".join(path.read_text() for folder in ("service", "cache")
                      for path in (documents.ROOT / folder).glob("*.[ch]"))
    events = set(re.findall(r"event\s+`(\w+)`", documents.runbook))
    assert events and [event for event in events if f'"{event}"' not in sources] == []


def test_every_panel_that_the_runbook_names_is_on_the_dashboard():
    named = set(re.findall(r"panel\s+“([^”]+)”", documents.runbook))
    assert named and named - {panel["title"] for panel in documents.panels} == set()


def test_promoctl_knows_every_option_that_the_runbook_gives_it():
    lines = re.findall(r"promoctl ([a-z]+)((?: (?![|&;>#])[^\s`]+)*)", documents.runbook)
    asked = {(command, option) for command, rest in lines for option in re.findall(r"(?<!\S)--[a-z-]+", rest)}
    helps = {command: re.findall(r"--[a-z-]+", promoctl(command, "--help").stdout) for command, _ in asked}
    assert asked and [(command, option) for command, option in asked if option not in helps[command]] == []


def test_every_link_of_the_runbook_leads_somewhere():
    links = re.findall(r"\]\(([^)]+)\)", documents.runbook)
    anchors = {"#" + documents.anchor(heading) for heading in re.findall(r"(?m)^#+ (.+)$", documents.runbook)}
    assert [link for link in links if link.startswith("#") and link not in anchors] == []
    assert [link for link in links if link[0] != "#" and not (documents.RUNBOOK.parent / link).exists()] == []
