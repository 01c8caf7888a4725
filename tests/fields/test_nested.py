from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactmomenten.contactmomenten.schemas import CONTACTMOMENT, MEDEWERKER, Medewerker
from contactmomenten.fields import Faults, ListOf, Nested, Url, clean
from tests.fields.json_values import JSON
from tests.fields.reading import codes, read, read_in_full

LINKS = ListOf(title="Links", item=Url(title="Link", blank=False))
PERSON = Nested(title="Persoon", nullable=True, struct=Medewerker, table=MEDEWERKER)


@pytest.mark.parametrize(
    ("value", "kind"),
    [("x", "str"), ({}, "dict"), (1, "int"), (1.5, "float"), (True, "bool"), ("", "str")],
)
def test_what_is_no_array_is_no_list(value: object, kind: str) -> None:
    (fault,) = read_in_full(LINKS, value)[1]
    reason = f'Verwachtte een lijst met items, maar kreeg type "{kind}".'
    assert (fault.name, fault.code, fault.reason) == ("veld", "not_a_list", reason)


def test_order_and_duplicates_of_a_list_are_kept() -> None:
    urls = ["http://b.nl", "http://a.nl", "http://b.nl"]
    assert read(LINKS, urls) == (urls, [])
    assert read(LINKS, []) == ([], [])


def test_a_faulty_item_is_named_by_its_index_from_zero() -> None:
    value = ["http://a.nl", "", None, "x", [["http://a.nl"]], "http://a.nl/\0"]
    assert read(LINKS, value)[1] == [
        ("veld.1", "blank"),
        ("veld.2", "null"),
        ("veld.3", "invalid"),
        ("veld.4", "invalid"),
        ("veld.5", "null_characters_not_allowed"),
    ]


@pytest.mark.parametrize(("value", "kind"), [("x", "str"), ([], "list"), (0, "int")])
def test_what_is_no_object_is_named_as_such(value: object, kind: str) -> None:
    (fault,) = read_in_full(PERSON, value)[1]
    reason = f"Ongeldige data. Verwacht een dictionary, kreeg een {kind}."
    assert (fault.name, fault.code, fault.reason) == ("veld.nonFieldErrors", "invalid", reason)


def test_only_the_known_properties_that_are_given_come_back() -> None:
    assert read(PERSON, {"voorletters": " J. ", "onbekend": [], "url": 1}) == (
        {"voorletters": "J."},
        [],
    )
    assert read(PERSON, {}) == ({}, [])
    assert read(PERSON, None) == (None, [])


def test_a_fault_inside_an_object_has_a_dotted_name() -> None:
    assert read(PERSON, {"voorvoegselAchternaam": "x" * 11, "identificatie": None})[1] == [
        ("veld.identificatie", "null"),
        ("veld.voorvoegselAchternaam", "max_length"),
    ]


def test_a_list_of_many_items_is_read() -> None:
    assert codes(LINKS, ["http://a.nl"] * 10_000) == []


@given(JSON)
def test_no_value_does_worse_than_a_fault(value: object) -> None:
    for field in (LINKS, PERSON):
        cleaned, faults = read(field, value)
        assert faults or cleaned is None or isinstance(cleaned, list | dict)


@given(st.dictionaries(st.sampled_from(CONTACTMOMENT.names), JSON))
def test_no_body_does_worse_than_faults(body: dict[str, Any]) -> None:
    faults = Faults()
    values = clean(CONTACTMOMENT, body, faults)
    assert faults or "bronorganisatie" in values
