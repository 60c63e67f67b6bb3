"""Reads a Dockerfile, and says what a .dockerignore leaves of a tree; as far as ours need it.

    for stage in stages(text):  stage.name, stage.base, stage.all("COPY")
"""

import fnmatch
import re

INSTRUCTION = re.compile(r"([A-Z]+)\s+(.*)", re.S)
FROM = re.compile(r"(\S+) AS (\S+)")


class Stage:
    def __init__(self, base, name):
        self.base, self.name, self.instructions = base, name, []

    def all(self, instruction):
        return [rest for name, rest in self.instructions if name == instruction]

    def last(self, instruction):
        return self.all(instruction)[-1]


def instructions(text):
    """(name, rest) pairs; continued lines are joined, comments are gone."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", lines)
    return [INSTRUCTION.fullmatch(line).groups() for line in joined.splitlines() if line.strip()]


def arguments(text):
    """Those before the first stage, with their defaults."""
    head = [rest for name, rest in instructions(text.split("\nFROM ")[0]) if name == "ARG"]
    return dict(argument.split("=", 1) for argument in head)


def stages(text):
    found = []
    for name, rest in instructions(text):
        if name == "FROM":
            base, stage = FROM.fullmatch(rest).groups()
            for argument, value in arguments(text).items():
                base = base.replace("${" + argument + "}", value)
            found.append(Stage(base, stage))
        elif found:
            found[-1].instructions.append((name, rest))
    return found


def copy_of(rest):
    """({"from": ..., "chown": ...}, sources, target)"""
    words = rest.split()
    options = dict(word[2:].split("=", 1) for word in words if word.startswith("--"))
    *sources, target = [word for word in words if not word.startswith("--")]
    return options, sources, target


def is_admitted(path, ignore_text):
    """The last line of .dockerignore that matches the path or a folder above it decides."""
    parts = path.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    admitted = True
    for line in ignore_text.splitlines():
        pattern = line.strip().removeprefix("!")
        if pattern and not pattern.startswith("#") and any(fnmatch.fnmatch(place, pattern) for place in above):
            admitted = line.startswith("!")
    return admitted
