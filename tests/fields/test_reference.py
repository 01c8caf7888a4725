from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactmomenten.fields import Reference
from contactmomenten.fields.reference import own_path, parse_uuid
from tests.fields.json_values import JSON, TEXTS
from tests.fields.reading import codes, read, read_in_full

ID = "0a1b2c3d-0000-4000-8000-00000000000f"
PATH = f"/api/v1/contactmomenten/{ID}"
REFERENCE = Reference(title="Vorig", nullable=True)


@pytest.mark.parametrize(
    "text",
    [
        f"http://localhost{PATH}",
        f"https://elders.example.nl:8443{PATH}?a=b#c",
        f"https:{PATH}",
        PATH,
        f"http://localhost{PATH.replace(ID, ID.upper())}",
        f"http://localhost{PATH.replace('-', '')}",
        f"http://localhost{PATH.replace('a', '%61')}",
    ],
)
def test_only_the_path_of_a_reference_counts(text: str) -> None:
    assert read(REFERENCE, text) == (UUID(ID), [])


@pytest.mark.parametrize("value", [None, ""])
def test_null_and_empty_mean_none(value: object) -> None:
    assert read(REFERENCE, value) == (None, [])
    assert codes(Reference(title="R", required=True), value) == ["null"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("abc", "no_match"),
        (" ", "no_match"),
        (f" http://localhost{PATH}", "no_match"),
        (f"{PATH}\n", "no_match"),
        (f"HTTP://localhost{PATH}", "no_match"),
        (f"ftp://localhost{PATH}", "no_match"),
        (f"http://localhost{PATH}/", "no_match"),
        (f"http://localhost{PATH}.json", "no_match"),
        (f"http://localhost/api/v2/contactmomenten/{ID}", "no_match"),
        (f"http://localhost/api/v1/zaken/{ID}", "no_match"),
        (f"http://localhost/api/v1/klantcontactmomenten/{ID}/audittrail", "no_match"),
        (f"http://localhost/x{PATH}", "no_match"),
        ("http://[::1", "no_match"),
        ("http://localhost", "no_match"),
        ("http:", "no_match"),
        (f"http://localhost{PATH}%2F", "no_match"),
        ("http://localhost/api/v1/contactmomenten", "incorrect_match"),
        (f"http://localhost/api/v1/klantcontactmomenten/{ID}", "incorrect_match"),
        (f"http://localhost/api/v1/objectcontactmomenten/{ID}", "incorrect_match"),
        (f"http://localhost{PATH}/audittrail", "incorrect_match"),
        (f"http://localhost{PATH}/audittrail/{ID}", "incorrect_match"),
        ("http://localhost/api/v1/contactmomenten/abc", "invalid"),
        (f"http://localhost/api/v1/contactmomenten/{{{ID}}}", "invalid"),
        (f"http://localhost/api/v1/contactmomenten/urn:uuid:{ID}", "invalid"),
        ("http://localhost/api/v1/contactmomenten/%00", "invalid"),
        ("http://localhost/api/v1/contactmomenten/%ED%A0%80", "invalid"),
        (f"{PATH}\ud800", "invalid"),
        (f"{PATH}?{'a' * 1000}", "max_length"),
        (1, "incorrect_type"),
        (1.5, "incorrect_type"),
        (True, "incorrect_type"),
        (False, "incorrect_type"),
        (0, "incorrect_type"),
        ([], "incorrect_type"),
        ({}, "incorrect_type"),
        ([PATH], "incorrect_type"),
    ],
)
def test_anything_else_has_a_fault_of_its_own(value: object, code: str) -> None:
    assert read(REFERENCE, value) == (None, [("veld", code)])


def test_a_malformed_uuid_is_shown() -> None:
    (fault,) = read_in_full(REFERENCE, "http://x.nl/api/v1/contactmomenten/abc")[1]
    assert fault.reason == "'abc' is geen geldige UUID."


@pytest.mark.parametrize("kind", ["int", "list"])
def test_the_type_that_came_is_named(kind: str) -> None:
    (fault,) = read_in_full(REFERENCE, 1 if kind == "int" else [1])[1]
    assert fault.reason == f"Ongeldig type. Verwacht een URL, ontving {kind}."


def test_the_mount_path_comes_first() -> None:
    assert read(REFERENCE, f"http://localhost/cm{PATH}", "/cm") == (UUID(ID), [])
    assert read(REFERENCE, f"http://localhost/cm{PATH}")[1] == [("veld", "no_match")]
    assert read(REFERENCE, f"http://localhost/cmx{PATH}", "/cm")[1] == [("veld", "no_match")]


def test_a_trail_is_recognised() -> None:
    found = own_path(f"{PATH}/audittrail", "")
    assert found is not None
    assert (found.resource, found.id, found.is_trail) == ("contactmomenten", ID, True)


@given(st.uuids())
def test_every_uuid_is_read_in_every_spelling(uuid: UUID) -> None:
    for text in (str(uuid), str(uuid).upper(), uuid.hex):
        assert parse_uuid(text) == uuid


@given(TEXTS)
def test_no_other_text_is_a_uuid(text: str) -> None:
    assert parse_uuid(text) is None
    assert parse_uuid(f"{ID}{text}") is None or not text


@given(JSON | TEXTS.map("http://".__add__) | TEXTS.map(f"http://localhost{PATH[:-1]}".__add__))
def test_no_value_does_worse_than_a_fault(value: object) -> None:
    uuid, faults = read(REFERENCE, value)
    assert faults or uuid is None or isinstance(uuid, UUID)
