"""The validator itself: it finds each kind of mistake, at its place, and nothing in what is right."""

import copy
import functools

import pytest

import manifests
from schema import problems

REMOVED = object()

# (kind, path, value): the value is set there, and the validator must name that place.
BROKEN = [
    ("Deployment", "/spec/replica", 3),
    ("Deployment", "/spec/selector", REMOVED),
    ("Deployment", "/spec/template", REMOVED),
    ("Deployment", "/spec/minReadySeconds", "10"),
    ("Deployment", "/spec/minReadySeconds", 1.5),
    ("Deployment", "/spec/revisionHistoryLimit", True),
    ("Deployment", "/spec/template/spec/terminationGracePeriodSecond", 45),
    ("Deployment", "/spec/template/spec/automountServiceAccountToken", "false"),
    ("Deployment", "/spec/template/spec/containers", {"name": "promogate"}),
    ("Deployment", "/spec/template/spec/containers/0/name", REMOVED),
    ("Deployment", "/spec/template/spec/containers/0/livenessProbe/httpGet/prot", "admin"),
    ("Deployment", "/spec/template/spec/containers/0/livenessProbe/httpGet/port", REMOVED),
    ("Deployment", "/spec/template/spec/containers/0/resources/limits/cpu", 2),
    ("Deployment", "/spec/template/spec/containers/0/ports/0/containerPort", "8080"),
    ("Deployment", "/spec/template/spec/containers/0/securityContext/runAsNonRoot", 1),
    ("Deployment", "/spec/template/spec/securityContext/seccompProfile/type", "Default"),
    ("Deployment", "/spec/template/spec/topologySpreadConstraints/0/whenUnsatisfiable", "DoNotScheduled"),
    ("Deployment", "/spec/template/spec/topologySpreadConstraints/0/maxSkew", REMOVED),
    ("Deployment", "/spec/template/spec/volumes/0/configMap", "promogate"),
    ("Service", "/spec/ports/0/port", REMOVED),
    ("Service", "/spec/ports/0/targetPort", True),
    ("Service", "/spec/selectors", {}),
    ("PodDisruptionBudget", "/spec/unhealthyPodEvictionPolicy", "Always"),
    ("PodDisruptionBudget", "/spec/maxUnavailable", ["20%"]),
    ("HorizontalPodAutoscaler", "/spec/maxReplicas", REMOVED),
    ("HorizontalPodAutoscaler", "/spec/metrics/0/resource/target/averageUtilisation", 60),
    ("HorizontalPodAutoscaler", "/spec/metrics/0/resource/target/type", "Utilisation"),
    ("HorizontalPodAutoscaler", "/spec/behavior/scaleDown/policies/0/value", REMOVED),
    ("NetworkPolicy", "/spec/podSelector", REMOVED),
    ("NetworkPolicy", "/spec/ingress/0/from/0/podselector", {}),
    ("NetworkPolicy", "/spec/policyTypes", ["Ingres"]),
    ("ConfigMap", "/data/promogate.conf", 1),
    ("ServiceAccount", "/metadata/name", "Promo_gate"),
    ("ServiceAccount", "/metadata/labels/app", "a label"),
    ("ServiceMonitor", "/spec/endpoints/0/intervall", "15s"),
    ("ServiceMonitor", "/spec/endpoints/0/port", 8081),
    ("ServiceMonitor", "/spec/selector", REMOVED),
    ("PrometheusRule", "/spec/groups/0/rules/0/expr", REMOVED),
    ("PrometheusRule", "/spec/groups/0/rules/0/labels", {"severity": 1}),
    ("PrometheusRule", "/spec/groups/0/rules/0/forr", "2m"),
    ("PrometheusRule", "/spec/groups/0/name", REMOVED),
]


def right_one(kind):
    objects = manifests.base_files()
    for name in ("service-monitor.yaml", "prometheus-rule.yaml"):
        objects += manifests.read(manifests.MONITORING / name)
    return copy.deepcopy(manifests.one(objects, kind))


def changed(document, path, value):
    *way, last = [int(part) if part.isdigit() else part for part in path[1:].split("/")]
    place = functools.reduce(lambda place, part: place[part], way, document)
    if value is REMOVED:
        del place[last]
    else:
        place[last] = value
    return document


@pytest.mark.parametrize("kind, path, value", BROKEN)
def test_a_mistake_is_found_at_its_place_and_nowhere_else(kind, path, value):
    document = right_one(kind)
    assert problems(document) == []
    found = problems(changed(document, path, value))
    assert found and all(problem.startswith(path) for problem in found), found


def test_of_a_kind_that_it_does_not_know_it_says_so():
    assert problems({"apiVersion": "extensions/v1beta1", "kind": "Deployment", "metadata": {"name": "a"}}) != []
    assert problems({}) != []


def test_a_patch_may_leave_out_what_is_required_and_nothing_else():
    patch = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"minReadySeconds": 5}}
    assert problems(patch) != [] and problems(patch, is_patch=True) == []
    assert problems({**patch, "spec": {"minReadySecond": 5}}, is_patch=True) == ["/spec/minReadySecond: unknown field"]
    assert problems({**patch, "spec": {"minReadySeconds": "5"}}, is_patch=True) == \
        ["/spec/minReadySeconds: '5' is no int"]


def test_a_key_that_comes_twice_is_refused():
    with pytest.raises(AssertionError, match="comes twice"):
        manifests.documents("spec: {replicas: 1, replicas: 2}")
