"""deploy/kubernetes holds together: objects are valid, names and numbers agree, with each other and promogate.conf.

Each claim about objects is held in the base's files, in what kubectl makes of them, and in the overlay for production.
"""

import re

import pytest

import conf
import manifests
from manifests import BASE, KUBERNETES, MONITORING, PRODUCTION, ROOT, all_of, amount, container_of, one, pod_of
from schema import problems

USER_ID = 10001
CONNECTION_BYTES = 10 * 1024  # measured: 9.5 KB for one that asked and stays
PROGRAM_BYTES = 16 << 20  # measured: 6.5 MB with the demo set, without connections
MEMORY_SHARE = 0.95  # past it the gateway answers fallbacks only: limits.memory_max_bytes
AUDIT_BYTES = 2 * (16 << 20)  # audit.jsonl and audit.jsonl.1
STATE_FILES = 3  # two generations, one being written
STATE_IN = "/var/lib/promogate"
POD_SERVICES = ("promogate", "promogate-admin")

FORMS = {"files": (manifests.base_files, BASE), "base": (lambda: manifests.build(BASE), BASE),
         "production": (lambda: manifests.build(PRODUCTION), PRODUCTION)}


@pytest.fixture(params=FORMS)
def form(request):
    """(objects, the folder whose promogate.conf they mount)"""
    build, folder = FORMS[request.param]
    return build(), folder


@pytest.fixture
def objects(form):
    return form[0]


@pytest.fixture
def settings(form):
    return conf.settings(form[1] / "promogate.conf")


# objects

def test_each_object_is_one_that_the_api_server_takes(objects):
    assert {manifests.identity(item): problems(item) for item in objects if problems(item)} == {}
    assert len({manifests.identity(item) for item in objects}) == len(objects)


def test_each_file_of_monitoring_and_each_patch_and_example_is_valid_by_itself():
    for file in [MONITORING / "service-monitor.yaml", MONITORING / "prometheus-rule.yaml",
                 PRODUCTION / "namespace.yaml", KUBERNETES / "secret.example.yaml"]:
        assert [problems(item) for item in manifests.read(file)] == [[]], file
    for name in ("deployment.yaml", "horizontal-pod-autoscaler.yaml"):
        assert [problems(item, is_patch=True) for item in manifests.read(PRODUCTION / name)] == [[]], name


def test_kubectl_builds_of_the_base_what_its_files_say():
    built = {manifests.identity(item): item for item in manifests.build(BASE)}
    assert built == {manifests.identity(item): item for item in manifests.base_files()}


def test_production_has_every_kind_that_the_base_and_monitoring_have_in_one_namespace():
    objects = manifests.build(PRODUCTION)
    kinds = {item["kind"] for item in objects}
    assert kinds >= {item["kind"] for item in manifests.base_files()}
    assert kinds >= {"ServiceMonitor", "PrometheusRule", "Namespace"}
    assert {item["metadata"].get("namespace") for item in objects if item["kind"] != "Namespace"} == {"promo"}
    assert one(objects, "Namespace", "promo")


def test_no_object_brings_a_secret(objects):
    assert all_of(objects, "Secret") == []


# names that one object has from another

def test_each_selector_finds_the_pods_and_each_pod_its_account_config_and_names(objects):
    labels, pod = pod_of(objects)
    selectors = [one(objects, "Deployment")["spec"]["selector"]["matchLabels"],
                 one(objects, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
                 one(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
                 *[one(objects, "Service", name)["spec"]["selector"] for name in POD_SERVICES],
                 *[spread["labelSelector"]["matchLabels"] for spread in pod["topologySpreadConstraints"]]]
    assert len(selectors) == 7
    assert all(selector and selector.items() <= labels.items() for selector in selectors)
    assert one(objects, "ServiceAccount", pod["serviceAccountName"])
    (config,) = [volume["configMap"]["name"] for volume in pod["volumes"] if "configMap" in volume]
    assert "promogate.conf" in one(objects, "ConfigMap", config)["data"]


def test_each_port_that_is_named_is_the_containers(objects, settings):
    container = container_of(objects)
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"http": int(settings["listen"].rsplit(":", 1)[1]),
                     "admin": int(settings["admin.listen"].rsplit(":", 1)[1])}
    assert settings["listen"].startswith("0.0.0.0:") and settings["admin.listen"].startswith("0.0.0.0:")
    for name in POD_SERVICES:
        for port in one(objects, "Service", name)["spec"]["ports"]:
            assert port["name"] == port["targetPort"] and port["port"] == ports[port["targetPort"]]
    ingress = one(objects, "NetworkPolicy")["spec"]["ingress"]
    assert {port["port"] for rule in ingress for port in rule["ports"]} == set(ports)


def test_callers_reach_the_traffic_port_only_and_operators_every_gateway(objects):
    traffic, admin = [one(objects, "Service", name)["spec"] for name in POD_SERVICES]
    assert [port["targetPort"] for port in traffic["ports"]] == ["http"]
    assert [port["targetPort"] for port in admin["ports"]] == ["admin"]
    assert admin["clusterIP"] == "None" and admin["publishNotReadyAddresses"] is True
    rules = one(objects, "NetworkPolicy")["spec"]["ingress"]
    callers = [peer for rule in rules for peer in rule["from"] if {"port": "http"} in rule["ports"]]
    assert callers == [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"promogate-client": "true"}}}]


