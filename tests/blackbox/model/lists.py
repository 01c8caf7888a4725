"""Pages, filters and orderings of the lists (behaviour 6)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from tests.blackbox.support import expect
from tests.blackbox.support.expect import Entry

from . import fields

Query = Sequence[tuple[str, str]]
Row = Any
Test = Callable[[Row], bool]

SIZE: Final = 100

# Names that may be in `ordering`, with what a row is ordered by.
ORDERINGS: Final[Mapping[str, Callable[[Row], Any]]] = {
    "url": lambda row: row.uuid,
    "bronorganisatie": lambda row: row.values["bronorganisatie"],
    "klant": lambda _: 0,
    "registratiedatum": lambda row: row.values["registratiedatum"],
    "kanaal": lambda row: row.values["kanaal"],
    "voorkeurskanaal": lambda row: row.values["voorkeurskanaal"],
    "tekst": lambda row: row.values["tekst"],
    "onderwerp_links": lambda row: row.values["onderwerpLinks"],
    "initiatiefnemer": lambda row: row.values["initiatiefnemer"],
    "medewerker": lambda row: row.values["medewerker"],
    "medewerker_identificatie": lambda row: row.identified,
}
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "registratiedatum": lambda have, want: have == want,
    "registratiedatum__gt": lambda have, want: have > want,
    "registratiedatum__gte": lambda have, want: have >= want,
    "registratiedatum__lt": lambda have, want: have < want,
    "registratiedatum__lte": lambda have, want: have <= want,
}


def unknown(query: Query, known: Sequence[str]) -> list[Entry]:
    """Return what is wrong with the names of the parameters."""
    names = [name for name in dict(query) if name not in known]
    reason = f"Onbekende query parameters: {', '.join(names)}"
    return [("nonFieldErrors", "unknown-parameters", reason)] if names else []


def everything(_: Row) -> bool:
    return True


def nothing(_: Row) -> bool:
    return False


def by_text(name: str, value: str) -> tuple[Test, list[Entry]]:
    """Filter on a text, or another value that is compared as it is."""
    value = value.strip()
    if not value:
        return everything, []
    if name == "bronorganisatie" and (fault := fields.rsin_fault(value)):
        return everything, [(name, *fault)]
    if name in {"medewerker", "klant", "object"} and not fields.is_url(value):
        return everything, [(name, *expect.NO_URL)]
    return lambda row: bool(row.values[name] == value), []


def by_choice(name: str, value: str, allowed: Sequence[str]) -> tuple[Test, list[Entry]]:
    """Filter on one of a few words."""
    if value and value not in allowed:
        return everything, [(name, *expect.invalid_option(value))]
    return (lambda row: bool(row.values[name] == value)) if value else everything, []


def by_moment(name: str, value: str) -> tuple[Test, list[Entry]]:
    """Filter on registratiedatum."""
    if not value:
        return everything, []
    wanted, faults = fields.moment(value)
    if faults:
        return everything, [(name, *expect.FILTER_DATETIME)]
    compare = _COMPARISONS[name]
    return lambda row: compare(row.values["registratiedatum"], wanted), []


def ordered(rows: Sequence[Row], ordering: str) -> tuple[list[Row], list[Entry]]:
    """Return `rows`, which come in order of creation, in the order that is asked for."""
    parts = [part for part in ordering.split(",") if part]
    for part in parts:
        if part.removeprefix("-") not in ORDERINGS:
            return [], [("ordering", *expect.invalid_option(part))]
    found = list(rows)
    for part in reversed(parts):  # stable, also in reverse
        found.sort(key=ORDERINGS[part.removeprefix("-")], reverse=part.startswith("-"))
    return found, []


def page_of(query: Query, count: int) -> int | None:
    """Return the number of the page; None when there is no such page."""
    text = dict(query).get("page", "1")
    number = int(text) if re.fullmatch(r"[0-9]+", text) else 0
    return number if number == 1 or 0 < (number - 1) * SIZE < count else None


def links(url: str, query: Query, page: int, count: int) -> tuple[str | None, str | None]:
    """Return the URLs of the next and the previous page."""
    others = [(name, value) for name, value in query if name != "page"]

    def link(number: int) -> str:
        own = [("page", str(number))] if number > 1 else []
        text = urlencode(sorted([*others, *own], key=lambda pair: pair[0]))
        return f"{url}?{text}" if text else url

    following = link(page + 1) if page * SIZE < count else None
    return following, link(page - 1) if page > 1 else None
