"""The RSIN rule (4.1.1) in bodies and in the filter."""

import pytest

from .support import expect
from .support.api import Api
from .support.expect import Fault, at
from .support.values import JsonObject

PATH = "/contactmomenten"
DIGITS = ("only-digits", "Waarde moet numeriek zijn.")
LENGTH = ("invalid-length", "RSIN moet 9 tekens lang zijn.")
ELEVEN = ("invalid", "Onjuist RSIN nummer.")
TOO_LONG = expect.max_length(9)

FAULTY: list[tuple[object, list[Fault]]] = [
    ("12345678a", [DIGITS]),
    ("abc", [DIGITS]),
    ("a", [DIGITS]),
    ("-12345678", [DIGITS]),
    ("1234.5678", [DIGITS]),
    ("12 345678", [DIGITS]),
    ("\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669", [DIGITS]),
    ("\u00b2" * 9, [DIGITS]),
    ("\uff11" * 9, [DIGITS]),
    ("1", [LENGTH]),
    ("12345678", [LENGTH]),
    ("0" * 8, [LENGTH]),
    ("0" * 10, [LENGTH, TOO_LONG]),
    ("1234567890", [LENGTH, TOO_LONG]),
    ("abcdefghij", [DIGITS, TOO_LONG]),
    ("123456789", [ELEVEN]),
    ("000000001", [ELEVEN]),
    ("111111111", [ELEVEN]),
    ("423182688", [ELEVEN]),
    ("999999999", [ELEVEN]),
    ("12345678\0", [DIGITS, expect.NUL]),
    ("123456789\0", [DIGITS, TOO_LONG, expect.NUL]),
    (1, [LENGTH]),
    (0, [LENGTH]),
    (123456789, [ELEVEN]),
    (1234567890, [LENGTH, TOO_LONG]),
    (1.5, [DIGITS]),
    (423182687.0, [DIGITS, TOO_LONG]),
]
VALID = ["000000000", "000000012", "423182687", "002564440", "100000009", "123456782"]


@pytest.mark.parametrize(("value", "faults"), FAULTY)
def test_a_faulty_rsin_is_refused_on_create(api: Api, value: object, faults: list[Fault]) -> None:
    response = api.post(PATH, api.moment_body(bronorganisatie=value))
    expect.invalid(response, *(at("bronorganisatie", fault) for fault in faults))


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(("value", "faults"), FAULTY[::4])
def test_a_faulty_rsin_is_refused_on_update(
    api: Api, moment: JsonObject, method: str, value: object, faults: list[Fault]
) -> None:
    response = api.request(method, moment["url"], {"bronorganisatie": value})
    expect.invalid(response, *(at("bronorganisatie", fault) for fault in faults))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        *((value, value) for value in VALID),
        (423182687, "423182687"),
        (" 423182687\u00a0", "423182687"),
    ],
)
def test_a_valid_rsin_is_kept(api: Api, value: object, kept: str) -> None:
    assert api.moment(bronorganisatie=value)["bronorganisatie"] == kept


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("abc", DIGITS),
        ("12345678a", DIGITS),
        ("\u0661" * 9, DIGITS),
        ("1", LENGTH),
        ("1234567890", LENGTH),
        ("123456789", ELEVEN),
    ],
)
def test_the_filter_has_the_same_rule(api: Api, value: str, fault: Fault) -> None:
    expect.invalid(api.get(PATH, bronorganisatie=value), at("bronorganisatie", fault))


@pytest.mark.parametrize("value", VALID)
def test_the_filter_takes_a_valid_rsin(api: Api, value: str) -> None:
    moment = api.moment(bronorganisatie=value)
    assert api.urls(PATH, bronorganisatie=value, kanaal=moment["kanaal"]) == [moment["url"]]
