"""Date-times (4.1.3) in bodies and in filters."""

import pytest

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.values import JsonObject, unique

PATH = "/contactmomenten"

VALID = [
    ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"),
    ("2020-01-02T03:04:05", "2020-01-02T03:04:05Z"),
    ("2020-01-02 03:04:05Z", "2020-01-02T03:04:05Z"),
    ("2020-01-02 03:04", "2020-01-02T03:04:00Z"),
    ("2020-01-02T03:04Z", "2020-01-02T03:04:00Z"),
    ("2020-1-2T3:4Z", "2020-01-02T03:04:00Z"),
    ("2020-1-2 3:4:05+01:00", "2020-01-02T02:04:05Z"),
    ("2020-12-31T23:59:59Z", "2020-12-31T23:59:59Z"),
    ("2020-02-29T00:00:00Z", "2020-02-29T00:00:00Z"),
    ("2020-01-02T03:04:05.1Z", "2020-01-02T03:04:05.100000Z"),
    ("2020-01-02T03:04:05.12", "2020-01-02T03:04:05.120000Z"),
    ("2020-01-02T03:04:05.000001Z", "2020-01-02T03:04:05.000001Z"),
    ("2020-01-02T03:04:05.999999Z", "2020-01-02T03:04:05.999999Z"),
    ("2020-01-02T03:04:05.000000Z", "2020-01-02T03:04:05Z"),
    ("2020-01-02T03:04:05.0Z", "2020-01-02T03:04:05Z"),
    ("2020-01-02T03:04:05.1234567Z", "2020-01-02T03:04:05.123456Z"),
    ("2020-01-02T03:04:05.123456999999Z", "2020-01-02T03:04:05.123456Z"),
    ("2020-01-02T03:04:05.000000999999Z", "2020-01-02T03:04:05Z"),
    ("2020-01-02T03:04:05+01", "2020-01-02T02:04:05Z"),
    ("2020-01-02T03:04:05+0130", "2020-01-02T01:34:05Z"),
    ("2020-01-02T03:04:05+01:30", "2020-01-02T01:34:05Z"),
    ("2020-01-02T03:04:05-01:30", "2020-01-02T04:34:05Z"),
    ("2020-01-01T00:30:00+01:00", "2019-12-31T23:30:00Z"),
    ("2020-01-02T03:04:05+00:00", "2020-01-02T03:04:05Z"),
    ("2020-01-02T03:04:05-00:00", "2020-01-02T03:04:05Z"),
    ("2020-01-02T03:04:05+23:59", "2020-01-01T03:05:05Z"),
    ("2020-01-02T03:04:05-23:59", "2020-01-03T03:03:05Z"),
    ("2020-01-02T03:04+01:00", "2020-01-02T02:04:00Z"),
    ("2999-01-01T00:00:00Z", "2999-01-01T00:00:00Z"),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ("0001-01-01T00:00:00-01:00", "0001-01-01T01:00:00Z"),
    ("9999-12-31T23:59:59+01:00", "9999-12-31T22:59:59Z"),
]

INVALID_TEXTS = [
    "abc",
    "2020-01-02t03:04:05Z",
    "2020-01-02T03:04:05z",
    "2020-01-02",
    "2020-01-02T",
    "2020-01-02T03",
    "2020-01-02T03Z",
    "2020-W01-4T03:04:05Z",
    "2020-002T03:04:05Z",
    "20200102T030405Z",
    "20200102T03:04:05Z",
    "2020-01-02T03:04:05,5Z",
    "2020-01-02T03:04:05.Z",
    "2020-01-02T03:04:05.1234567890123Z",
    "2020-01-02  03:04:05Z",
    "2020-01-02T24:00:00Z",
    "2020-01-02T03:60:00Z",
    "2020-01-02T03:04:60Z",
    "2020-02-30T03:04:05Z",
    "2019-02-29T03:04:05Z",
    "2020-13-01T03:04:05Z",
    "2020-00-01T03:04:05Z",
    "2020-01-00T03:04:05Z",
    "0000-01-01T00:00:00Z",
    "20-01-02T03:04:05Z",
    "02020-01-02T03:04:05Z",
    "10000-01-01T00:00:00Z",
    "2020-01-02T03:04:05+24:00",
    "2020-01-02T03:04:05-24:00",
    "2020-01-02T03:04:05+99",
    "2020-01-02T03:04:05+1",
    "2020-01-02T03:04:05+01:0",
    "2020-01-02T03:04:05 +01:00",
    "2020-01-02T03:04:05ZZ",
    "2020-01-02T03:04:05Europe/Amsterdam",
    "02-01-2020T03:04:05Z",
    "2020/01/02T03:04:05Z",
    "1577934245",
    "now",
]


