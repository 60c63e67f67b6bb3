"""deploy/openapi.yaml by itself: well formed, and every example as its schema says."""

import jsonschema

from openapi_spec import Spec

SPEC = Spec()
EVALUATE, BATCH = "/v1/evaluate", "/v1/evaluate/batch"
ADMIN_PATHS = ("/livez", "/readyz", "/startupz", "/metrics", "/admin/status", "/admin/switches",
               "/admin/switches/{interface}", "/admin/{path}")


def media_types_within(node, where=""):
    """(where, media type object) of every request and response."""
    if isinstance(node, dict):
        for name, media in node.get("content", {}).items():
            yield f"{where} {name}", media
        for key, value in node.items():
            yield from media_types_within(value, f"{where}/{key}")


def schemas_within(node):
    """Every object below the node that a `schema` or `schemas` key holds."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "schema":
                yield value
            elif key == "schemas":
                yield from value.values()
            yield from schemas_within(value)
    elif isinstance(node, list):
        for value in node:
            yield from schemas_within(value)


def references_within(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references_within(value)
    elif isinstance(node, list):
        for value in node:
            yield from references_within(value)


def test_it_is_openapi_3_1_with_the_parts_that_the_specification_requires():
    document = SPEC.document
    assert document["openapi"].startswith("3.1.") and document["info"]["title"] and document["info"]["version"]
    identifiers = [operation["operationId"] for _, _, operation in SPEC.operations()]
    assert len(identifiers) == len(set(identifiers))
    tags = {tag["name"] for tag in document["tags"]}
    for path, method, operation in SPEC.operations():
        assert operation["responses"] and operation["summary"] and set(operation["tags"]) <= tags, (method, path)
        named = {p["name"] for p in map(SPEC.resolve, operation.get("parameters", [])) if p["in"] == "path"}
        assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}, path


def test_every_reference_resolves_and_every_component_is_used():
    used = set(references_within(SPEC.document))
    for reference in used:
        SPEC.resolver.resolve(reference)
    listed = {kind: names for kind, names in SPEC.document["components"].items() if kind != "securitySchemes"}
    assert {f"#/components/{kind}/{name}" for kind in listed for name in listed[kind]} == used


def test_every_schema_is_valid_json_schema():
    for schema in schemas_within(SPEC.document):
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_example_validates_against_its_schema():
    for where, media in media_types_within(SPEC.document):
        assert media["examples"], f"{where} has no example"
        for name, example in media["examples"].items():
            assert SPEC.errors(media["schema"], example["value"]) == [], f"{where} {name}"


def test_every_parameter_has_examples_that_validate():
    for name, parameter in SPEC.document["components"]["parameters"].items():
        for example in parameter["examples"].values():
            assert SPEC.errors(parameter["schema"], example["value"]) == [], name


def test_the_admin_listeners_routes_are_told_apart_by_their_server():
    for path, item in SPEC.document["paths"].items():
        assert ("servers" in item) == (path in ADMIN_PATHS), path
        assert all(o["tags"] == ["decisions"] for p, _, o in SPEC.operations() if p == path) != (path in ADMIN_PATHS)


def test_no_constraint_of_a_request_goes_unbroken():
    assert SPEC.unknown_keywords(SPEC.body(BATCH)["schema"]) == set()
    assert SPEC.unknown_keywords(SPEC.body("/admin/switches/{interface}", "put")["schema"]) == set()
    for parameter in SPEC.document["components"]["parameters"].values():
        assert SPEC.unknown_keywords(parameter["schema"]) == set()
