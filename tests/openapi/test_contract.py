"""Our document means what the standard's document means."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from contactmomenten.openapi import document
from tests.openapi.meaning import ABSENT, differences, meaning, sentences
from tests.openapi.routes import ROUTES

STANDARD = Path(__file__, "../../../../shared/standard/openapi.yaml").resolve()

_NOT_FOUND = {
    "headers": {"API-version": {"schema": {"type": "string"}}},
    "content": {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Fout"}},
    },
}
_BAD_REQUEST = {
    "headers": {"API-version": {"schema": {"type": "string"}}},
    "content": {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/ValidatieFout"}},
    },
}

# D-29 of the standard's behaviour: all that our document says otherwise, as (theirs, ours).
DIFFERENCES = {
    "components schemas Wijzigingen properties oud nullable": (ABSENT, True),
    "components schemas Wijzigingen properties nieuw nullable": (ABSENT, True),
    "components schemas ContactMoment properties initiatiefnemer enum": (
        ["gemeente", "klant"],
        ["", "gemeente", "klant"],
    ),
    "paths /contactmomenten get responses 404": (ABSENT, _NOT_FOUND),
    "paths /klantcontactmomenten get responses 404": (ABSENT, _NOT_FOUND),
    "paths /objectcontactmomenten get responses 404": (ABSENT, _NOT_FOUND),
    "paths /contactmomenten/{contactmoment_uuid}/audittrail get responses 404": (
        ABSENT,
        _NOT_FOUND,
    ),
    "paths /objectcontactmomenten/{uuid} delete responses 400": (ABSENT, _BAD_REQUEST),
}


@pytest.fixture(scope="module")
def standard() -> dict[str, Any]:
    if not STANDARD.exists():
        pytest.skip(f"the standard's own document is not at {STANDARD}")
    read: dict[str, Any] = yaml.safe_load(STANDARD.read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    return document(ROUTES, "https://example.nl/api/v1")


def test_it_differs_from_the_standard_only_where_that_was_decided(
    standard: dict[str, Any], ours: dict[str, Any]
) -> None:
    assert differences(meaning(standard), meaning(ours)) == DIFFERENCES


def test_no_sentence_is_that_of_the_standard(
    standard: dict[str, Any], ours: dict[str, Any]
) -> None:
    assert sentences(standard) & sentences(ours) == set()


def test_sentences_are_found(standard: dict[str, Any], ours: dict[str, Any]) -> None:
    assert len(sentences(standard)) > 30
    assert len(sentences(ours)) > 30


def test_a_klant_may_have_two_roles_in_one_contactmoment(ours: dict[str, Any]) -> None:
    # D-31: the standard's own text forgets the rol.
    text = ours["paths"]["/klantcontactmomenten"]["post"]["description"]
    assert re.search(r"contactmoment.*klant.*rol", text, re.DOTALL)
