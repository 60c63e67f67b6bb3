#!/usr/bin/python3
"""Runs the steps of the Dockerfile's build stage in a bare root, where there is no engine to run them.

    debootstrap --variant=minbase bookworm ROOT [MIRROR]        what debian:12-slim is made of
    tests/container/build_run.py ROOT                           installs packages, builds, collects
    PROMOGATE_RUNTIME_ROOT=ROOT/root-of-image /usr/bin/python3 -m pytest -q tests/container/test_runtime_root.py

As root. ROOT is changed: copies of it, not it, are worth keeping. The tree is this one, through .dockerignore. Mounts
are a namespace's own. The last line says what the image's root weighs; exit 0 when each step did.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from dockerfile import copy_of, is_admitted, stages
from gateway import ROOT

STEP_TIMEOUT_S = 3600
INSIDE = 'mount --bind /proc "$1/proc" && mount --bind /dev "$1/dev" && exec chroot "$1" sh -c "cd $2 && $3"'
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}


def copy(rest, root, workdir):
    _, sources, target = copy_of(rest)
    ignore = (ROOT / ".dockerignore").read_text()
    for source in sources:
        assert is_admitted(source, ignore), source
        place = root / workdir.lstrip("/") / target / ((ROOT / source).name if target.endswith("/") else "")
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / source, place)


def run(rest, root, workdir):
    subprocess.run(["unshare", "--mount", "sh", "-c", INSIDE, "sh", root, workdir, rest], check=True,
                   env=ENVIRONMENT, stdin=subprocess.DEVNULL, timeout=STEP_TIMEOUT_S)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=pathlib.Path)
    root = parser.parse_args().root.resolve()
    build = stages((ROOT / "deploy/container/Dockerfile").read_text())[0]
    workdir = build.last("WORKDIR")
    steps = {"COPY": copy, "RUN": run}
    for name, rest in build.instructions:
        print(f"::: {name} {rest}", flush=True)
        if name in steps:
            steps[name](rest, root, workdir)
    made = root / "root-of-image"
    size = sum(file.stat().st_size for file in made.rglob("*") if file.is_file() and not file.is_symlink())
    version = subprocess.run(["chroot", made, "/usr/bin/promogate", "--version"], check=True, capture_output=True,
                             text=True)
    print(f"{made}: {version.stdout.strip()}, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
