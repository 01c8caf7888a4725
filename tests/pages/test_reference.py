"""The page of the schema shows what the document says."""

import pytest

from contactmomenten.openapi import document
from contactmomenten.pages.reference import Operation, Reference, Schema, reference_of
from tests.openapi.routes import ROUTES


@pytest.fixture(scope="module")
def reference() -> Reference:
    return reference_of(document(ROUTES, "https://example.nl/api/v1"))


def operation(reference: Reference, name: str) -> Operation:
    return next(
        operation
        for group in reference.groups
        for operation in group.operations
        if operation.id == name
    )


def schema(reference: Reference, name: str) -> Schema:
    return next(schema for schema in reference.schemas if schema.name == name)


def test_every_operation_is_in_one_group(reference: Reference) -> None:
    assert [len(group.operations) for group in reference.groups] == [8, 4, 4]


def test_parameters_are_shown_by_place(reference: Reference) -> None:
    parameters = operation(reference, "contactmoment_update").parameters
    assert list(parameters) == ["In het pad", "Als header"]
    assert [parameter.required for parameter in parameters["Als header"]] == [True, False, False]


def test_bodies_lead_to_their_schema(reference: Reference) -> None:
    for name in ("contactmoment_create", "klantcontactmoment_create"):
        body = operation(reference, name).body
        assert body is not None
        assert body.schema in {"ContactMoment", "KlantContactMoment"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("contactmoment_list", "pagina van"),
        ("contactmoment_read", ""),
        ("audittrail_list", "array van"),
    ],
)
def test_answers_are_told_apart(reference: Reference, name: str, words: str) -> None:
    (answer,) = operation(reference, name).answers
    assert answer.kind is not None
    assert answer.kind.words == words


def test_an_empty_answer_has_no_schema(reference: Reference) -> None:
    (answer,) = operation(reference, "contactmoment_delete").answers
    assert answer.kind is None


def test_errors_are_shown_apart(reference: Reference) -> None:
    statuses = [answer.status for answer in operation(reference, "audittrail_read").errors]
    assert statuses == ["401", "403", "404", "406", "409", "410", "415", "429", "500"]


@pytest.mark.parametrize(
    ("name", "words", "notes"),
    [
        ("url", "string (uri)", ("alleen lezen", "1 tot 1000 tekens")),
        ("vorigContactmoment", "string (uri)", ("mag null zijn", "1 tot 1000 tekens")),
        ("kanaal", "string", ("hoogstens 50 tekens",)),
        ("tekst", "string", ()),
        ("onderwerpLinks", "array van string (uri)", ("hoogstens 1000 tekens",)),
    ],
)
def test_limits_are_in_words(
    reference: Reference, name: str, words: str, notes: tuple[str, ...]
) -> None:
    found = {field.name: field for field in schema(reference, "ContactMoment").properties}[name]
    assert found.kind.words == words
    assert found.notes == notes


def test_a_null_able_schema_says_so(reference: Reference) -> None:
    assert schema(reference, "Medewerker").nullable
