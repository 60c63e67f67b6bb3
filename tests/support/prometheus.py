"""Reads the Prometheus text format 0.0.4, and refuses what breaks it.

    families = parse(text)
    families["promogate_requests_total"].total(route="/v1/evaluate")
"""

import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
COMMENT = re.compile(rf"# (HELP|TYPE) ({NAME}) (.+)")
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)(?: (-?[0-9]+))?")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
VALUE = re.compile(r"[+-]?Inf|NaN|[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}


class Family:
    def __init__(self, name):
        self.name, self.help, self.type = name, None, None
        self.samples = {}  # (sample's name, ((label, value), ...)) -> float

    def total(self, suffix="", **labels):
        """The sum of the samples that have these labels."""
        wanted = set(labels.items())
        return sum(value for (name, found), value in self.samples.items()
                   if name == self.name + suffix and wanted <= set(found))


def parse(text):
    assert text.endswith("\n"), "the last line has no end"
    families, current = {}, None
    for line in text[:-1].split("\n"):
        if line.startswith("#"):
            current = _comment(line, families, current)
        elif line.strip():
            _sample(line, current)
    for family in families.values():
        _check(family)
    return families


def _comment(line, families, current):
    match = COMMENT.fullmatch(line)
    assert match, f"neither HELP nor TYPE: {line!r}"
    keyword, name, rest = match.groups()
    if current is None or current.name != name:
        assert name not in families, f"{name} comes in two places"
        current = families[name] = Family(name)
    assert not current.samples, f"{keyword} behind the samples of {name}"
    field = keyword.lower()
    assert getattr(current, field) is None, f"a second {keyword} of {name}"
    assert field == "help" or rest in TYPES, line
    setattr(current, field, rest)
    return current


def _labels(text):
    labels, at = [], 0
    while text is not None and at < len(text):
        match = LABEL.match(text, at)
        assert match, f"bad labels: {text!r}"
        labels.append((match[1], re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], match[2])))
        at = match.end()
    assert len(dict(labels)) == len(labels), f"a label twice: {text!r}"
    return tuple(sorted(labels))


def _sample(line, family):
    match = SAMPLE.fullmatch(line)
    assert match and VALUE.fullmatch(match[3]), f"no sample: {line!r}"
    assert family and family.type and family.help, f"no HELP and TYPE before {line!r}"
    name = match[1]
    assert name in [family.name + suffix for suffix in SUFFIXES.get(family.type, ("",))], f"{name} in {family.name}"
    key = (name, _labels(match[2]))
    assert key not in family.samples, f"twice: {line!r}"
    family.samples[key] = float(match[3])


def _check(family):
    assert family.samples, f"{family.name} has no samples"
    if family.type == "counter":
        assert family.name.endswith("_total"), f"a counter named {family.name}"
        assert all(value >= 0 for value in family.samples.values()), family.name
    if family.type == "histogram":
        _check_histogram(family)


def _check_histogram(family):
    series = {}
    for (name, labels), value in family.samples.items():
        if name.endswith("_bucket"):
            rest = tuple(pair for pair in labels if pair[0] != "le")
            series.setdefault(rest, []).append((float(dict(labels)["le"]), value))
    for labels, buckets in series.items():
        bounds, counts = zip(*buckets)
        assert list(bounds) == sorted(set(bounds)) and bounds[-1] == math.inf, (family.name, bounds)
        assert list(counts) == sorted(counts), (family.name, counts)
        assert family.samples[family.name + "_count", labels] == counts[-1], family.name
        assert (family.name + "_sum", labels) in family.samples, family.name
