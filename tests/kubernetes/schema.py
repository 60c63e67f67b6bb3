"""Whether an API server would take an object, told without one: fields, types, what is required, a few vocabularies.

    problems(document) == []
    problems(document) == ["/spec/replicas: 3.5 is no int", "/spec/selctor: unknown field"]

Fields, types and what is required come from the models of the packaged Python client, which are generated from the
API's own description; what is newer than that client stands in ADDED, what the operator of Prometheus defines in
CUSTOM, as far as we use it. Values that the models only call a string, and the API server does not, are WORDS.
"""

import functools
import re

from kubernetes.client import Configuration, models

# Kubernetes 1.23 made v2 of v2beta2, field by field; Debian 12's client is of 1.22.
SCALER = "V2" if hasattr(models, "V2HorizontalPodAutoscaler") else "V2beta2"

MODELS = {
    ("v1", "ConfigMap"): "V1ConfigMap",
    ("v1", "Namespace"): "V1Namespace",
    ("v1", "Secret"): "V1Secret",
    ("v1", "Service"): "V1Service",
    ("v1", "ServiceAccount"): "V1ServiceAccount",
    ("apps/v1", "Deployment"): "V1Deployment",
    ("autoscaling/v2", "HorizontalPodAutoscaler"): f"{SCALER}HorizontalPodAutoscaler",
    ("networking.k8s.io/v1", "NetworkPolicy"): "V1NetworkPolicy",
    ("policy/v1", "PodDisruptionBudget"): "V1PodDisruptionBudget",
    ("monitoring.coreos.com/v1", "ServiceMonitor"): "ServiceMonitor",
    ("monitoring.coreos.com/v1", "PrometheusRule"): "PrometheusRule",
}

# Fields that Debian 12's client, of 1.22, does not know; Debian 13's, of 1.30, does.
ADDED = {
    "V1PodDisruptionBudgetSpec": {"unhealthyPodEvictionPolicy": "str"},  # on since 1.27
    "V1TopologySpreadConstraint": {"matchLabelKeys": "list[str]", "nodeTaintsPolicy": "str"},  # on since 1.27, 1.26
}

# (fields, required)
CUSTOM = {
    "ServiceMonitor": ({"apiVersion": "str", "kind": "str", "metadata": "V1ObjectMeta", "spec": "ServiceMonitorSpec"},
                       {"spec"}),
    "ServiceMonitorSpec": ({"jobLabel": "str", "selector": "V1LabelSelector", "endpoints": "list[Endpoint]"},
                           {"selector", "endpoints"}),
    "Endpoint": ({"port": "str", "path": "str", "scheme": "str", "interval": "str", "scrapeTimeout": "str"}, {"port"}),
    "PrometheusRule": ({"apiVersion": "str", "kind": "str", "metadata": "V1ObjectMeta", "spec": "PrometheusRuleSpec"},
                       {"spec"}),
    "PrometheusRuleSpec": ({"groups": "list[RuleGroup]"}, {"groups"}),
    "RuleGroup": ({"name": "str", "interval": "str", "limit": "int", "rules": "list[Rule]"}, {"name", "rules"}),
    "Rule": ({"alert": "str", "record": "str", "expr": "object", "for": "str", "keep_firing_for": "str",
              "labels": "dict(str, str)", "annotations": "dict(str, str)"}, {"expr"}),
}

WORDS = {
    ("V1Container", "imagePullPolicy"): {"Always", "IfNotPresent", "Never"},
    ("V1ContainerPort", "protocol"): {"TCP", "UDP", "SCTP"},
    ("V1DeploymentStrategy", "type"): {"RollingUpdate", "Recreate"},
    ("V1NetworkPolicyPort", "protocol"): {"TCP", "UDP", "SCTP"},
    ("V1NetworkPolicySpec", "policyTypes"): {"Ingress", "Egress"},
    ("V1PodDisruptionBudgetSpec", "unhealthyPodEvictionPolicy"): {"IfHealthyBudget", "AlwaysAllow"},
    ("V1PodSecurityContext", "fsGroupChangePolicy"): {"OnRootMismatch", "Always"},
    ("V1SeccompProfile", "type"): {"RuntimeDefault", "Localhost", "Unconfined"},
    ("V1TopologySpreadConstraint", "whenUnsatisfiable"): {"DoNotSchedule", "ScheduleAnyway"},
    ("V1TopologySpreadConstraint", "nodeTaintsPolicy"): {"Honor", "Ignore"},
    (f"{SCALER}HPAScalingPolicy", "type"): {"Percent", "Pods"},
    (f"{SCALER}HPAScalingRules", "selectPolicy"): {"Max", "Min", "Disabled"},
    (f"{SCALER}MetricSpec", "type"): {"Resource", "Pods", "Object", "External", "ContainerResource"},
    (f"{SCALER}MetricTarget", "type"): {"Utilization", "Value", "AverageValue"},
}

