"""Writes values as JSON text the way different callers do: member order, white space and escapes vary, meaning does not."""

import json


def write(rng, value):
    """One line of strict JSON. Repeatable for a given state of rng."""
    style = rng.random()
    if style < 0.4:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if style < 0.5:
        return json.dumps(value, ensure_ascii=True)
    return _value(rng, value, _space if style < 0.6 else lambda rng: "")


def _space(rng):
    return rng.choice(("", "", " ", "\t", "  "))


def _value(rng, value, space):
    if isinstance(value, str):
        return _string(rng, value)
    if isinstance(value, list):
        inner = ",".join(space(rng) + _value(rng, element, space) + space(rng) for element in value)
        return "[" + inner + "]"
    if isinstance(value, dict):
        members = list(value.items())
        rng.shuffle(members)
        return "{" + ",".join(
            space(rng) + _string(rng, name) + space(rng) + ":" + space(rng) + _value(rng, member, space) + space(rng)
            for name, member in members) + "}"
    return json.dumps(value)


def _string(rng, text):
    if rng.random() < 0.6 or len(text) > 80:
        return json.dumps(text, ensure_ascii=False)
    return '"' + "".join(_character(rng, c) for c in text) + '"'


def _character(rng, c):
    if rng.random() < 0.3:
        hexadecimal = rng.choice(("{:04x}", "{:04X}"))
        units = c.encode("utf-16-be")  # two units, a surrogate pair, past U+FFFF
        return "".join("\\u" + hexadecimal.format(int.from_bytes(units[i:i + 2], "big")) for i in range(0, len(units), 2))
    if c == "/":
        return rng.choice(("/", "\\/"))
    return json.dumps(c, ensure_ascii=False)[1:-1]
