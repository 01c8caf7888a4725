"""What a client may put in a body (behaviour 4): a reader per field."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from tests.blackbox.support import expect
from tests.blackbox.support.expect import Entry, Fault

# A reader gives the clean value and what is wrong with it, each with a place within the field.
Found = tuple[Any, list[tuple[str, Fault]]]
Reader = Callable[[object], Found]
JsonValue = dict[str, Any] | None

_URL: Final = re.compile(
    r"(?:https?|ftps?)://(?:[^\s/?#@]+@)?"
    r"(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})"
    r"(?::\d{2,5})?(?:[/?#]\S*)?",
    re.IGNORECASE | re.ASCII,
)
_DATETIME: Final = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})"
    r"(?::(\d{1,2})(?:\.(\d{1,6})\d{0,6})?)?(Z|([+-])(\d{2}):?(\d{2})?)?",
    re.ASCII,
)


def is_url(text: str) -> bool:
    return _URL.fullmatch(text) is not None


def wrong(fault: Fault) -> Found:
    return None, [("", fault)]


def right(value: object) -> Found:
    return value, []


def text(limit: int | None = None) -> Reader:
    """Read trimmed text; numbers become text."""

    def read(value: object) -> Found:
        if value is None:
            return wrong(expect.NULL)
        if isinstance(value, bool | list | dict):
            return wrong(expect.NO_STRING)
        clean = str(value).strip()
        faults = [expect.max_length(limit)] if limit is not None and len(clean) > limit else []
        faults += [expect.NUL] if "\0" in clean else []
        return clean, [("", fault) for fault in faults]

    return read


def url(*, blank: bool) -> Reader:
    """Read a URL of at most 1000 characters."""

    def read(value: object) -> Found:
        if value is None:
            return wrong(expect.NULL)
        if value == "":
            return right("") if blank else wrong(expect.BLANK)
        if not isinstance(value, str):
            return wrong(expect.NO_URL)
        faults = [expect.max_length(1000)] if len(value) > 1000 else []
        faults += [] if is_url(value) else [expect.NO_URL]
        return value, [("", fault) for fault in faults]

    return read


def choice(*allowed: str) -> Reader:
    """Read one of a few words."""

    def read(value: object) -> Found:
        if value is None:
            return wrong(expect.NULL)
        return right(value) if value in allowed else wrong(expect.invalid_choice(str(value)))

    return read


def rsin_fault(value: str) -> Fault | None:
    """Return the first rule of 4.1.1 that `value` breaks."""
    if not re.fullmatch(r"[0-9]*", value):
        return "only-digits", "Waarde moet numeriek zijn."
    if len(value) != 9:
        return "invalid-length", "RSIN moet 9 tekens lang zijn."
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    if sum(w * int(digit) for w, digit in zip(weights, value, strict=True)) % 11:
        return "invalid", "Onjuist RSIN nummer."
    return None


def rsin(value: object) -> Found:
    clean, faults = text(9)(value)
    if clean == "":
        return wrong(expect.BLANK)
    first = rsin_fault(clean) if isinstance(clean, str) else None
    return clean, [("", first), *faults] if first else faults


def moment(value: object) -> Found:
    """Read a date-time (4.1.3)."""
    if value is None:
        return wrong(expect.NULL)
    match = _DATETIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return wrong(expect.DATETIME)
    year, month, day, hour, minute = map(int, match.groups()[:5])
    second, fraction = int(match[6] or 0), int((match[7] or "").ljust(6, "0"))
    offset = timedelta(hours=int(match[10] or 0), minutes=int(match[11] or 0))
    try:
        zone = timezone(-offset if match[9] == "-" else offset)
        read = datetime(year, month, day, hour, minute, second, fraction, zone)
    except ValueError:
        return wrong(expect.DATETIME)
    try:
        return right(read.astimezone(UTC))
    except OverflowError:
        return wrong(expect.OVERFLOW)


def links(value: object) -> Found:
    """Read the list of URLs onderwerpLinks."""
    if value is None:
        return wrong(expect.NULL)
    if not isinstance(value, list):
        return wrong(expect.not_a_list(type(value).__name__))
    found = [url(blank=False)(item) for item in value]
    faults = [
        (f".{index}", fault) for index, (_, wrongs) in enumerate(found) for _, fault in wrongs
    ]
    return [clean for clean, _ in found], faults


_IDENTIFICATIE: Final[Mapping[str, Reader]] = {
    "identificatie": text(24),
    "achternaam": text(200),
    "voorletters": text(20),
    "voorvoegselAchternaam": text(10),
}


def identificatie(value: object) -> Found:
    """Read the object medewerkerIdentificatie (4.2); only what was given is returned."""
    if value is None:
        return right(None)
    if not isinstance(value, dict):
        return None, [(".nonFieldErrors", expect.not_a_dictionary(type(value).__name__))]
    found = {name: read(value[name]) for name, read in _IDENTIFICATIE.items() if name in value}
    faults = [(f".{name}{at}", fault) for name, (_, all_) in found.items() for at, fault in all_]
    return {name: clean for name, (clean, _) in found.items()}, faults


def merged(stored: JsonValue, given: JsonValue) -> JsonValue:
    """Return the stored identification with the given parts changed (4.1.5)."""
    return (stored or dict.fromkeys(_IDENTIFICATIE, "")) | given if given else stored


def read_body(
    body: Mapping[str, object], table: Mapping[str, Reader], required: Sequence[str]
) -> tuple[dict[str, Any], list[Entry]]:
    """Return the clean values of a body, and all that is wrong in the order of the table."""
    values: dict[str, Any] = {}
    entries: list[Entry] = []
    for name, read in table.items():
        if name in body:
            values[name], faults = read(body[name])
            entries += [(name + at, *fault) for at, fault in faults]
        elif name in required:
            entries.append((name, *expect.REQUIRED))
    return values, entries
