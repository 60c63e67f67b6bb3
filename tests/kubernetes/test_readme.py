"""What README.md says is there, and its sums are those of the configurations."""

import re

import conf
from manifests import BASE, KUBERNETES, PRODUCTION, ROOT, amount, base_files, build, container_of

README = (KUBERNETES / "README.md").read_text("utf-8")
MIB = 1 << 20
PROGRAM_MIB = 16


def sums(folder, objects):
    """(what may be needed, what there is), as the table has it."""
    settings = conf.settings(folder / "promogate.conf")
    releases = 2 * (settings["limits.snapshot_max_bytes"] + settings["redis.release_max_bytes"])
    connections = settings["limits.max_connections"] * 10 * 1024
    need = PROGRAM_MIB * MIB + releases + connections + settings["limits.bodies_max_bytes"]
    limit = amount(container_of(objects)["resources"]["limits"]["memory"])
    return f"{need // MIB}; {round(limit * 0.95 / MIB)}"


def test_each_link_folder_and_file_that_it_names_is_there():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    folders = re.findall(r"-k (deploy/\S+)", README)
    assert links and folders
    assert [name for name in links if not (KUBERNETES / name).exists()] == []
    assert [name for name in folders if not (ROOT / name / "kustomization.yaml").exists()] == []


def test_the_sums_of_memory_are_those_of_the_configurations():
    row = re.search(r"^\| sum; 95 % of the limit \| (.*?) \| (.*?) \|", README, re.M)
    assert row[1] == sums(BASE, base_files())
    assert row[2] == sums(PRODUCTION, build(PRODUCTION))


def test_what_is_yours_in_the_overlay_is_marked_and_said():
    marked = {file.name for file in PRODUCTION.iterdir() if "yours" in file.read_text("utf-8").lower()}
    assert marked == {"kustomization.yaml", "promogate.conf", "redis-egress.yaml"}
    assert "each line that says `yours`" in README


def test_each_metric_that_is_named_is_one_of_the_gateways():
    texts = README + (BASE / "horizontal-pod-autoscaler.yaml").read_text("utf-8")
    source = "".join(file.read_text("utf-8") for file in (ROOT / "service").glob("*.[ch]"))
    named = set(re.findall(r"\bpromogate_\w+", texts))
    assert len(named) >= 3 and {name for name in named if name not in source} == set()
