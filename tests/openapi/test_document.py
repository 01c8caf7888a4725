"""Our document is a valid OAS 3.0 document."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from contactmomenten.openapi import document
from tests.openapi.oas30 import OAS_3_0
from tests.openapi.routes import ROUTES

SERVER = "https://example.nl/contactmomenten/api/v1"


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    return document(ROUTES, SERVER)


def operations(ours: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for path, item in ours["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, item, operation


def references(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)


def test_it_has_the_form_of_oas_3_0(ours: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(OAS_3_0)
    jsonschema.validate(ours, OAS_3_0, jsonschema.Draft202012Validator)


def test_a_wrong_keyword_would_be_noticed(ours: dict[str, Any]) -> None:
    broken = {**ours, "paths": {"/x": {"get": {"operationId": "x", "answers": {}}}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, OAS_3_0, jsonschema.Draft202012Validator)


def test_every_reference_leads_somewhere(ours: dict[str, Any]) -> None:
    for reference in references(ours):
        _, components, kind, name = reference.split("/")
        assert name in ours[components][kind], reference


def test_it_has_the_16_operations_each_with_its_own_id(ours: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(ours)]
    assert len(ids) == len(set(ids)) == 16


def test_every_variable_of_a_path_is_a_parameter(ours: dict[str, Any]) -> None:
    for path, item in ours["paths"].items():
        names = [parameter["name"] for parameter in item.get("parameters", ())]
        assert names == re.findall(r"{(\w+)}", path)


def test_every_tag_is_explained(ours: dict[str, Any]) -> None:
    explained = {tag["name"] for tag in ours["tags"]}
    used = {tag for _, _, operation in operations(ours) for tag in operation["tags"]}
    assert used == explained


def test_every_operation_names_a_scope_of_a_known_scheme(ours: dict[str, Any]) -> None:
    for _, _, operation in operations(ours):
        ((scheme, scopes),) = operation["security"][0].items()
        assert scheme in ours["components"]["securitySchemes"]
        assert len(scopes) == 1


def test_required_properties_exist(ours: dict[str, Any]) -> None:
    for schema in ours["components"]["schemas"].values():
        assert set(schema.get("required", ())) <= schema["properties"].keys()


def test_the_server_is_the_root_that_was_asked(ours: dict[str, Any]) -> None:
    assert ours["servers"] == [{"url": SERVER}]


def test_the_description_documents_the_kanaal(ours: dict[str, Any]) -> None:
    for word in ("contactmomenten", "contactmoment", "bronorganisatie", "kanaal", "destroy"):
        assert f"`{word}`" in ours["info"]["description"]
