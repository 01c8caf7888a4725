from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactmomenten.fields import Moment, parse_moment
from tests.fields.json_values import JSON
from tests.fields.reading import codes, read, read_in_full

MOMENT = Moment(title="Moment")

moments = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 (hypothesis wants bounds without a zone)
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.integers(-23 * 60 - 59, 23 * 60 + 59).map(
        lambda minutes: timezone(timedelta(minutes=minutes))
    ),
)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T12:34", datetime(2026, 11, 23, 12, 34, tzinfo=UTC)),
        ("2026-1-2 3:4", datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
        ("2026-11-23T12:34:5", datetime(2026, 11, 23, 12, 34, 5, tzinfo=UTC)),
        ("2026-11-23T12:34:56.1", datetime(2026, 11, 23, 12, 34, 56, 100_000, tzinfo=UTC)),
        ("2026-11-23T12:34:56.123456999999", datetime(2026, 11, 23, 12, 34, 56, 123_456, UTC)),
        ("2026-11-23T12:34:56Z", datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)),
        ("2026-11-23T12:34+01", datetime(2026, 11, 23, 11, 34, tzinfo=UTC)),
        ("2026-11-23T12:34+0130", datetime(2026, 11, 23, 11, 4, tzinfo=UTC)),
        ("2026-11-23T12:34-01:30", datetime(2026, 11, 23, 14, 4, tzinfo=UTC)),
        ("2026-11-23T12:34-00:00", datetime(2026, 11, 23, 12, 34, tzinfo=UTC)),
        ("2024-02-29T23:59:59.999999+23:59", datetime(2024, 2, 29, 0, 0, 59, 999_999, UTC)),
        ("0001-01-01T00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_these_forms_are_moments_in_utc(text: str, moment: datetime) -> None:
    assert read(MOMENT, text) == (moment, [])
    assert parse_moment(text).tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2026-11-23",
        "2026-11-23T12",
        "2026-11-23t12:34",
        "2026-11-23T12:34z",
        "2026-11-23  12:34",
        " 2026-11-23T12:34",
        "2026-11-23T12:34\n",
        "20261123T1234",
        "2026-W48-1T12:34",
        "2026-11-23T12:34:56,5",
        "2026-11-23T12:34:56.",
        "2026-11-23T12:34:56.1234567890123",
        "2026-11-23T12:34.5",
        "2026-11-23T24:00",
        "2026-11-23T23:59:60",
        "2026-11-23T23:60",
        "2026-02-29T12:00",
        "2026-13-01T12:00",
        "2026-00-01T12:00",
        "0000-01-01T12:00",
        "2026-11-23T12:34+24:00",
        "2026-11-23T12:34+1",
        "2026-11-23T12:34 +01:00",
        "2026-11-23T12:34Z+01:00",
        "٢٠٢٦-11-23T12:34",
        "2026-11-23T12:34\0",
        "2026-11-23T12:34\ud800",
        "-2026-11-23T12:34",
        "12026-11-23T12:34",
        1764000000,
        1.5,
        True,
        [],
        {},
    ],
)
def test_these_are_no_moments(value: object) -> None:
    assert codes(MOMENT, value) == ["invalid"]


@pytest.mark.parametrize("text", ["0001-01-01T00:00+00:01", "9999-12-31T23:59-00:01"])
def test_a_moment_outside_the_calendar_in_utc_overflows(text: str) -> None:
    (fault,) = read_in_full(MOMENT, text)[1]
    assert (fault.code, fault.reason) == ("overflow", "Datetime value out of range.")


@given(moments)
def test_what_python_prints_is_read_back(moment: datetime) -> None:
    assert parse_moment(moment.isoformat()) == moment
    assert parse_moment(moment.isoformat(sep=" ")) == moment


@given(moments)
def test_what_we_answer_is_read_back_and_answered_alike(moment: datetime) -> None:
    answered = msgspec.json.encode(moment.astimezone(UTC)).decode().strip('"')
    assert parse_moment(answered) == moment
    assert msgspec.json.encode(parse_moment(answered)).decode().strip('"') == answered


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("2026-11-23T12:34+01:00", "2026-11-23T11:34:00Z"),
        ("2026-11-23T12:34:56.1", "2026-11-23T12:34:56.100000Z"),
        ("0001-01-01T00:00", "0001-01-01T00:00:00Z"),
    ],
)
def test_a_fraction_is_answered_with_six_digits_or_not_at_all(text: str, answered: str) -> None:
    assert msgspec.json.encode(parse_moment(text)).decode() == f'"{answered}"'


@given(JSON)
def test_no_value_does_worse_than_a_fault(value: object) -> None:
    moment, faults = read(MOMENT, value)
    assert faults or isinstance(moment, datetime)
