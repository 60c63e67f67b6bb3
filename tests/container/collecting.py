"""The root of the image: what deploy/container/collect-runtime.sh makes of a build."""

import subprocess

from gateway import ROOT

COLLECT = ROOT / "deploy" / "container" / "collect-runtime.sh"


def collect(build, root):
    """The finished process."""
    return subprocess.run([COLLECT, build, root], capture_output=True, text=True, timeout=120)
