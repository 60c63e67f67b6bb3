"""The OpenAPI file as tests read it: references resolved, schemas validated, constraints broken one at a time.

    spec = Spec()
    for bad in spec.violations(schema, sample):       bad.value breaks one constraint: bad.why, at bad.pointer
    for value in spec.edges(schema, sample):          a value that stands on a limit

A sample is a valid instance; violations and edges keep everything of it but the one place. Values that JSON cannot
express as Python values (1.0, 1e3) travel as Raw, which `to_json` writes as they stand.
"""

import dataclasses
import json
import pathlib
import re

import jsonschema
import yaml

FILE = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "openapi.yaml"
METHODS = ("get", "head", "post", "put", "delete")
NAME_MAX_BYTES = 64  # a pointer shows no more of an attribute's name

# What a schema of a request may say. A new keyword has to be taught to `violations` before it may be used.
SAID_BY_WORDS = {"description", "default", "examples"}
CONSTRAINTS = {
    "type", "required", "properties", "additionalProperties", "propertyNames", "maxProperties", "minLength",
    "maxLength", "x-max-bytes", "pattern", "not", "minimum", "maximum", "minItems", "maxItems", "items", "oneOf",
    "x-refused",
}  # fmt: skip

ONE_OF_EACH_TYPE = {
    "null": None, "boolean": True, "integer": 7, "number": 1.5, "string": "x", "array": [], "object": {},
}  # fmt: skip
SUSPECT_CHARACTERS = ("\u0001", "\t", "\u007f", "\u0085", " ")


class Raw(str):
    """JSON text that stands for itself."""


@dataclasses.dataclass(frozen=True)
class Bad:
    value: object
    pointer: str
    why: str


