#!/usr/bin/python3
"""Writes monitoring/prometheus-rule.yaml: the groups of deploy/prometheus/promogate.rules.yml as a PrometheusRule.

    deploy/kubernetes/render-rules.py            after each change of the rules
    deploy/kubernetes/render-rules.py --check    exit 1 when it is not what the rules say

Prometheus reads the file, its operator the object; kustomize can neither read the one nor make the other of it. The
text below `groups:` is taken as it is, comments included, two spaces further right.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
RULES = HERE.parent / "prometheus" / "promogate.rules.yml"
OBJECT = HERE / "monitoring" / "prometheus-rule.yaml"
HEAD = """\
# Written by deploy/kubernetes/render-rules.py from deploy/prometheus/promogate.rules.yml: change that.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: promogate
  labels:
    app.kubernetes.io/name: promogate
spec:
"""


def render(rules):
    """`rules` is the file's text, whose line `groups:` has nothing but comments before it."""
    before, mark, groups = rules.partition("groups:\n")
    if not mark or any(line and not line.startswith("#") for line in before.splitlines()):
        sys.exit(f"{RULES}: something stands before `groups:`")
    lines = (mark + groups).splitlines()
    return HEAD + "".join(f"  {line}\n" if line else "\n" for line in lines)


def main():
    rendered = render(RULES.read_text("utf-8"))
    if sys.argv[1:] == ["--check"]:
        if not OBJECT.exists() or OBJECT.read_text("utf-8") != rendered:
            sys.exit(f"{OBJECT} is not what {RULES} says: run deploy/kubernetes/render-rules.py")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        OBJECT.write_text(rendered, "utf-8")


if __name__ == "__main__":
    main()
