#!/usr/bin/python3
"""Becomes a command under a unit's SystemCallFilter: what the unit does not allow ends the process at once.

    system_call_filter.py UNIT COMMAND...

systemd itself would need to be the first process. The names of its sets are asked of systemd-analyze; the filter is the
same kernel's, made by the same library (libseccomp). A refusal kills here, whatever SystemCallErrorNumber says: a test
shall see it.
"""

import os
import re
import subprocess
import sys

import seccomp


def expand(name):
    """The calls that a name stands for; sets hold calls and sets."""
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True).stdout
    members = [line.strip() for line in listed.splitlines()[1:] if not line.strip().startswith("#")]
    return set().union(*[expand(member) for member in members if member])


def allowed(unit):
    """As systemd reads the lines: the first makes a list of what is allowed, those with ~ take from it."""
    calls = set()
    for line in re.findall(r"(?m)^SystemCallFilter=(.*)$", unit):
        named = set().union(*[expand(name) for name in line.removeprefix("~").split()])
        calls = calls - named if line.startswith("~") else calls | named
    return calls


def main(unit, *command):
    with open(unit, encoding="utf-8") as text:
        calls = allowed(text.read())
    rules = seccomp.SyscallFilter(seccomp.KILL_PROCESS)
    for call in calls:
        try:
            rules.add_rule(seccomp.ALLOW, call)
        except (RuntimeError, ValueError):
            pass  # a call of another architecture, or newer than the library
    rules.load()
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
