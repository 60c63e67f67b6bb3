"""Requests of the OpenAPI tests, and what the file says about their answers."""

import json
from urllib.parse import urlencode

import wire

JSON = (("Content-Type", "application/json"),)
TRACEPARENT = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
OF_EVERY_ANSWER = {"content-type", "content-length", "connection"}


def send(address, data):
    """One request's bytes on a connection of its own; its answer."""
    return wire.ask_once(address, data, is_head=data.startswith(b"HEAD "))


def bodyless(method, target, *headers):
    return wire.request(method, target, headers)


def with_body(method, target, body, headers=JSON):
    return wire.request(method, target, headers, body.encode("utf-8"))


def target_of(path, parameters):
    """`parameters` are (name, value) pairs."""
    pairs = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in parameters]
    return f"{path}?{urlencode(pairs)}"


def expect_as_listed(spec, answer, route):
    """The answer has the route's status, and is as the file says. `route` is (path, method, status)."""
    path, method, status = route
    assert answer.status == status, (answer.status, answer.body[:400])
    assert faults(spec, path, method, answer) == []
    return answer


def media_type_of(answer):
    """What the HTTP library writes itself has none."""
    return (answer.header("Content-Type") or "*/*").split(";")[0].strip()


def faults(spec, path, method, answer):
    """Everything in which the answer differs from what the file says; empty is well."""
    listed = spec.responses(path, method)
    if answer.status not in listed:
        return [f"{answer.status} is not listed for {method} {path}: {answer.body[:300]}"]
    response = listed[answer.status]
    found = _header_faults(spec, response, answer)
    content, media_type = response["content"], media_type_of(answer)
    if media_type not in content:
        found.append(f"content type {media_type!r} is none of {sorted(content)}")
    elif method != "head":
        found += _body_faults(spec, content[media_type]["schema"], answer)
    return found


def like(answer, example, but_for):
    """Equal but for members of these names, which differ from time to time."""
    if isinstance(answer, dict):
        same = list(answer) == list(example)
        return same and all(name in but_for or like(answer[name], example[name], but_for) for name in answer)
    if isinstance(answer, list):
        return len(answer) == len(example) and all(like(*both, but_for) for both in zip(answer, example))
    return answer == example


def examples_of(spec, route, media_type):
    path, method, status = route
    examples = spec.responses(path, method)[status]["content"][media_type]["examples"]
    return [example["value"] for example in examples.values()]


def _header_faults(spec, response, answer):
    listed = {name.lower() for name in response.get("headers", {})}
    sent = {name.lower() for name, _ in answer.headers}
    found = [f"header {name} is not listed" for name in sorted(sent - listed - OF_EVERY_ANSWER)]
    for name, header in response.get("headers", {}).items():
        header = spec.resolve(header)
        value = answer.header(name)
        schema = spec.resolve(header["schema"])
        if value is None:
            found += [f"header {name} is missing"] if header.get("required") else []
        else:
            found += spec.errors(schema, int(value) if schema.get("type") == "integer" else value)
    return found


def _body_faults(spec, schema, answer):
    if not media_type_of(answer).endswith("json"):
        return spec.errors(schema, answer.body.decode())
    value = answer.json()
    line_end = b"\n" if spec.resolve(schema).get("x-line-end") else b""
    found = spec.errors(schema, value) + _order_faults(spec, schema, value)
    if isinstance(value, dict) and "degraded" in value:
        if answer.header("X-Promo-Degraded") != value.get("cause"):
            found.append("X-Promo-Degraded does not tell the cause")
    if answer.status >= 400 and value.get("status") != answer.status:
        found.append("the problem's status is not the answer's")
    if json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + line_end != answer.body:
        found.append("there is white space, or an escape that JSON does not demand")
    return found


def _order_faults(spec, schema, value):
    """Members of an answer stand in the order of their schema's properties."""
    schema = spec.resolve(schema)
    if isinstance(value, list) and "items" in schema:
        return [fault for item in value for fault in _order_faults(spec, schema["items"], item)]
    if not isinstance(value, dict):
        return []
    if "oneOf" in schema:
        schema = next(spec.resolve(branch) for branch in schema["oneOf"] if not spec.errors(branch, value))
    names = list(schema["properties"])
    found = [] if list(value) == [n for n in names if n in value] else [f"members out of order: {list(value)}"]
    for name, member in value.items():
        found += _order_faults(spec, schema["properties"][name], member)
    return found