@pytest.mark.parametrize(("sent", "kept"), VALID)
def test_valid_text_comes_back_in_utc(api: Api, sent: str, kept: str) -> None:
    content = api.moment(registratiedatum=sent)
    assert content["registratiedatum"] == kept
    assert api.read(content["url"])["registratiedatum"] == kept


@pytest.mark.parametrize(
    "value",
    [
        *INVALID_TEXTS,
        "",
        " ",
        " 2020-01-02T03:04:05Z",
        "2020-01-02T03:04:05Z ",
        "2020-01-02T03:04:05Z\n",
        1577934245,
        1577934245.5,
        0,
        True,
        False,
        [],
        ["2020-01-02T03:04:05Z"],
        {},
    ],
    ids=repr,
)
def test_anything_else_is_refused(api: Api, value: object) -> None:
    response = api.post(PATH, api.moment_body(registratiedatum=value))
    expect.invalid(response, at("registratiedatum", expect.DATETIME))


@pytest.mark.parametrize(
    "value",
    ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00.5+00:01"],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_value_outside_the_years_after_conversion_overflows(
    api: Api, moment: JsonObject, method: str, value: str
) -> None:
    target = PATH if method == "POST" else moment["url"]
    body = api.moment_body(registratiedatum=value)
    expect.invalid(api.request(method, target, body), at("registratiedatum", expect.OVERFLOW))


FILTERS = [
    "registratiedatum",
    "registratiedatum__gt",
    "registratiedatum__gte",
    "registratiedatum__lt",
    "registratiedatum__lte",
]


@pytest.mark.parametrize(("sent", "kept"), VALID)
def test_the_filter_takes_the_same_texts(api: Api, sent: str, kept: str) -> None:
    moment = api.moment(registratiedatum=kept)
    found = api.urls(PATH, registratiedatum=sent, kanaal=moment["kanaal"])
    assert found == [moment["url"]]


@pytest.mark.parametrize("value", INVALID_TEXTS)
def test_the_filter_refuses_the_same_texts(api: Api, value: str) -> None:
    expect.invalid(
        api.get(PATH, registratiedatum=value), at("registratiedatum", expect.FILTER_DATETIME)
    )


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("value", ["abc", "2020-01-02", "1", "2020-01-02T24:00:00Z"])
def test_every_filter_on_time_refuses_a_bad_value_under_its_own_name(
    api: Api, name: str, value: str
) -> None:
    expect.invalid(api.get(PATH, **{name: value}), at(name, expect.FILTER_DATETIME))


@pytest.mark.parametrize("name", FILTERS)
def test_an_unencoded_plus_arrives_as_a_blank(api: Api, name: str) -> None:
    response = api.get(f"{PATH}?{name}=2020-01-02T03:04:05+01:00")
    expect.invalid(response, at(name, expect.FILTER_DATETIME))


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_filter_value_out_of_range_never_crashes(api: Api, name: str, value: str) -> None:
    """The text gives no outcome for this."""
    assert api.get(PATH, **{name: value}).status_code in {200, 400}


@pytest.fixture(scope="module")
def three(api: Api) -> list[JsonObject]:
    """Three contactmomenten, one microsecond apart."""
    kanaal = unique("tijd")
    stamps = [f"2020-06-01T12:00:00.00000{digit}Z" for digit in (1, 2, 3)]
    return [api.moment(kanaal=kanaal, registratiedatum=stamp) for stamp in stamps]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("registratiedatum", [1]),
        ("registratiedatum__gt", [2]),
        ("registratiedatum__gte", [1, 2]),
        ("registratiedatum__lt", [0]),
        ("registratiedatum__lte", [0, 1]),
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        "2020-06-01T12:00:00.000002Z",
        "2020-06-01T12:00:00.000002",
        "2020-06-01 14:00:00.000002+02:00",
        "2020-06-01T07:00:00.000002-0500",
    ],
)
def test_filters_compare_to_the_microsecond(
    api: Api, three: list[JsonObject], name: str, wanted: list[int], value: str
) -> None:
    found = api.urls(PATH, kanaal=three[0]["kanaal"], **{name: value})
    assert found == [three[index]["url"] for index in wanted]


def test_filters_on_time_are_combined(api: Api, three: list[JsonObject]) -> None:
    found = api.urls(
        PATH,
        kanaal=three[0]["kanaal"],
        registratiedatum__gt="2020-06-01T12:00:00.000001Z",
        registratiedatum__lt="2020-06-01T12:00:00.000003Z",
    )
    assert found == [three[1]["url"]]


def test_every_faulty_filter_on_time_is_reported_in_the_order_of_the_table(api: Api) -> None:
    response = api.get(PATH, **dict.fromkeys(reversed(FILTERS), "x"))
    expect.invalid(response, *(at(name, expect.FILTER_DATETIME) for name in FILTERS))