SCALARS = {"str": (str,), "int": (int,), "bool": (bool,), "float": (int, float), "object": (str, int),
           "datetime": (str,)}
LIST, DICT = re.compile(r"list\[(.+)\]"), re.compile(r"dict\(str, (.+)\)")
NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


def _is_required(model, attribute):
    """The models say it by refusing None."""
    blank = object.__new__(model)
    blank.local_vars_configuration = Configuration()
    try:
        setattr(blank, attribute, None)
    except ValueError:
        return True
    return False


@functools.lru_cache
def _fields(name):
    """(types by the name that YAML uses, the names that are required)."""
    if name in CUSTOM:
        return CUSTOM[name]
    model = getattr(models, name)
    types = {model.attribute_map[attribute]: type_name for attribute, type_name in model.openapi_types.items()}
    required = {model.attribute_map[attribute] for attribute in model.openapi_types if _is_required(model, attribute)}
    return {**types, **ADDED.get(name, {})}, required


def _check_scalar(value, type_name, path):
    is_fine = isinstance(value, SCALARS[type_name]) and (type_name == "bool" or not isinstance(value, bool))
    return [] if is_fine else [f"{path}: {value!r} is no {type_name}"]


def _check_word(value, allowed, path):
    words = value if isinstance(value, list) else [value]
    return [f"{path}: {word!r} is none of {sorted(allowed)}" for word in words if word not in allowed]


def _check_object(value, name, path, is_patch):
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is no {name}"]
    types, required = _fields(name)
    found = [f"{path}/{field}: unknown field" for field in value if field not in types]
    if not is_patch:
        found += [f"{path}/{field}: required" for field in sorted(required) if value.get(field) is None]
    for field, member in value.items():
        if field in types:
            found += _check(member, types[field], f"{path}/{field}", is_patch)
            found += _check_word(member, WORDS[name, field], f"{path}/{field}") if (name, field) in WORDS else []
    return found


def _check(value, type_name, path, is_patch):
    if type_name in SCALARS:
        return _check_scalar(value, type_name, path)
    of_list, of_dict = LIST.fullmatch(type_name), DICT.fullmatch(type_name)
    if of_list:
        items = enumerate(value) if isinstance(value, list) else None
    elif of_dict:
        items = value.items() if isinstance(value, dict) else None
    else:
        return _check_object(value, type_name, path, is_patch)
    if items is None:
        return [f"{path}: {value!r} is no {type_name}"]
    item_type = (of_list or of_dict)[1]
    return [problem for key, item in items for problem in _check(item, item_type, f"{path}/{key}", is_patch)]


def _check_metadata(metadata):
    name, labels = metadata.get("name"), metadata.get("labels", {})
    found = [] if isinstance(name, str) and NAME.fullmatch(name) else [f"/metadata/name: {name!r} is no name"]
    return found + [f"/metadata/labels/{key}: {label!r} is no label" for key, label in labels.items()
                    if not LABEL.fullmatch(str(label))]


def problems(document, is_patch=False):
    """A patch may leave out what is required, and nothing else."""
    kind = document.get("apiVersion"), document.get("kind")
    if kind not in MODELS:
        return [f"/kind: {kind} is none that we know"]
    found = _check_object(document, MODELS[kind], "", is_patch)
    metadata = document.get("metadata")
    return found + (_check_metadata(metadata) if isinstance(metadata, dict) else ["/metadata: required"])
