"""Runs promoctl degrade as one operator, li.wei, with nothing of the environment that could lead it elsewhere.

    degrade("on", "--interface", "checkout", *admin(gateway))       the finished process, output as text
"""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import sanitizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMOCTL = ROOT / os.environ.get("PROMOGATE_BUILD_DIR", "build/debug") / "promoctl"
TIMEOUT = ("--timeout", 20000)  # a busy machine's
HERE = {"SUDO_USER": "", "USER": "li.wei"}


def degrade(*arguments, under=(), **environment):
    """`under`: a command in front of it; `environment`: more variables."""
    reports = sanitizers.Reports()
    clean = {name: value for name, value in reports.environment().items()
             if name not in ("PROMOGATE_REDIS", "PROMOGATE_TOKEN_FILE") and not name.lower().endswith("_proxy")}
    done = subprocess.run([*under, PROMOCTL, "degrade", *map(str, arguments)], capture_output=True, encoding="utf-8",
                          timeout=90, env={**clean, **HERE, **environment})
    assert reports.text() == ""
    return done


def admin(*gateways):
    """The arguments that name them."""
    return [part for gateway in gateways for part in ("--admin", gateway.url())] + list(TIMEOUT)
