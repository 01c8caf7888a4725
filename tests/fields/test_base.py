from typing import Annotated

import msgspec
import pytest

from contactmomenten.fields import Faults, Field, OwnUrl, Text, clean, field_table
from contactmomenten.fields.base import Fault


class Thing(msgspec.Struct, rename="camel"):
    url: Annotated[str, OwnUrl(title="Url")]
    first_name: Annotated[str, Text(title="First", required=True, max_length=3)]
    nick_name: Annotated[str | None, Text(title="Nick", nullable=True)]


TABLE = field_table(Thing)


def faults_of(body: dict[str, object], *, partial: bool = False) -> list[tuple[str, str]]:
    faults = Faults()
    clean(TABLE, body, faults, partial=partial)
    return [(fault.name, fault.code) for fault in faults.entries]


def test_a_table_has_the_camel_case_names_in_order() -> None:
    assert (TABLE.names, len(TABLE), list(TABLE)) == (
        ("url", "firstName", "nickName"),
        3,
        ["url", "firstName", "nickName"],
    )


def test_a_struct_with_an_attribute_without_field_makes_no_table() -> None:
    class Wrong(msgspec.Struct):
        name: Annotated[str, "no field"]

    with pytest.raises(TypeError, match="carries no Field"):
        field_table(Wrong)


def test_clean_values_come_by_attribute_name() -> None:
    faults = Faults()
    assert clean(TABLE, {"firstName": " a ", "nickName": None}, faults) == {
        "first_name": "a",
        "nick_name": None,
    }
    assert not faults


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("firstName", "required")]),
        ({"firstName": None}, [("firstName", "null")]),
        ({"first_name": "abc"}, [("firstName", "required")]),
        ({"firstName": "abcd"}, [("firstName", "max_length")]),
        ({"firstName": "abcd\0"}, [
            ("firstName", "max_length"),
            ("firstName", "null_characters_not_allowed"),
        ]),
        ({"firstName": "abc", "nickName": False}, [("nickName", "invalid")]),
        ({"firstName": "abc", "url": 1, "unknown": [], "": {}}, []),
    ],
)  # fmt: skip
def test_each_fault_of_a_body_is_noted(
    body: dict[str, object], faults: list[tuple[str, str]]
) -> None:
    assert faults_of(body) == faults


def test_nothing_is_required_in_part() -> None:
    assert faults_of({}, partial=True) == []
    assert faults_of({"firstName": None}, partial=True) == [("firstName", "null")]


def test_a_read_only_property_is_not_taken_over() -> None:
    assert clean(TABLE, {"url": "http://x.nl", "firstName": "a"}, Faults()) == {"first_name": "a"}


def test_a_faulty_field_is_left_out_of_the_clean_values() -> None:
    assert clean(TABLE, {"firstName": "abcd", "nickName": "b"}, Faults()) == {"nick_name": "b"}


def test_a_prefix_stands_before_each_name() -> None:
    faults = Faults()
    clean(TABLE, {"nickName": []}, faults, prefix="a.b.")
    assert [fault.name for fault in faults.entries] == ["a.b.firstName", "a.b.nickName"]


def test_faults_come_in_the_order_of_the_fields_and_the_others_last() -> None:
    faults = Faults()
    for name in ("nonFieldErrors", "b.1", "a", "b.0", "b"):
        faults.add(name, "x", name)
    ordered = [fault.name for fault in faults.in_order(("a", "b"))]
    assert ordered == ["a", "b.1", "b.0", "b", "nonFieldErrors"]


def test_faults_keep_what_they_are_told() -> None:
    faults = Faults()
    assert not faults
    faults.add("a.b", "x", "y")
    assert faults
    assert faults.entries == [Fault("a.b", "x", "y")]


def test_a_field_that_says_nothing_reads_nothing() -> None:
    with pytest.raises(NotImplementedError):
        Field(title="x").accept(1, "x", Faults())


def test_a_schema_has_title_description_and_flags() -> None:
    field = Text(title="T", description="D", nullable=True, read_only=True, max_length=2)
    assert field.schema() == {
        "title": "T",
        "description": "D",
        "type": "string",
        "readOnly": True,
        "maxLength": 2,
        "nullable": True,
    }
