"""What the gateway itself makes of a promogate.conf: its settings by name, or its complaint.

    settings(BASE / "promogate.conf")["drain.grace_ms"] == 10000
"""

import json
import os
import re
import subprocess

from manifests import ROOT

PROMOGATE = ROOT / os.environ.get("PROMOGATE_BUILD_DIR", "build/debug") / "promogate"
GROUP, SETTING = re.compile(r"(\w+) = \{"), re.compile(r'\s*(\w+) = ("(?:[^"\\]|\\.)*"|-?[0-9]+|true|false);')


def run(file, option):
    return subprocess.run([PROMOGATE, "-c", file, option], capture_output=True, text=True, timeout=60)


def settings(file):
    """All of them, those of groups as GROUP.NAME; lists are left out."""
    printed = run(file, "--print-config")
    assert printed.returncode == 0, printed.stderr
    values, group = {}, ""
    for line in printed.stdout.splitlines():
        begins, says = GROUP.fullmatch(line), SETTING.fullmatch(line)
        if begins:
            group = begins[1] + "."
        elif line == "};":
            group = ""
        elif says:
            values[group + says[1]] = json.loads(says[2])
    return values
