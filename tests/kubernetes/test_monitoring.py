"""What Prometheus' operator and Grafana get is what deploy/prometheus and deploy/grafana say, and it fits."""

import json
import subprocess
import sys

import manifests
from manifests import BASE, KUBERNETES, MONITORING, PRODUCTION, ROOT, all_of, one

SCRIPT = KUBERNETES / "render-rules.py"
RULES = ROOT / "deploy" / "prometheus" / "promogate.rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "promogate.json"
OBJECT_BYTES_MAX = 1 << 20  # of a ConfigMap, by the API server

MORE_RULES = """
  - name: more
    rules:
      - record: a
        expr: |
          # why
          b > 1
"""


def test_the_rules_are_those_of_the_rules_file_to_the_letter():
    (rules,) = manifests.read(RULES)
    (rendered,) = manifests.read(MONITORING / "prometheus-rule.yaml")
    assert rendered["spec"] == {"groups": rules["groups"]}
    assert subprocess.run([sys.executable, SCRIPT, "--check"], timeout=60).returncode == 0


def copy_of_tree(folder):
    for name in (SCRIPT, RULES, MONITORING / "prometheus-rule.yaml"):
        copied = folder / name.relative_to(ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(name.read_bytes())
    return [sys.executable, folder / SCRIPT.relative_to(ROOT)], folder / RULES.relative_to(ROOT)


def run(command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_a_rule_that_was_changed_and_not_rendered_is_noticed_until_it_is(tmp_path):
    command, rules = copy_of_tree(tmp_path)
    rules.write_text(rules.read_text() + MORE_RULES)
    assert "run deploy/kubernetes/render-rules.py" in run([*command, "--check"]).stderr
    assert run(command).returncode == 0 and run([*command, "--check"]).returncode == 0
    (rendered,) = manifests.read(tmp_path / (MONITORING / "prometheus-rule.yaml").relative_to(ROOT))
    assert rendered["spec"]["groups"] == manifests.read(rules)[0]["groups"]
    assert rendered["spec"]["groups"][-1]["rules"] == [{"record": "a", "expr": "# why\nb > 1\n"}]


def test_rules_that_have_something_before_their_groups_are_refused(tmp_path):
    command, rules = copy_of_tree(tmp_path)
    rules.write_text("other: 1\ngroups:\n  - name: a\n    rules: []\n")
    assert "before `groups:`" in run(command).stderr
    rules.write_text("nothing: 1\n")
    assert run(command).returncode == 1


def test_no_object_is_larger_than_the_api_server_takes_and_the_dashboard_is_where_grafana_looks():
    assert len(DASHBOARD.read_bytes()) < OBJECT_BYTES_MAX
    (generator,) = manifests.kustomization(DASHBOARD.parent)["configMapGenerator"]
    assert generator["files"] == [DASHBOARD.name]
    assert generator["options"] == {"disableNameSuffixHash": True, "labels": {"app.kubernetes.io/name": "promogate",
                                                                              "grafana_dashboard": "1"}}


def test_production_carries_the_dashboard_and_the_base_asks_for_no_operator():
    for item in manifests.base_files():
        assert not item["apiVersion"].startswith("monitoring.coreos.com/")
    dashboard = one(manifests.build(PRODUCTION), "ConfigMap", "promogate-dashboard")
    assert json.loads(dashboard["data"][DASHBOARD.name]) == json.loads(DASHBOARD.read_text("utf-8"))
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert all_of(manifests.build(BASE), "ServiceMonitor") == []