def to_json(value):
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{to_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(to_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def escaped(name):
    """A member's name as a JSON pointer shows it."""
    shown = name.encode()[:NAME_MAX_BYTES].decode(errors="ignore")
    return "/" + shown.replace("~", "~0").replace("/", "~1")


class Spec:
    def __init__(self):
        self.document = yaml.safe_load(FILE.read_text("utf-8"))
        self.resolver = jsonschema.RefResolver.from_schema(self.document, id_of=lambda _: "")

    def resolve(self, node):
        """The node with its reference followed; what stands beside a reference wins."""
        while isinstance(node, dict) and "$ref" in node:
            _, target = self.resolver.resolve(node["$ref"])
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    def errors(self, schema, value):
        validator = jsonschema.Draft202012Validator(schema, resolver=self.resolver)
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]

    def operations(self):
        """(path, method, operation) of all."""
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield path, method, item[method]

    def responses(self, path, method):
        """{status: response} of an operation, or of a method that the path does not have."""
        item = self.document["paths"].get(path)
        if item is None:
            listed = self.document["x-other-paths"]
        else:
            listed = item[method]["responses"] if method in item else item["x-other-methods"]
        found = {}
        for status, response in sorted(listed.items(), reverse=True):  # "default" is what the numbers do not say
            response = self.resolve(response)
            statuses = response["x-statuses"] if status == "default" else [int(status)]
            found.update(dict.fromkeys(statuses, response))
        return found

    def body(self, path, method="post"):
        """The JSON media type of an operation's request."""
        return self.document["paths"][path][method]["requestBody"]["content"]["application/json"]

    def unknown_keywords(self, schema):
        """Keywords of a request's schema, at any depth, that `violations` would pass over."""
        schema = self.resolve(schema)
        found = set(schema) - CONSTRAINTS - SAID_BY_WORDS
        if "not" in schema:
            found |= {f"not.{key}" for key in set(schema["not"]) - {"enum"}}
        below = [*schema.get("properties", {}).values(), *schema.get("oneOf", [])]
        below += [schema[key] for key in ("items", "propertyNames") if key in schema]
        if isinstance(schema.get("additionalProperties"), dict):
            below.append(schema["additionalProperties"])
        return found.union(*map(self.unknown_keywords, below))

    def sample(self, schema):
        """Some valid instance."""
        schema = self.resolve(schema)
        if "oneOf" in schema:
            return self.sample(schema["oneOf"][0])
        kind = schema["type"]
        if kind == "object":
            properties = schema.get("properties", {})
            return {name: self.sample(properties[name]) for name in schema.get("required", [])}
        if kind == "array":
            return [self.sample(schema["items"])] * max(1, schema.get("minItems", 0))
        return {"string": "x" * max(1, schema.get("minLength", 0)), "integer": 1, "boolean": True}[kind]

    # Violations

    def violations(self, schema, sample):
        schema = self.resolve(schema)
        if "oneOf" in schema:
            yield from self._of_branches(schema, sample)
            return
        kind = schema["type"]
        fitting = {kind, "integer"} if kind == "number" else {kind}
        for name, value in ONE_OF_EACH_TYPE.items():
            if name not in fitting:
                yield Bad(value, "", f"type {name}")
        for text in schema.get("x-refused", []):
            yield Bad(Raw(text), "", f"x-refused {text}")
        yield from getattr(self, f"_of_{kind}")(schema, sample)

    def _of_branches(self, schema, sample):
        """What breaks a constraint of one branch, if no other branch takes it."""
        seen = set()
        for branch in schema["oneOf"]:
            fits = not self.errors(branch, sample)
            for bad in self.violations(branch, sample if fits else self.sample(branch)):
                text = to_json(bad.value)
                is_raw = isinstance(bad.value, Raw)
                if text not in seen and (is_raw or "x-" in bad.why or self.errors(schema, bad.value)):
                    seen.add(text)
                    yield bad

    def _of_boolean(self, schema, sample):
        return ()

    def _of_integer(self, schema, sample):
        if "minimum" in schema:
            yield Bad(schema["minimum"] - 1, "", "minimum")
        if "maximum" in schema:
            yield Bad(schema["maximum"] + 1, "", "maximum")
        yield Bad(Raw("1" + "0" * 400), "", "a number beyond any range")

    def _of_string(self, schema, sample):
        if schema.get("minLength", 0) > 0:
            yield Bad("x" * (schema["minLength"] - 1), "", "minLength")
        if "maxLength" in schema:
            yield Bad("x" * (schema["maxLength"] + 1), "", "maxLength")
        if "x-max-bytes" in schema:
            yield Bad("中" * (schema["x-max-bytes"] // 3 + 1), "", "x-max-bytes")
        for character in SUSPECT_CHARACTERS:
            if "pattern" in schema and not re.search(schema["pattern"], character):
                yield Bad("a" + character + "b", "", f"pattern, U+{ord(character):04X}")
        for value in schema.get("not", {}).get("enum", []):
            yield Bad(value, "", f"not {value}")

    def _of_array(self, schema, sample):
        items = schema["items"]
        first = sample[0] if sample else self.sample(items)
        if schema.get("minItems", 0) > 0:
            yield Bad([first] * (schema["minItems"] - 1), "", "minItems")
        if "maxItems" in schema:
            yield Bad([first] * (schema["maxItems"] + 1), "", "maxItems")
        for bad in self.violations(items, first):
            yield Bad([bad.value], "/0" + bad.pointer, bad.why)

    def _of_object(self, schema, sample):
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            yield Bad({k: v for k, v in sample.items() if k != name}, escaped(name), "required")
        for name, member in properties.items():
            for bad in self.violations(member, sample.get(name, self.sample(member))):
                yield Bad({**sample, name: bad.value}, escaped(name) + bad.pointer, bad.why)
        others = schema.get("additionalProperties")
        if others is False:
            yield Bad({**sample, "unheard-of": 1}, "/unheard-of", "additionalProperties")
        elif others:
            yield from self._of_free_members(schema, sample)

    def _of_free_members(self, schema, sample):
        others = schema["additionalProperties"]
        value = self.sample(others)
        for bad in self.violations(others, value):
            yield Bad({**sample, "some": bad.value}, "/some" + bad.pointer, bad.why)
        for bad in self.violations(schema["propertyNames"], "some"):
            if isinstance(bad.value, str):
                yield Bad({**sample, bad.value: value}, escaped(bad.value), f"propertyNames, {bad.why}")
        if "maxProperties" in schema:
            yield Bad({f"a{i}": value for i in range(schema["maxProperties"] + 1)}, "", "maxProperties")

    # Edges

    def edges(self, schema, sample):
        """Valid values that stand on a limit, or leave out what is optional."""
        schema = self.resolve(schema)
        if "oneOf" in schema:
            for branch in schema["oneOf"]:
                yield from self.edges(branch, self.sample(branch))
            return
        kind = schema["type"]
        if "minimum" in schema:
            yield from (schema["minimum"], schema["maximum"])
        if kind == "string" and "maxLength" in schema and "x-refused" not in schema:
            yield from ("x" * schema.get("minLength", 0), "x" * schema["maxLength"])
            yield "中" * (schema["x-max-bytes"] // 3)
        if kind == "array":
            first = self.sample(schema["items"])
            yield from ([first] * schema["minItems"], [first] * schema["maxItems"])
            yield from ([value] for value in self.edges(schema["items"], first))
        if kind == "object":
            yield from self._edges_of_object(schema, sample)

    def _edges_of_object(self, schema, sample):
        for name, member in schema.get("properties", {}).items():
            if name not in schema.get("required", []):
                yield {k: v for k, v in sample.items() if k != name}
            for value in self.edges(member, sample.get(name, self.sample(member))):
                yield {**sample, name: value}
        if isinstance(schema.get("additionalProperties"), dict):
            others = schema["additionalProperties"]
            value = self.sample(others)
            yield {}
            if "maxProperties" in schema:
                yield {f"a{i}": value for i in range(schema["maxProperties"])}
            yield from ({"some": edge} for edge in self.edges(others, value))
            names = [name for name in self.edges(schema["propertyNames"], "some")]
            yield from ({name: value} for name in names)
