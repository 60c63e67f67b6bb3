"""Everything that RFC 8259 forbids is refused with 400, and the gateway goes on.

Rows in the spirit of JSONTestSuite's n_ cases. A VALUE stands as the whole body and as an attribute of a context that is
valid otherwise; the nearest valid value (a number, a string, an array of strings) would be taken there. A BODY is a
whole text.
"""

import json

import pytest

from gateway import JSON, Gateway, get_request, post_request
from policies import AOI, context

BODY_MAX_BYTES = 1048576


@pytest.fixture(scope="module")
def gateway():
    """Bodies may be large, so that depth is what refuses the deep ones."""
    with Gateway(limits={"body_max_bytes": BODY_MAX_BYTES}) as running:
        yield running


VALUES = {
    # numbers
    "leading zero": b"01", "two zeros": b"00", "negative leading zero": b"-01", "plus": b"+1", "plus zero": b"+0",
    "no integer part": b".5", "negative no integer part": b"-.5", "no fraction": b"1.",
    "no fraction before exponent": b"1.e1",
    "no exponent": b"1e", "no exponent E": b"1E", "no exponent sign": b"1e+", "no exponent minus": b"1e-",
    "exponent fraction": b"1e1.5",
    "two exponents": b"1e1e1", "two points": b"1.2.3", "minus only": b"-", "two minuses": b"--1", "minus space": b"- 1",
    "minus letter": b"-x", "plus minus": b"+-1", "NaN": b"NaN", "minus NaN": b"-NaN", "nan": b"nan",
    "Infinity": b"Infinity",
    "minus Infinity": b"-Infinity", "inf": b"inf", "hexadecimal": b"0x10", "hexadecimal digits": b"1A", "octal": b"0o7",
    "binary": b"0b1",
    "underscore": b"1_000", "thousands": b"1 000", "suffix": b"1L", "full-width digit": "１".encode(),
    "comma as point": b"1,5",
    # numbers that RFC 8259 has and a context has not
    "huge exponent": b"1e400", "negative huge exponent": b"-1e400", "tiny": b"1e-400", "10^30": b"1" + b"0" * 30,
    "a fraction": b"1.0",
    "an exponent": b"1e3", "zero with exponent": b"0e0", "negative zero fraction": b"-0.0", "1000 digits": b"9" * 1000,
    "100000 digits": b"9" * 100000, "100000 zeros in the fraction": b"0." + b"0" * 100000, "2^63": b"9223372036854775808",
    "2^64": b"18446744073709551616", "2^53 + 1": b"9007199254740993",
    # literals
    "null": b"null", "True": b"True", "TRUE": b"TRUE", "tru": b"tru", "truee": b"truee", "fals": b"fals", "nul": b"nul",
    "nulll": b"nulll",
    "undefined": b"undefined", "None": b"None", "bare word": b"abc", "nothing": b"", "a star": b"*", "a backslash": b"\\",
    "escaped literal": b"tru\\u0065",
    # strings: quotes, controls, escapes
    "single quotes": b"'a'", "back quotes": b"`a`", "typographic quotes": "“a”".encode(), "string in two parts": b'"a" "b"',
    "string without end": b'"abc', "string that ends in a backslash": b'"abc\\"', "string without begin": b'abc"',
    "one quote": b'"',
    **{f"control {byte:02x}": b'"a' + bytes([byte]) + b'b"' for byte in (0x00, 0x01, 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x1B, 0x1F)},
    **{f"escape {text}": b'"\\' + text.encode() + b'"' for text in ("x", "a", "0", "v", "'", "x41", "U0041", "N", "e", "123")},
    "escape of a line end": b'"a\\\nb"', "escape of a control": b'"\\\x01"', "escape of a character": '"\\é"'.encode(),
    "escape of an emoji": '"\\😀"'.encode(), "escape at the end": b'"\\',
    "u without digits": b'"\\u"', "u with one digit": b'"\\u0"', "u with two": b'"\\u00"', "u with three": b'"\\u004"',
    "u with a letter": b'"\\u004g"', "u with a sign": b'"\\u+041"', "u with a space": b'"\\u 041"',
    "u in braces": b'"\\u{41}"',
    "u cut by the end": b'"\\u00',
    "lone high surrogate": b'"\\ud800"', "lone low surrogate": b'"\\udc00"', "high and a letter": b'"\\ud800a"',
    "high and an escape": b'"\\ud800\\n"', "high and a non-surrogate": b'"\\ud800\\u0041"',
    "two highs": b'"\\ud800\\ud800"',
    "low and high": b'"\\udc00\\ud800"', "high and a cut low": b'"\\ud83d\\ude0"',
    "high and half an escape": b'"\\ud83d\\"',
    # strings: UTF-8
    "lone continuation": b'"\x80"', "lone continuation bf": b'"\xbf"', "two bytes cut": b'"\xc3"',
    "three bytes cut": b'"\xe4\xb8"',
    "four bytes cut": b'"\xf0\x9f\x98"', "two bytes and a letter": b'"\xc3a"', "three bytes and a letter": b'"\xe4\xb8a"',
    "overlong 2 of a slash": b'"\xc0\xaf"', "overlong 2 of NUL": b'"\xc0\x80"', "overlong 2 c1": b'"\xc1\xbf"',
    "overlong 3": b'"\xe0\x80\xaf"', "overlong 3 edge": b'"\xe0\x9f\xbf"', "overlong 4": b'"\xf0\x80\x80\xaf"',
    "overlong 4 edge": b'"\xf0\x8f\xbf\xbf"', "surrogate d800": b'"\xed\xa0\x80"', "surrogate dfff": b'"\xed\xbf\xbf"',
    "surrogate pair in bytes": b'"\xed\xa0\xbd\xed\xb8\x80"', "past U+10FFFF": b'"\xf4\x90\x80\x80"',
    "lead f5": b'"\xf5\x80\x80\x80"',
    "lead f8 of five": b'"\xf8\x88\x80\x80\x80"', "lead fc of six": b'"\xfc\x84\x80\x80\x80\x80"', "byte fe": b'"\xfe"',
    "byte ff": b'"\xff"', "latin 1": b'"\xe9"', "quote as a continuation": b'["\xc3", "a"]',
    # arrays and objects as values
    "trailing comma": b'["a",]', "two trailing commas": b'["a",,]', "leading comma": b'[,"a"]', "comma only": b"[,]",
    "two commas": b'["a",,"b"]',
    "no comma": b'["a" "b"]', "colon for a comma": b'["a":"b"]', "semicolon": b'["a";"b"]', "array without end": b'["a"',
    "array without end, comma": b'["a",', "array closed by a brace": b'["a"}', "array closed twice": b'["a"]]',
    "closing only": b"]",
    "parentheses": b'("a")', "array of a bare word": b"[a]", "string and garbage": b'"a"x', "number and letter": b"1a",
    "array and garbage": b'["a"]x', "line comment": b'// c\n"a"', "block comment": b'/* c */"a"',
    "comment behind": b'"a"/* c */',
    "hash comment": b'# c\n"a"', "comment in an array": b'["a"/* c */]', "form feed": b'\x0c"a"',
    "vertical tab": b'\x0b"a"',
    "no-break space": b'\xc2\xa0"a"', "line separator": b'\xe2\x80\xa8"a"', "NUL in front": b'\x00"a"',
    "NUL behind": b'"a"\x00',
    "BOM in front": b'\xef\xbb\xbf"a"', "word joiner": b'\xe2\x81\xa0"a"', "escaped quote outside": b'\\"a\\"',
    "deep arrays": b"[" * 100000, "deep arrays, closed": b"[" * 100000 + b"]" * 100000, "deep objects": b'{"a":' * 100000,
    "deep objects, closed": b'{"a":' * 100000 + b"1" + b"}" * 100000, "deep mix": b'[{"a":' * 50000,
    "deep, never opened": b"]" * 100000,
}

