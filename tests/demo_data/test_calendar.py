from datetime import date, datetime
from itertools import pairwise
from random import Random

import pytest

from contactmomenten.demo_data.calendar import Calendar

UNTIL = date(2026, 11, 1)


def drawn(first: int, count: int, total: int) -> list[datetime]:
    calendar = Calendar(UNTIL)
    return [
        datetime.fromisoformat("T".join(calendar.written(moment)))
        for moment in calendar.moments(first, count, total, Random(1))
    ]


def test_they_are_in_order_from_the_first_day_to_the_last() -> None:
    moments = drawn(0, 5000, 5000)
    assert all(before < after for before, after in pairwise(moments))
    assert moments[0].date() <= date(2021, 11, 3)
    assert moments[-1].date() >= date(2026, 10, 29)
    assert moments[-1].date() < UNTIL


def test_a_part_comes_after_the_part_before_it() -> None:
    assert drawn(0, 100, 300)[-1] < drawn(100, 100, 300)[0]


def test_most_are_in_office_hours() -> None:
    moments = drawn(0, 5000, 5000)
    weekdays = [moment for moment in moments if moment.weekday() < 5]
    assert 0.95 < len(weekdays) / 5000 < 0.99
    assert sum(7 <= moment.hour < 16 for moment in moments) > 0.95 * 5000
    assert not [moment for moment in moments if (moment.month, moment.day) == (12, 25)]


def test_one_alone_can_be_drawn() -> None:
    assert len(drawn(0, 1, 1)) == 1


@pytest.mark.parametrize(
    ("moment", "time"),
    [(0, "00:00:00"), (-1, "00:00:00"), (61_000_000, "00:01:01"), (5, "00:00:00.000005")],
)
def test_a_moment_is_written_without_a_fraction_of_zero(moment: int, time: str) -> None:
    assert Calendar(UNTIL).written(moment) == ("2021-11-01", time)


def test_years_before_the_first_one_are_refused() -> None:
    with pytest.raises(OverflowError):
        Calendar(date(3, 1, 1))
