"""The Dockerfile, as far as it can be held without an engine: what it copies is there and enough, whom it runs as."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from dockerfile import arguments, copy_of, is_admitted, stages
from gateway import ROOT

DOCKERFILE = (ROOT / "deploy/container/Dockerfile").read_text()
IGNORE = (ROOT / ".dockerignore").read_text()
BUILD, SYMBOLS, RUNTIME = stages(DOCKERFILE)


def from_context():
    """(sources, target) of each COPY that takes from the tree."""
    copies = [copy_of(rest) for stage in (BUILD, SYMBOLS, RUNTIME) for rest in stage.all("COPY")]
    return [(sources, target) for options, sources, target in copies if "from" not in options]


def test_three_stages_of_which_only_the_build_has_a_distribution():
    assert [(stage.name, stage.base) for stage in (BUILD, SYMBOLS, RUNTIME)] == \
        [("build", "debian:12-slim"), ("symbols", "scratch"), ("runtime", "scratch")]
    assert arguments(DOCKERFILE) == {"BASE": "debian:12-slim"}
    assert RUNTIME.all("RUN") == [] and SYMBOLS.all("RUN") == []


def test_nothing_comes_from_the_network_but_the_distributions_packages():
    for stage in (BUILD, SYMBOLS, RUNTIME):
        assert stage.all("ADD") == []
        assert all("://" not in rest for name, rest in stage.instructions if name != "LABEL")
        assert not re.search(r"\b(curl|wget|git|pip)\b", " ".join(stage.all("RUN")))


def test_the_gateway_is_process_1_of_a_numeric_user_and_hears_sigterm():
    assert RUNTIME.all("USER") == ["10001:10001"]
    assert json.loads(RUNTIME.last("ENTRYPOINT")) == ["/usr/bin/promogate"]
    assert json.loads(RUNTIME.last("CMD")) == ["-c", "/etc/promogate/promogate.conf"]
    assert RUNTIME.all("STOPSIGNAL") == ["SIGTERM"] and RUNTIME.all("HEALTHCHECK") == []


def test_image_and_pod_agree_on_user_ports_and_folders():
    (deployment,) = yaml.safe_load_all((ROOT / "deploy/kubernetes/base/deployment.yaml").read_text())
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert RUNTIME.last("USER") == f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"
    assert RUNTIME.last("EXPOSE").split() == [str(port["containerPort"]) for port in container["ports"]]
    assert "command" not in container and "args" not in container
    script = (ROOT / "deploy/container/collect-runtime.sh").read_text()
    for mount in container["volumeMounts"]:
        if mount.get("readOnly"):
            assert f'"$root{mount["mountPath"]}"' in script
        else:
            assert f"--chown={RUNTIME.last('USER')} /state-of-image {mount['mountPath']}" in RUNTIME.last("COPY")


def test_version_and_labels_are_the_projects():
    version = re.search(r"project\(promogate VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
    assert f"VERSION={version}" in RUNTIME.all("ARG") and f"-t promogate:{version} ." in DOCKERFILE
    labels = re.findall(r'org\.opencontainers\.image\.(\S+?)="', RUNTIME.last("LABEL"))
    assert {"title", "description", "version", "revision", "base.name"} == set(labels)


def test_what_is_copied_exists_and_no_ignored_file_is_missed():
    copied = [source for sources, _ in from_context() for source in sources]
    assert copied and all((ROOT / source).exists() for source in copied)
    assert all(is_admitted(source, IGNORE) for source in copied)
    admitted = {line[1:] for line in IGNORE.splitlines() if line.startswith("!")}
    assert admitted == set(copied)


@pytest.mark.parametrize("path", [".git/config", "build/debug/promogate", "tests/run.sh", "deploy/redis/users.acl",
                                  "deploy/kubernetes/secret.yaml", ".ci/run", "core"])
def test_what_is_no_source_never_reaches_the_build(path):
    assert not is_admitted(path, IGNORE)


def test_each_stage_takes_from_one_before_it_what_that_one_makes():
    made = {"/root-of-image", "/state-of-image", "/promogate/build/release/promogate",
            "/promogate/build/release/promoctl"}
    for stage in (SYMBOLS, RUNTIME):
        for options, sources, _ in map(copy_of, stage.all("COPY")):
            assert options["from"] == "build" and set(sources) <= made
    collecting, state = BUILD.all("RUN")[-1].split(" && ")
    assert collecting == "deploy/container/collect-runtime.sh build/release /root-of-image"
    assert state == "mkdir -m 700 /state-of-image"


def test_it_installs_what_the_list_has_before_its_tests_and_the_authorities():
    (install,) = [rest for rest in BUILD.all("RUN") if "apt-get install" in rest]
    command = re.search(r"sed '[^']*' deploy/build-depends\.txt", install)[0]
    packages = subprocess.run(command, shell=True, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    text = (ROOT / "deploy/build-depends.txt").read_text()
    expected = [line for line in text.split("# tests\n")[0].splitlines() if line and not line.startswith("#")]
    assert packages == expected and "libmicrohttpd-dev" in packages and "libcriterion-dev" not in packages
    assert "ca-certificates" in install and "--no-install-recommends" in install


def test_what_is_copied_is_enough_to_configure_the_build_it_asks_for(tmp_path):
    for sources, target in from_context():
        for source in sources:
            place = tmp_path / target / ((ROOT / source).name if target.endswith("/") else "")
            place.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place)
            else:
                shutil.copy(ROOT / source, place)
    (build,) = [rest for rest in BUILD.all("RUN") if rest.startswith("cmake")]
    configure, make = build.split(" && ")
    assert make == "cmake --build --preset release --target promogate promoctl"
    done = subprocess.run(configure, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "build/release/build.ninja").exists()
