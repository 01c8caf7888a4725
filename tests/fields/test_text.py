import pytest
from hypothesis import given

from contactmomenten.fields import Text
from contactmomenten.fields.text import has_surrogate
from tests.fields.json_values import JSON, TEXTS
from tests.fields.reading import codes, read, read_in_full

TEXT = Text(title="Tekst", max_length=5)


@pytest.mark.parametrize(
    ("given_value", "text"),
    [
        ("abc", "abc"),
        ("  \t\r\n\u00a0\u2003\u2028\u0085a b\u3000 ", "a b"),
        ("\ufeffa", "\ufeffa"),
        ("", ""),
        (" \u00a0 ", ""),
        (1, "1"),
        (-1, "-1"),
        (1.5, "1.5"),
        (1.0, "1.0"),
        (1e16, "1e+16"),
        ("12345", "12345"),
        ("  12345  ", "12345"),
        ("\U0001f600" * 5, "\U0001f600" * 5),
        ("e\u0301" * 2, "e\u0301" * 2),
    ],
)
def test_a_text_or_number_is_kept_as_trimmed_text(given_value: object, text: str) -> None:
    assert read(TEXT, given_value) == (text, [])


@pytest.mark.parametrize("value", [True, False, [], {}, ["a"], {"a": 1}])
def test_anything_else_is_no_text(value: object) -> None:
    assert read(TEXT, value) == (None, [("veld", "invalid")])


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("123456", ["max_length"]),
        ("\U0001f600" * 6, ["max_length"]),
        (123456, ["max_length"]),
        ("a\0", ["null_characters_not_allowed"]),
        ("\0", ["null_characters_not_allowed"]),
        ("12345\0", ["max_length", "null_characters_not_allowed"]),
        ("\ud800", ["invalid"]),
        ("123456\0\udfff", ["invalid"]),
        (10**4000, ["max_length"]),
        (None, ["null"]),
    ],
)
def test_every_fault_of_a_text_is_noted(value: object, found: list[str]) -> None:
    assert codes(TEXT, value) == found


def test_too_long_names_the_limit() -> None:
    (fault,) = read_in_full(TEXT, "123456")[1]
    assert fault.reason == "Zorg ervoor dat dit veld niet meer dan 5 karakters bevat."


@pytest.mark.parametrize("value", ["", "   ", "\u00a0"])
def test_blank_is_refused_where_something_is_needed(value: str) -> None:
    assert codes(Text(title="T", blank=False), value) == ["blank"]


def test_null_is_kept_where_it_is_allowed() -> None:
    assert read(Text(title="T", nullable=True), None) == (None, [])


def test_a_pair_of_surrogates_is_no_lone_one() -> None:
    assert not has_surrogate("\U0001f600")
    assert has_surrogate("a\ud83d")


@given(JSON)
def test_no_value_does_worse_than_a_fault(value: object) -> None:
    text, faults = read(TEXT, value)
    assert faults or isinstance(text, str)


@given(TEXTS)
def test_what_is_accepted_is_trimmed_short_and_valid_unicode(value: str) -> None:
    text, faults = read(TEXT, value)
    if not faults:
        assert text == value.strip()
        assert len(value.strip()) <= 5
        assert "\0" not in value.encode().decode()


def test_an_unlimited_text_has_no_limits_in_its_schema() -> None:
    assert Text(title="T").limits() == {}
    assert Text(title="T", max_length=3, blank=False).limits() == {"maxLength": 3, "minLength": 1}