MEMBERS = f'"user_id":"u1","aoi":"{AOI}","amount":1'.encode()
GOOD = b"{" + MEMBERS + b"}"

BODIES = {
    "empty": b"", "a space": b" ", "white space": b" \t\r\n", "a number": b"1", "a string": b'"a"', "an array": b"[]",
    "true": b"true",
    "an empty object": b"{}", "an array of a context": b"[" + GOOD + b"]",
    "a string of a context": json.dumps(GOOD.decode()).encode(),
    "object without end": b"{" + MEMBERS, "object without end, comma": b"{" + MEMBERS + b",",
    "object without begin": MEMBERS + b"}",
    "object closed by a bracket": b"{" + MEMBERS + b"]", "trailing comma": b"{" + MEMBERS + b",}",
    "two trailing commas": b"{" + MEMBERS + b",,}",
    "leading comma": b"{," + MEMBERS + b"}", "two commas": GOOD.replace(b",", b",,", 1),
    "no comma": GOOD.replace(b",", b" ", 1),
    "semicolons": GOOD.replace(b",", b";"), "equals for a colon": GOOD.replace(b":", b"=", 1),
    "two colons": GOOD.replace(b":", b"::", 1),
    "no colon": GOOD.replace(b":", b" ", 1), "comma for a colon": GOOD.replace(b":", b",", 1),
    "arrow": GOOD.replace(b":", b"=>", 1),
    "single quotes": GOOD.replace(b'"', b"'"), "names without quotes": GOOD.replace(b'"amount"', b"amount"),
    "a name without value": GOOD.replace(b":1}", b":}"), "a name only": GOOD.replace(b":1}", b"}"),
    "a value without name": b"{" + MEMBERS + b",1}",
    "a number as name": b"{" + MEMBERS + b",1:1}", "null as name": b"{" + MEMBERS + b",null:1}",
    "an array as name": b"{" + MEMBERS + b',["a"]:1}',
    "a bare word as name": b"{" + MEMBERS + b",a:1}", "a bad escape in a name": GOOD.replace(b"amount", b"am\\xount"),
    "a surrogate in a name": b"{" + MEMBERS + b',"attributes":{"\\ud800":1}}',
    "bad UTF-8 in a name": b"{" + MEMBERS + b',"attributes":{"\xff":1}}',
    "a control in a name": b"{" + MEMBERS + b',"attributes":{"a\nb":1}}',
    "NUL escape in an id": GOOD.replace(b'"u1"', b'"u\\u00001"'),
    "NUL escape behind a name": GOOD.replace(b'"amount"', b'"amount\\u0000"'),
    "line comment": b"// c\n" + GOOD, "block comment": b"{/* c */" + MEMBERS + b"}", "comment behind": GOOD + b"// c",
    "hash comment": b"# c\n" + GOOD,
    "open comment": GOOD + b"/*", "closed twice": GOOD + b"}", "a bracket behind": GOOD + b"]",
    "a comma behind": GOOD + b",",
    "two contexts": GOOD + GOOD, "two contexts, a line each": GOOD + b"\n" + GOOD, "a word behind": GOOD + b"x",
    "NUL behind": GOOD + b"\x00",
    "NUL and another behind": GOOD + b"\x00" + GOOD, "NUL in front": b"\x00" + GOOD,
    "NUL within": GOOD.replace(b",", b"\x00,", 1),
    "BOM": b"\xef\xbb\xbf" + GOOD, "BOM only": b"\xef\xbb\xbf", "half a BOM": b"\xef\xbb" + GOOD,
    "BOM behind": GOOD + b"\xef\xbb\xbf",
    "UTF-16": GOOD.decode().encode("utf-16"), "UTF-16 LE": GOOD.decode().encode("utf-16-le"),
    "UTF-16 BE": GOOD.decode().encode("utf-16-be"),
    "UTF-32": GOOD.decode().encode("utf-32"), "latin 1": GOOD.replace(b"u1", b"caf\xe9"), "form feed": b"\x0c" + GOOD,
    "no-break space": b"\xc2\xa0" + GOOD, "ff behind": GOOD + b"\xff", "a form": b"user_id=u1&aoi=A1&amount=1",
    "XML": b"<a/>", "YAML": b"user_id: u1",
    "gzip": b"\x1f\x8b\x08\x00\x00", "every byte": bytes(range(256)), "1 MiB of spaces": b" " * BODY_MAX_BYTES,
    "1 MiB of one string": b'"' + b"a" * (BODY_MAX_BYTES - 2) + b'"',
    "1 MiB of backslashes": b'"' + b"\\" * (BODY_MAX_BYTES - 1),
    "150001 equal names": b"{" + b'"a":1,' * 150000 + b'"a":1}',
}