def test_a_gateway_may_reach_names_redis_and_the_other_gateways_and_nothing_else(objects, settings):
    policy = one(objects, "NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert all(rule.get("to") and rule.get("ports") for rule in policy["egress"])
    peers = {port["port"]: rule["to"] for rule in policy["egress"] for port in rule["ports"]}
    (redis_port,) = {int(port) for port in re.findall(r":([0-9]+)", settings["source"])}
    assert peers.pop(53) == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                              "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}]
    assert peers.pop(int(settings["admin.listen"].rsplit(":", 1)[1])) == [{"podSelector": policy["podSelector"]}]
    (redis_peer,) = peers.pop(redis_port)
    assert redis_peer.keys() == ({"ipBlock"} if "." in settings["source"].split(":6379")[0] else {"podSelector"})
    assert peers == {}


def test_the_service_monitor_takes_the_admin_service_and_no_other():
    monitor = manifests.read(MONITORING / "service-monitor.yaml")[0]["spec"]
    taken = [service for service in all_of(manifests.base_files(), "Service")
             if monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()]
    assert [service["metadata"]["name"] for service in taken] == ["promogate-admin"]
    assert monitor["endpoints"][0]["port"] in [port["name"] for port in taken[0]["spec"]["ports"]]
    assert taken[0]["metadata"]["labels"][monitor["jobLabel"]] == "promogate"


# the pod and its configuration

def test_the_configuration_is_one_that_the_gateway_takes(form, tmp_path):
    file = tmp_path / "promogate.conf"
    text = one(form[0], "ConfigMap")["data"]["promogate.conf"]
    assert text == (form[1] / "promogate.conf").read_text("utf-8")
    demo = re.sub(r'\nsource = "[^"]*"', f'\nsource = "file:{ROOT}/deploy/demo/policies"', text)
    assert demo != text
    file.write_text(demo, "utf-8")
    checked = conf.run(file, "--check")
    assert checked.returncode == 0 and "14 policies" in checked.stdout, checked.stderr


def test_the_configuration_is_a_folder_that_is_swapped_in_place(objects, form):
    _, pod = pod_of(objects)
    assert [mount for mount in container_of(objects)["volumeMounts"] if "subPath" in mount] == []
    assert one(objects, "ConfigMap")  # by its name, without a hash
    for folder in {BASE, form[1]}:
        for generator in manifests.kustomization(folder)["configMapGenerator"]:
            assert generator["options"]["disableNameSuffixHash"] is True


def test_each_path_of_the_configuration_is_mounted_and_only_state_can_be_written(objects, settings):
    _, pod = pod_of(objects)
    mounts = {mount["mountPath"]: mount for mount in container_of(objects)["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert settings["state_dir"] == STATE_IN
    assert [path for path, mount in mounts.items() if not mount.get("readOnly")] == [STATE_IN]
    assert "emptyDir" in volumes[mounts[STATE_IN]["name"]]
    secret = volumes[mounts["/run/secrets/promogate"]["name"]]["secret"]
    (example,) = manifests.read(KUBERNETES / "secret.example.yaml")
    assert secret["secretName"] == example["metadata"]["name"] and secret["defaultMode"] == 0o440
    files = [settings["admin.token_file"], settings["redis.password_file"]]
    assert sorted(example["stringData"]) == sorted(path.removeprefix("/run/secrets/promogate/") for path in files)
    assert set(example["stringData"].values()) == {""}
    assert container_of(objects)["env"] == [{"name": "PROMOGATE_TOKEN_FILE", "value": settings["admin.token_file"]}]


def test_the_pod_keeps_to_the_restricted_standard(objects):
    _, pod = pod_of(objects)
    container = container_of(objects)
    assert pod["securityContext"] == {"runAsNonRoot": True, "runAsUser": USER_ID, "runAsGroup": USER_ID,
                                      "fsGroup": USER_ID, "fsGroupChangePolicy": "OnRootMismatch",
                                      "seccompProfile": {"type": "RuntimeDefault"}}
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                            "privileged": False, "capabilities": {"drop": ["ALL"]}}
    assert pod["automountServiceAccountToken"] is False and pod["enableServiceLinks"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC", "hostAliases"} & set(pod)


def test_each_probe_asks_its_own_page_of_the_admin_port_with_patience(objects, settings):
    container = container_of(objects)
    for name, path in (("startupProbe", "/startupz"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
        assert container[name]["httpGet"] == {"path": path, "port": "admin"}
        assert container[name]["failureThreshold"] >= 3 and container[name]["timeoutSeconds"] >= 2
    live, ready = container["livenessProbe"], container["readinessProbe"]
    assert live["periodSeconds"] * live["failureThreshold"] >= settings["stuck_after_s"]
    assert ready["periodSeconds"] * 1000 < settings["drain.grace_ms"]


def test_the_grace_period_is_longer_than_the_drain(objects, settings):
    _, pod = pod_of(objects)
    drain_s = (settings["drain.grace_ms"] + settings["drain.timeout_ms"]) / 1000
    assert drain_s + 10 <= pod["terminationGracePeriodSeconds"] <= drain_s + 60
    assert settings["drain.grace_ms"] >= 5000


# sizes

def test_memory_is_reserved_as_it_is_limited_and_the_ceilings_add_up_to_less(objects, settings):
    resources = container_of(objects)["resources"]
    assert resources["requests"]["memory"] == resources["limits"]["memory"]
    releases = 2 * (settings["limits.snapshot_max_bytes"] + settings["redis.release_max_bytes"])  # the old and the new
    connections = settings["limits.max_connections"] * CONNECTION_BYTES
    need = PROGRAM_BYTES + releases + connections + settings["limits.bodies_max_bytes"]
    assert need <= MEMORY_SHARE * amount(resources["limits"]["memory"])


def test_the_processor_limit_is_a_whole_number_of_workers_and_not_tight(objects, settings):
    resources = container_of(objects)["resources"]
    limit, request = amount(resources["limits"]["cpu"]), amount(resources["requests"]["cpu"])
    assert settings["workers"] == 0 and limit == int(limit) and limit >= 2 * request >= 2


def test_state_fits_its_folder_and_the_folder_what_the_node_keeps_free(objects, settings):
    _, pod = pod_of(objects)
    (folder,) = [volume["emptyDir"] for volume in pod["volumes"] if "emptyDir" in volume]
    state_file = settings["limits.snapshot_max_bytes"] + settings["redis.release_max_bytes"]
    assert STATE_FILES * state_file + AUDIT_BYTES <= amount(folder["sizeLimit"])
    assert amount(folder["sizeLimit"]) <= amount(container_of(objects)["resources"]["requests"]["ephemeral-storage"])


def test_the_autoscaler_alone_says_how_many_and_a_drain_of_nodes_may_go_on(objects):
    deployment, scaler = one(objects, "Deployment"), one(objects, "HorizontalPodAutoscaler")["spec"]
    assert "replicas" not in deployment["spec"]
    target = scaler["scaleTargetRef"]
    assert (target["apiVersion"], target["kind"], target["name"]) == \
        (deployment["apiVersion"], "Deployment", deployment["metadata"]["name"])
    assert 3 <= scaler["minReplicas"] < scaler["maxReplicas"]
    budget = one(objects, "PodDisruptionBudget")["spec"]
    assert "minAvailable" not in budget and budget["maxUnavailable"].endswith("%")
    may_go = -(-scaler["minReplicas"] * int(budget["maxUnavailable"].rstrip("%")) // 100)  # percents are rounded up
    assert 1 <= may_go <= scaler["minReplicas"] - 2
    behavior = scaler["behavior"]
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] >= 300


def test_a_roll_out_takes_no_capacity_away_and_zones_are_spread(objects, form):
    deployment = one(objects, "Deployment")["spec"]
    rolling = deployment["strategy"]["rollingUpdate"]
    assert rolling == {"maxUnavailable": 0, "maxSurge": "25%"} and deployment["minReadySeconds"] >= 10
    spreads = deployment["template"]["spec"]["topologySpreadConstraints"]
    strictness = {spread["topologyKey"]: spread["whenUnsatisfiable"] for spread in spreads}
    assert strictness == {"kubernetes.io/hostname": "ScheduleAnyway", "topology.kubernetes.io/zone":
                          "DoNotSchedule" if form[1] == PRODUCTION else "ScheduleAnyway"}


# the image

def test_each_image_is_pinned(form):
    objects, folder = form
    image = container_of(objects)["image"]
    if folder == PRODUCTION:
        assert re.fullmatch(r"[\w.-]+(/[\w.-]+)+@sha256:[0-9a-f]{64}", image)
    else:
        version = re.search(r"project\(promogate VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
        assert image == f"promogate:{version}"
