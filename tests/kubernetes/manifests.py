"""The objects of deploy/kubernetes: as their files say, and as kubectl builds them.

    base_files()              the base's objects, its generated ConfigMap among them, without kubectl
    build(PRODUCTION)         what `kubectl kustomize` makes of a folder
    one(objects, "Service", "promogate")
"""

import functools
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
BASE = KUBERNETES / "base"
MONITORING = KUBERNETES / "monitoring"
PRODUCTION = KUBERNETES / "overlays" / "production"
QUANTITY = re.compile(r"([0-9]+)(m|Ki|Mi|Gi)?")
SCALES = {None: 1, "m": 1e-3, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


class StrictLoader(yaml.SafeLoader):
    """Refuses a key that comes twice; the second would win silently."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(set(keys)) == len(keys), f"{node.start_mark}: a key comes twice in {keys}"
        return super().construct_mapping(node, deep)


def documents(text):
    return [document for document in yaml.load_all(text, StrictLoader) if document is not None]


def read(file):
    return documents(file.read_text("utf-8"))


def kustomization(folder):
    (document,) = read(folder / "kustomization.yaml")
    return document


def _generated(folder, generator):
    files = {name: (folder / name).read_text("utf-8") for name in generator["files"]}
    metadata = {"name": generator["name"], "labels": generator["options"]["labels"]}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": files}


def base_files():
    """The base has no transformer, so its objects are those of its files."""
    said = kustomization(BASE)
    assert set(said) == {"apiVersion", "kind", "resources", "configMapGenerator"}
    objects = [document for name in said["resources"] for document in read(BASE / name)]
    return objects + [_generated(BASE, generator) for generator in said["configMapGenerator"]]


@functools.lru_cache
def _built(folder):
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


@functools.lru_cache
def _why_not_built():
    """None where there is a kubectl that can: since 1.24 it names its kustomize, before it had one of 2019."""
    if not shutil.which("kubectl"):
        return "kubectl is not installed: what it makes of the kustomizations is not seen"
    version = subprocess.run(["kubectl", "version", "--client"], capture_output=True, text=True, timeout=60).stdout
    return None if "Kustomize Version" in version else f"a kubectl of 1.24 or later is needed: {version}"


def build(folder):
    if _why_not_built():
        pytest.skip(_why_not_built())
    return documents(_built(folder))


def identity(item):
    return item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]


def all_of(objects, kind):
    return [item for item in objects if item["kind"] == kind]


def one(objects, kind, name="promogate"):
    (found,) = [item for item in all_of(objects, kind) if item["metadata"]["name"] == name]
    return found


def pod_of(objects):
    """The Deployment's pod: (labels, spec)."""
    template = one(objects, "Deployment")["spec"]["template"]
    return template["metadata"]["labels"], template["spec"]


def container_of(objects):
    (container,) = pod_of(objects)[1]["containers"]
    return container


def amount(quantity):
    """Of "512Mi", "1", "600m"."""
    number, scale = QUANTITY.fullmatch(quantity).groups()
    return int(number) * SCALES[scale]