def assert_refused_and_goes_on(gateway, body):
    response = gateway.post(body)
    assert response.status == 400, response
    assert response.header("Content-Type") == "application/problem+json"
    assert response.json()["status"] == 400
    assert gateway.ask(get_request()).status == 200


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_a_body_that_is_not_json_is_400(gateway, value):
    assert_refused_and_goes_on(gateway, value)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_an_attribute_that_is_not_json_is_400(gateway, value):
    assert_refused_and_goes_on(gateway, b"{" + MEMBERS + b',"attributes":{"a":' + value + b"}}")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_not_one_context_is_400(gateway, body):
    assert_refused_and_goes_on(gateway, body)


@pytest.mark.parametrize("cut", range(0, len(GOOD), 3))
def test_a_context_that_is_cut_is_400(gateway, cut):
    assert_refused_and_goes_on(gateway, GOOD[:cut])


@pytest.mark.parametrize("name", ["leading zero", "NaN", "trailing comma", "control 00", "escape x", "lone high surrogate", "surrogate d800",
                                  "overlong 2 of a slash", "block comment", "deep arrays", "string without end"])
def test_a_batch_that_is_not_json_is_400_as_a_whole(gateway, name):
    item = b"{" + MEMBERS + b',"attributes":{"a":' + VALUES[name] + b"}}"
    body = b'{"requests":[' + GOOD + b"," + item + b"]}"
    response = gateway.ask(post_request(body, path="/v1/evaluate/batch"))
    assert response.status == 400, response
    assert gateway.get().status == 200


