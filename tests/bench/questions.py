"""The demo set's contexts as the files that bench_load reads: query targets, JSON bodies, batches."""

import json
import pathlib
import urllib.parse

BATCH_SIZE = 1000
BATCH_COUNT = 5


def read_contexts(file):
    return [json.loads(line) for line in pathlib.Path(file).read_text(encoding="utf-8").splitlines() if line.strip()]


def as_list(value):
    return value if isinstance(value, list) else [value]


def by_query(context):
    """What a GET can say of a context: all of it but the attributes that are no strings."""
    strings = {name: value for name, value in context.get("attributes", {}).items() if isinstance(value, str)}
    said = {name: value for name, value in context.items() if name != "attributes"}
    return said | ({"attributes": strings} if strings else {})


def brief(context):
    """What no caller can leave out, and the interface."""
    said = {name: context[name] for name in ("user_id", "amount", "delivery_fee", "interface") if name in context}
    return said | {"aoi": as_list(context["aoi"])[0]}


def target(context):
    pairs = [(name, value) for name, value in context.items() if name not in ("aoi", "attributes")]
    pairs += [("aoi", code) for code in as_list(context["aoi"])] + list(context.get("attributes", {}).items())
    return "/v1/evaluate?" + urllib.parse.urlencode(pairs)


def body(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def batch(contexts, start):
    return body({"requests": [contexts[(start + i) % len(contexts)] for i in range(BATCH_SIZE)]})


def write_lines(path, lines):
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return str(path)


def write_all(requests_file, folder):
    """The paths of the files, by name. A batch asks what the GETs ask, so that the two can be compared."""
    contexts = read_contexts(requests_file)
    queries = [by_query(context) for context in contexts]
    return {
        "get": write_lines(folder / "get", map(target, queries)),
        "get-brief": write_lines(folder / "get-brief", [target(brief(context)) for context in contexts]),
        "post": write_lines(folder / "post", map(body, contexts)),
        "batch": write_lines(folder / "batch", [batch(queries, 37 * i) for i in range(BATCH_COUNT)]),
    }
