import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactmomenten.fields import Rsin
from contactmomenten.fields.rsin import rsin_fault
from tests.fields.json_values import JSON
from tests.fields.reading import codes, read

RSIN = Rsin(title="RSIN")


def passes_eleven_test(digits: str) -> bool:
    """Tell it in another way than the source does: by long division of a folded sum."""
    remainder = 0
    for position, digit in enumerate(digits[:8]):
        remainder = (remainder + (9 - position) * int(digit)) % 11
    return remainder == int(digits[8]) % 11


@given(st.text("0123456789", min_size=9, max_size=9))
def test_the_eleven_test_agrees_with_another_formula(digits: str) -> None:
    assert (rsin_fault(digits) is None) == passes_eleven_test(digits)


@given(st.text("0123456789", min_size=8, max_size=8))
def test_at_most_one_last_digit_is_right(digits: str) -> None:
    assert sum(rsin_fault(f"{digits}{last}") is None for last in range(10)) <= 1


@pytest.mark.parametrize(
    ("value", "rsin"),
    [
        ("000000000", "000000000"),
        ("000000012", "000000012"),
        ("423182687", "423182687"),
        (423182687, "423182687"),
        (" 423182687\n", "423182687"),
    ],
)
def test_a_right_number_is_kept_as_text(value: object, rsin: str) -> None:
    assert read(RSIN, value) == (rsin, [])


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("423182688", ["invalid"]),
        (1, ["invalid-length"]),
        ("1234567890", ["invalid-length", "max_length"]),
        ("12345678a", ["only-digits"]),
        ("-12345678", ["only-digits"]),
        (-12345678, ["only-digits"]),
        (1.5, ["only-digits"]),
        ("٤٢٣١٨٢٦٨٧", ["only-digits"]),
        ("⁴23182687", ["only-digits"]),
        ("４２３１８２６８７", ["only-digits"]),
        ("0000 00000", ["only-digits", "max_length"]),
        ("00000000\0", ["only-digits", "null_characters_not_allowed"]),
        ("00000000\0x", ["only-digits", "max_length", "null_characters_not_allowed"]),
        ("00000000\ud800", ["invalid"]),
        ("", ["blank"]),
        ("  ", ["blank"]),
        (None, ["null"]),
        (True, ["invalid"]),
        (["000000000"], ["invalid"]),
        ({}, ["invalid"]),
    ],
)
def test_a_wrong_number_breaks_these_rules(value: object, found: list[str]) -> None:
    assert codes(RSIN, value) == found


@given(JSON)
def test_no_value_does_worse_than_a_fault(value: object) -> None:
    rsin, faults = read(RSIN, value)
    assert faults or (isinstance(rsin, str) and passes_eleven_test(rsin))
