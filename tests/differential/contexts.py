"""Random request contexts: valid ones that meet the set's world, and obviously invalid ones.

    line = valid_line(world)              # bytes of one JSON object
    line, has_member = invalid_line(world)  # to be refused with 400; has_member: some member is at fault, by JSON's grammar
"""

import json

import json_text
from generate import ATTRIBUTES, INTEGER_MAX, MONEY_MAX, STRINGS, chance, scalar


STRINGS_IN_CONTEXTS = STRINGS + ("\0here", "gold\0", "\0")  # equal to no condition's value, unless a reader stops at U+0000


def attribute_value(rng, kind):
    kind = rng.choice(("string", "integer", "boolean", "array")) if chance(rng, 0.15) else kind
    if kind == "string" and chance(rng, 0.1):
        return rng.choice(STRINGS_IN_CONTEXTS)
    if kind != "array":
        return scalar(rng, kind)
    size = 64 if chance(rng, 0.02) else rng.choice((0, 1, 1, 2, 3))
    return [rng.choice(STRINGS_IN_CONTEXTS) for _ in range(size)]


def attributes(rng):
    found = {name: attribute_value(rng, kind) for name, kind in ATTRIBUTES.items() if chance(rng, 0.75)}
    if chance(rng, 0.03):
        found.update({f"padding-{n}": n for n in range(64 - len(found))})
    return found


def request_aoi(world):
    rng = world.rng
    known = world.aois + ["elsewhere"]
    if chance(rng, 0.5):
        return rng.choice(known)
    count = 16 if chance(rng, 0.03) else rng.choice((1, 2, 2, 3))
    return [rng.choice(known) for _ in range(count)]


def valid(world):
    rng = world.rng
    context = {"user_id": rng.choice(world.users), "aoi": request_aoi(world), "amount": world.money()}
    if chance(rng, 0.4):
        context["amount"] = rng.randint(0, MONEY_MAX) if chance(rng, 0.1) else rng.randint(2000, 20000)
    if chance(rng, 0.7):
        context["delivery_fee"] = rng.choice((0, 1, 100, 300, 500, 800, world.money()))
    if chance(rng, 0.5):
        context["interface"] = rng.choice(world.interfaces)
    if chance(rng, 0.8):
        context["attributes"] = attributes(rng)
    if chance(rng, 0.4):
        context["request_id"] = rng.choice(("r-1", "请求-é", "😀", '"\\/', "q" * 128, "", "\u2028\u007e"))
    return context


def valid_line(world):
    return json_text.write(world.rng, valid(world)).encode()


# What must be refused. Each mutation returns the broken context, or its text where the breakage is in the text.

WRONG_INTEGERS = ("1.0", "1e2", "0.5", "-1", str(MONEY_MAX + 1), str(2**63), str(2**64 + 5), "9" * 400, '"100"', "null",
                  "true", "[1]", "{}")
WRONG_IDS = ("", "a\x01b", "nul\0", "tab\t", 7, None, True, ["u"], {"u": 1})
WRONG_AOIS = ([], [""], "", "c" * 65, "with space", "control\x1f", "nul\0", 7, None, True, ["ok", 7], [["a"]], ["a"] * 17, {})
WRONG_ATTRIBUTES = ([], None, "x", 1, {"a": None}, {"a": {}}, {"a": 1.5}, {"a": INTEGER_MAX + 1}, {"a": -INTEGER_MAX - 1},
                    {"a": 2**64}, {"a": "s" * 257}, {"a": ["s"] * 65}, {"a": [1]}, {"a": [["s"]]}, {"a": [None]},
                    {"a": ["s" * 257]}, {"": 1}, {"n" * 65: 1}, {f"a{n}": n for n in range(65)},
                    {"amount": 1}, {"delivery_fee": 1}, {"interface": "x"}, {"user_id": "u"})
WRONG_BYTES = (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe4\xb8", b"\x01", b"\t", b"\\ud800", b"\\udc00x",
               b"\\ud800\\u0041", b"\\x", b"\\u12g4", b"\x7f\xfe")
NOT_OBJECTS = (b"[]", b"7", b'"text"', b"null", b"{", b"{}}", b"nonsense", b'{"user_id":}', b"\xef\xbb\xbf{}", b"[" * 5000,
               b'{"a":' * 5000, b"{} {}", b"{'a':1}", b"{,}")


def replaced(context, **members):
    return json.dumps({**context, **members}, ensure_ascii=False).encode()


def with_raw(context, name, raw):
    """`name` with a value that Python would not write that way."""
    rest = {k: v for k, v in context.items() if k != name}
    return json.dumps(rest, ensure_ascii=False)[:-1].encode() + b', "' + name.encode() + b'": ' + raw + b"}"


def missing_member(rng, context):
    del context[rng.choice(("user_id", "aoi", "amount"))]
    return replaced(context)


def unknown_member(rng, context):
    return replaced(context, **{rng.choice(("foo", "Amount", "user_id ", "aois", "amount\0", "")): 1})


def duplicate_member(rng, context):
    name = rng.choice(list(context))
    escaped = "".join(f"\\u{ord(c):04x}" if chance(rng, 0.2) else c for c in name)
    line = replaced(context)
    return line[:-1] + f', "{escaped}": '.encode() + json.dumps(context[name], ensure_ascii=False).encode() + b"}"


def duplicate_attribute(rng, context):
    return with_raw(context, "attributes", rng.choice((b'{"a": 1, "a": 1}', b'{"a": 1, "\\u0061": 2}')))


def wrong_integer(rng, context):
    raw = rng.choice(WRONG_INTEGERS)
    return with_raw(context, rng.choice(("amount", "delivery_fee")), raw.encode())


def wrong_user(rng, context):
    return replaced(context, user_id=rng.choice(WRONG_IDS + ("u" * 129, "名" * 43)))


def wrong_interface(rng, context):
    return replaced(context, interface=rng.choice((*(i for i in WRONG_IDS if i is not None), "i" * 65)))


def wrong_request_id(rng, context):
    return replaced(context, request_id=rng.choice(("r" * 129, "a\x01b", 7, True, ["r"])))


def wrong_aoi(rng, context):
    return replaced(context, aoi=rng.choice(WRONG_AOIS))


def wrong_attributes(rng, context):
    return replaced(context, attributes=rng.choice(WRONG_ATTRIBUTES))


def wrong_bytes(rng, context):
    name = rng.choice(("user_id", "request_id", "interface"))
    return with_raw(context, name, b'"a' + rng.choice(WRONG_BYTES) + b'b"')


def wrong_text(rng, context):
    line = replaced(context)
    return rng.choice((line[:-1], line[:-1] + b",}", line + b"x", line[1:], line.replace(b":", b"=", 1), b"//\x20c " + line,
                       with_raw(context, "amount", rng.choice((b"01", b"+1", b"1.", b".5", b"NaN", b"0x10", b"1 2", b"-"))),
                       rng.choice(NOT_OBJECTS)))


MUTATIONS = (missing_member, unknown_member, duplicate_member, duplicate_attribute, wrong_integer, wrong_user,
             wrong_interface, wrong_request_id, wrong_aoi, wrong_attributes, wrong_bytes, wrong_text)


def invalid_line(world):
    mutation = world.rng.choice(MUTATIONS)
    return mutation(world.rng, valid(world)), mutation not in (wrong_bytes, wrong_text)