SURROGATES = '"attributes":{"a":"\\ud83d\\ude00","b":"\\uD834\\uDD1E","c":"\\udbff\\udfff"}'.encode()

ODD_BUT_VALID = {
    "white space everywhere": b' \t\r\n{ \n"user_id" \t: \r\n"u1" , "aoi"\t:[ "A1"\n,\t"A2" ] ,"amount" : 1 , "attributes" : { } }\r\n\t ',
    "an escaped name": GOOD.replace(b"user_id", b"user\\u005fid"),
    "a name all in escapes": GOOD.replace(b"aoi", b"\\u0061\\u006F\\u0069"),
    "escapes in a value": GOOD.replace(b'"u1"', b'"\\u0075\\/\\"\\\\1"'),
    "surrogate pairs": b"{" + MEMBERS + b"," + SURROGATES + b"}",
    "escaped controls in an attribute": b"{" + MEMBERS + b',"attributes":{"a":"\\b\\f\\n\\r\\t\\u0001"}}',
    "an escaped NUL in an attribute": b"{" + MEMBERS + b',"attributes":{"a":"a\\u0000b"}}',
    "an escaped NUL in an array": b"{" + MEMBERS + b',"attributes":{"a":["\\u0000","b"]}}',
    "U+10FFFF": b"{" + MEMBERS + b',"attributes":{"a":"\xf4\x8f\xbf\xbf"}}',
    "U+FFFF": b"{" + MEMBERS + b',"attributes":{"a":"\xef\xbf\xbf"}}',
    "U+FEFF within": b"{" + MEMBERS + b',"attributes":{"a":"\xef\xbb\xbf"}}',
    "U+2028": b"{" + MEMBERS + b',"attributes":{"a":"\xe2\x80\xa8"}}',
    "DEL in an attribute": b"{" + MEMBERS + b',"attributes":{"a":"\x7f"}}',
    "minus zero": b"{" + MEMBERS + b',"attributes":{"a":-0}}',
    "members in another order": f'{{"amount":1,"aoi":"{AOI}","user_id":"u1"}}'.encode(),
    "an empty array": b"{" + MEMBERS + b',"attributes":{"a":[]}}',
    "64 KiB of white space": b" " * 65536 + GOOD,
}


@pytest.mark.parametrize("body", ODD_BUT_VALID.values(), ids=ODD_BUT_VALID.keys())
def test_what_is_odd_but_valid_is_taken(gateway, body):
    response = gateway.post(body, JSON)
    assert response.status == 200, response


def test_an_escape_and_its_character_are_one_string(gateway):
    escaped = GOOD.replace(b'"user_id"', b'"request_id":"\\u8bf7\\ud83d\\ude00\\u0022\\/","user_id"')
    assert gateway.post(escaped).json()["request_id"] == '请😀"/'
    assert '"request_id":"请😀\\"/"'.encode() in gateway.post(escaped).body


def test_an_escaped_nul_does_not_cut_a_string():
    named = {"id": "p", "scope": {"type": "all"}, "offer": {"coupon": "C", "kind": "coupon"},
             "conditions": [{"attr": "tier", "op": "eq", "value": "gold"}]}
    with Gateway({"p.json": named}) as gateway:
        assert gateway.post(context(attributes={"tier": "gold"})).json()["offers"] != []
        assert gateway.post(context(attributes={"tier": "gold\0"})).json()["offers"] == []
        assert gateway.post(context(attributes={"tier": "gold\0x"})).json()["offers"] == []
