"""The files that are tested here, read once."""

import json
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/promogate.rules.yml"
RULES_TEST = ROOT / "deploy/prometheus/promogate.rules.test.yml"
DASHBOARD = ROOT / "deploy/grafana/promogate.json"
RUNBOOK = ROOT / "deploy/RUNBOOK.md"
OF_PROMETHEUS = {"up", "ALERTS"}  # series that it makes itself

rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
alerts = [rule for rule in rules if "alert" in rule]
recorded = {rule["record"] for rule in rules if "record" in rule}
rule_tests = yaml.safe_load(RULES_TEST.read_text())["tests"]
dashboard = json.loads(DASHBOARD.read_text())
panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
runbook = RUNBOOK.read_text() if RUNBOOK.exists() else ""


def runbook_sections():
    """{heading: text} of the alerts' sections, which are those of depth three."""
    parts = re.split(r"(?m)^(#{1,3}) (.+)$", runbook)
    return {heading: text for depth, heading, text in zip(parts[1::3], parts[2::3], parts[3::3]) if depth == "###"}


def anchor(heading):
    """As GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
