import sys

import msgspec
import pytest
from hypothesis import given

from contactmomenten.fields import Choice
from tests.fields.json_values import JSON
from tests.fields.reading import codes, read, read_in_full

CHOICE = Choice(title="Keuze", choices=("gemeente", "klant"))


def reason(value: object) -> str:
    (fault,) = read_in_full(CHOICE, value)[1]
    return fault.reason


@pytest.mark.parametrize("value", ["gemeente", "klant"])
def test_a_choice_is_accepted(value: str) -> None:
    assert read(CHOICE, value) == (value, [])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Klant", "Klant"),
        (" klant", " klant"),
        ("", ""),
        ("klant\0", "klant\0"),
        (True, "True"),
        (1, "1"),
        (1.0, "1.0"),
        ([], "[]"),
        (["klant"], "['klant']"),
        ({"klant": None}, "{'klant': None}"),
        (["\ud800"], "['\\ud800']"),
    ],
)
def test_anything_else_is_shown_in_the_reason(value: object, shown: str) -> None:
    assert codes(CHOICE, value) == ["invalid_choice"]
    assert reason(value) == f'"{shown}" is een ongeldige keuze.'


def test_a_long_value_is_shown_in_part() -> None:
    assert reason("x" * 100_000) == f'"{"x" * 200}…" is een ongeldige keuze.'


def test_a_lone_surrogate_is_not_echoed() -> None:
    assert codes(CHOICE, "\ud800") == ["invalid"]
    msgspec.json.encode(reason("\ud800"))


def test_null_is_no_choice() -> None:
    assert codes(CHOICE, None) == ["null"]


def test_blank_is_a_choice_where_it_is_allowed() -> None:
    field = Choice(title="Keuze", choices=("a",), blank=True)
    assert read(field, "") == ("", [])
    assert codes(field, " ") == ["invalid_choice"]
    assert field.limits() == {"enum": ["a", ""]}
    assert CHOICE.limits() == {"enum": ["gemeente", "klant"]}


@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_what_can_be_parsed_can_be_refused_however_deep(begin: bytes, end: bytes) -> None:
    # The limit of the parser depends on how deep the stack is already: look around it.
    for depth in range(sys.getrecursionlimit()):
        try:
            value = msgspec.json.decode(begin * depth + b"1" + end * depth)
        except RecursionError:
            return
        assert codes(CHOICE, value) == ["invalid_choice"]
    pytest.fail("the parser knows no limit")


@pytest.mark.parametrize("digits", [4299, 4301, 100_000])
def test_a_huge_number_is_refused_like_any_other(digits: int) -> None:
    assert codes(CHOICE, 10**digits) == ["invalid_choice"]


@given(JSON)
def test_no_value_does_worse_than_a_fault_that_can_be_answered(value: object) -> None:
    cleaned, faults = read_in_full(CHOICE, value)
    assert faults or cleaned in {"gemeente", "klant"}
    msgspec.json.encode(faults)
