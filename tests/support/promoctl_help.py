"""What promoctl says of itself: its commands, and the options of each."""

import re
import subprocess

from gateway import BUILD


def _help(*arguments):
    return subprocess.run([BUILD / "promoctl", *arguments, "--help"], check=True, capture_output=True, text=True).stdout


def commands():
    """{name: summary}"""
    listed = _help().split("commands:\n")[1].split("\n\n")[0]
    return dict(re.match(r"  (\S+)\s+(.*)", line).groups() for line in listed.splitlines())


def options(command):
    """{"--max-candidates": "N", "--json": ""}: what each takes."""
    heads = (re.split(r"\s{2,}", line.strip())[0] for line in _help(command).splitlines() if line.startswith("  --"))
    return dict(pair for head in heads for pair in re.findall(r"(--[a-z-]+)(?: ([A-Z0-9]+))?", head))
