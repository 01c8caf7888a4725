"""Points in time (behaviour 4.1.3)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar

from contactmomenten.fields.base import Faults, Field

NOT_A_MOMENT = (
    "Datetime heeft een ongeldig formaat, gebruik 1 van de volgende formaten: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)
OUT_OF_RANGE = "Datetime value out of range."

_FORMAT = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"[T ]"
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2})"
    r"(?::(?P<second>[0-9]{1,2})(?:\.(?P<fraction>[0-9]{1,6})[0-9]{0,6})?)?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<zone_hours>[0-9]{2})(?::?(?P<zone_minutes>[0-9]{2}))?)?"
)


def parse_moment(text: str) -> datetime:
    """Return the moment that `text` tells, in UTC with microseconds; no zone means UTC.

    Raises:
        OverflowError: the moment in UTC falls outside the years 1 to 9999.
        ValueError: any other fault of form or value.
    """
    match = _FORMAT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    zone = UTC
    if match["sign"]:
        offset = timedelta(hours=int(match["zone_hours"]), minutes=int(match["zone_minutes"] or 0))
        zone = timezone(-offset if match["sign"] == "-" else offset)
    moment = datetime(
        int(match["year"]),
        int(match["month"]),
        int(match["day"]),
        int(match["hour"]),
        int(match["minute"]),
        int(match["second"] or 0),
        int((match["fraction"] or "0").ljust(6, "0")),
        tzinfo=zone,
    )
    return moment.astimezone(UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment(Field):
    """A date and time, kept in UTC."""

    oas_type: ClassVar[dict[str, object]] = {"type": "string", "format": "date-time"}

    def read(self, value: object, name: str, faults: Faults) -> datetime | None:
        """Return the moment in UTC."""
        try:
            if isinstance(value, str):
                return parse_moment(value)
        except OverflowError:
            faults.add(name, "overflow", OUT_OF_RANGE)
            return None
        except ValueError:
            pass
        faults.add(name, "invalid", NOT_A_MOMENT)
        return None
