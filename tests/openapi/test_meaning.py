"""The comparison of documents itself can be trusted."""

from copy import deepcopy
from typing import Any

import pytest

from contactmomenten.openapi import document
from tests.openapi.meaning import differences, meaning, sentences
from tests.openapi.routes import ROUTES

SERVER = "https://example.nl/api/v1"


@pytest.fixture
def changed() -> dict[str, Any]:
    return deepcopy(document(ROUTES, SERVER))


def found(changed: dict[str, Any]) -> set[str]:
    return set(differences(meaning(document(ROUTES, SERVER)), meaning(changed)))


def test_a_document_equals_itself(changed: dict[str, Any]) -> None:
    assert not found(changed)


def test_words_do_not_count(changed: dict[str, Any]) -> None:
    changed["components"]["schemas"]["Fout"]["properties"]["title"]["description"] = "Anders"
    changed["servers"] = []
    assert not found(changed)


def test_a_property_that_is_called_title_counts(changed: dict[str, Any]) -> None:
    del changed["components"]["schemas"]["Fout"]["properties"]["title"]
    assert found(changed) == {"components schemas Fout properties title"}


def test_the_order_of_required_properties_does_not_count(changed: dict[str, Any]) -> None:
    changed["components"]["schemas"]["Fout"]["required"].reverse()
    assert not found(changed)


def test_a_parameter_may_belong_to_the_path_or_to_the_operation(changed: dict[str, Any]) -> None:
    item = changed["paths"]["/klantcontactmomenten/{uuid}"]
    shared = item.pop("parameters")
    for operation in item.values():
        operation.setdefault("parameters", []).extend(shared)
    assert not found(changed)


def test_another_format_of_a_parameter_counts(changed: dict[str, Any]) -> None:
    parameter = changed["paths"]["/klantcontactmomenten"]["get"]["parameters"][0]
    parameter["schema"].pop("format")
    assert found(changed) == {
        "paths /klantcontactmomenten get parameters query:contactmoment schema format"
    }


def test_a_missing_scope_counts(changed: dict[str, Any]) -> None:
    changed["paths"]["/contactmomenten"]["get"]["security"] = []
    assert found(changed) == {"paths /contactmomenten get security"}


def test_a_sentence_is_found_whatever_its_layout() -> None:
    one = {"description": "Kort.\n\n* Een zin\nvan meer dan `zes` woorden."}
    other = {"a": [{"summary": "Iets anders: een zin van meer dan zes woorden"}]}
    assert sentences(one) & sentences(other) == {"een zin van meer dan zes woorden"}
