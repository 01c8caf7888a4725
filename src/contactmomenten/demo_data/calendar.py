"""When the contactmomenten of five years are registered: mostly in office hours."""

from bisect import bisect_right
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Final

YEARS: Final = 5

_SECOND: Final = 1_000_000  # microseconds
_QUARTER: Final = 900 * _SECOND
_DAY: Final = 86_400 * _SECOND

_TIMES: Final = tuple(
    f"{hour:02}:{minute:02}:{second:02}"
    for hour in range(24)
    for minute in range(60)
    for second in range(60)
)

# How busy it is, from Monday to Sunday, and in each hour (UTC: an hour or two behind the
# Netherlands).
_DAYS: Final = (26, 22, 20, 20, 17, 2, 1)
_HOURS: Final = (0, 0, 0, 0, 0, 1, 4, 40, 80, 100, 95, 60, 80, 95, 85, 50, 8, 4, 4, 3, 1, 0, 0, 0)
# Offices are closed on these days of the year.
_HOLIDAYS: Final = frozenset({(1, 1), (4, 27), (12, 25), (12, 26)})


class Calendar:
    """Five years that end at the start of a day.

    Moments are in microseconds from the start of the first day.
    """

    def __init__(self, until: date) -> None:
        """Make the five years before `until`.

        Raises:
            OverflowError: they begin before the year 1.
        """
        number = round(YEARS * 365.25)
        days = [until - timedelta(number - index) for index in range(number)]
        self._days = [day.isoformat() for day in days]
        self._busy = list(
            accumulate(_busyness(day) * hour for day in days for hour in _HOURS for _ in range(4))
        )

    def moments(self, first: int, count: int, total: int, rng: Random) -> list[int]:
        """Return the moments of numbers `first` and on out of `total`, in order."""
        busy, random = self._busy, rng.random
        step = busy[-1] / total
        found = []
        quarter = 0
        for number in range(first, first + count):
            point = (number + random()) * step
            quarter = min(bisect_right(busy, point, quarter), len(busy) - 1)
            before = busy[quarter - 1] if quarter else 0
            part = (point - before) / (busy[quarter] - before)
            found.append(int((quarter + min(part, 1)) * _QUARTER))
        return found

    def written(self, moment: int) -> tuple[str, str]:
        """Return day and time (UTC) of a moment, the fraction left out when it is zero.

        A moment before the first day is that of the first day.
        """
        day, rest = divmod(max(moment, 0), _DAY)
        seconds, fraction = divmod(rest, _SECOND)
        time = _TIMES[seconds]
        return self._days[day], f"{time}.{fraction:06}" if fraction else time


def _busyness(day: date) -> int:
    return 0 if (day.month, day.day) in _HOLIDAYS else _DAYS[day.weekday()]
