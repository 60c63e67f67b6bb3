"""What a PromQL expression reads: which series, by which labels. Whether it is one is promtool's to say.

    for selector in selectors('rate(a_total{code="5xx"}[5m])'):     [Selector("a_total", [("code", "=", "5xx")])]
        selector.matches(samples)
    labels('sum by (job) (a)')                                       {"job"}
"""

import re

STRING = r'"(?:[^"\\]|\\.)*"'
MATCHER = re.compile(rf'\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*({STRING})\s*(?:,|$)')
LABEL_LIST = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
TOKEN = re.compile(rf"{STRING}|\[[^\]]*\]|\b\d[\w.]*|(?P<name>[a-zA-Z_:][\w:]*)(?P<call>\s*\()?"
                   rf"(?P<matchers>\{{(?:[^{{}}\"]|{STRING})*\}})?")
WORDS = {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "inf", "nan"}


class Selector:
    def __init__(self, name, matchers):
        self.name, self.matchers = name, matchers

    def __repr__(self):
        return self.name + "{" + ",".join(f'{label}{op}"{value}"' for label, op, value in self.matchers) + "}"

    def _narrow(self):
        """Itself once for each alternative of a list like "a|b", so that a value which nothing has is seen."""
        for at, (label, op, value) in enumerate(self.matchers):
            if op == "=~" and re.fullmatch(r"[\w|]+", value) and "|" in value:
                for one in value.split("|"):
                    rest = self.matchers[:at] + [(label, "=", one)] + self.matchers[at + 1:]
                    yield from Selector(self.name, rest)._narrow()
                return
        yield self

    def misses(self, samples):
        """The narrowed selectors that match none of {(name, labels as a dict)}."""
        return [narrow for narrow in self._narrow()
                if not any(name == self.name and all(_holds(labels.get(label, ""), op, value)
                                                     for label, op, value in narrow.matchers)
                           for name, labels in samples)]


def _holds(found, op, value):
    if op in ("=", "!="):
        return (found == value) == (op == "=")
    return (re.fullmatch(value, found) is not None) == (op == "=~")


def selectors(expression):
    found = []
    for match in TOKEN.finditer(LABEL_LIST.sub(" ", expression)):
        if match["name"] and not match["call"] and match["name"].lower() not in WORDS:
            found.append(Selector(match["name"], _matchers((match["matchers"] or "{}")[1:-1])))
    return found


def _matchers(text):
    found, at = [], 0
    while text[at:].strip():
        match = MATCHER.match(text, at)
        assert match, f"no matchers: {text!r}"
        found.append((match[1], match[2], match[3][1:-1]))
        at = match.end()
    return found


def labels(expression):
    """Those that it groups or joins by."""
    lists = [match[2] for match in LABEL_LIST.finditer(expression)]
    return {label.strip() for text in lists for label in text.split(",") if label.strip()}
