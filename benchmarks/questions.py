"""What is asked in the measurement of growth: every list, by each filter and ordering."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any, Final
from uuid import UUID

from benchmarks.database import Observer
from benchmarks.http import Target
from contactmomenten.contactmomenten.lists import CONTACTMOMENTEN

PAGE_SIZE: Final = 100

FIRST: Final = "first page"
MIDDLE: Final = "in the middle"
DEEP: Final = "page 900"
LAST: Final = "last page"

_DEEP_PAGE: Final = 900
# Of a hundred thousand rows, page 900 is at this share; shorter lists are asked for that share.
_DEEP_SHARE: Final = 0.9

_MONTH: Final = timedelta(days=30)
_YEAR: Final = timedelta(days=365)

_BY_MD5: Final = {"medewerker"}

_MOMENTS: Final = "contactmoment"
_KLANTEN: Final = "klantcontactmoment"
_OBJECTEN: Final = "objectcontactmoment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A list that is asked for.

    Attributes:
        group: the picture that it belongs to.
        name: the same for each size of the database.
        table: whose rows it lists.
        query: the parameters, without the page.
        references: parameters that are the URL of a contactmoment.
        where: SQL: which rows it lists, with the parameters `values`; empty for all.
        values: of `where`.
        positions: the pages that are asked for.
    """

    group: str
    name: str
    table: str
    query: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, UUID] = field(default_factory=dict)
    where: str = ""
    values: tuple[object, ...] = ()
    positions: Sequence[str] = (FIRST, LAST)

    @property
    def path(self) -> str:
        """Return the path of the list."""
        return f"/{self.table}en"

    def asked(self, target: Target, page: int) -> dict[str, str]:
        """Return the parameters of a request for a page."""
        urls = {
            name: f"{target.root}/contactmomenten/{uuid}" for name, uuid in self.references.items()
        }
        return {**self.query, **urls, **({"page": str(page)} if page > 1 else {})}


def page_at(position: str, count: int) -> int:
    """Return the number of the page at a position in a list of `count` rows."""
    pages = max(1, ceil(count / PAGE_SIZE))
    if position == FIRST:
        return 1
    if position == MIDDLE:
        return ceil(pages / 2)
    if position == DEEP:
        return _DEEP_PAGE if pages >= _DEEP_PAGE else ceil(pages * _DEEP_SHARE)
    return pages


def questions(observer: Observer) -> list[Question]:
    """Return all questions, with values that are in the database."""
    return [
        *_pages(),
        *_filters(observer),
        *_periods(observer),
        *_combinations(observer),
        *_orderings(),
        *_relations(observer),
    ]


def _pages() -> list[Question]:
    return [
        Question(
            group="pages",
            name=f"{table}en",
            table=table,
            positions=(FIRST, MIDDLE, DEEP, LAST),
        )
        for table in (_MOMENTS, _KLANTEN, _OBJECTEN)
    ]


def _filters(observer: Observer) -> list[Question]:
    columns = (
        "bronorganisatie",
        "kanaal",
        "voorkeurskanaal",
        "voorkeurstaal",
        "initiatiefnemer",
        "medewerker",
    )
    found = [
        _equal("filters", f"{column}, frequent", {column: observer.often(_MOMENTS, column)})
        for column in columns
    ]
    rare = observer.seldom(_MOMENTS, "bronorganisatie")
    found.append(_equal("filters", "bronorganisatie, rare", {"bronorganisatie": rare}))
    for link in observer.rows("SELECT voorganger, opvolger FROM keten LIMIT 1"):
        found += [
            _chained("vorigContactmoment", "voorganger", "opvolger", link["voorganger"]),
            _chained("volgendContactmoment", "opvolger", "voorganger", link["opvolger"]),
        ]
    return found


def _chained(name: str, own: str, other: str, uuid: UUID) -> Question:
    return Question(
        group="filters",
        name=name,
        table=_MOMENTS,
        references={name: uuid},
        where=f"uuid = (SELECT {other} FROM keten WHERE {own} = $1)",
        values=(uuid,),
        positions=(FIRST,),
    )


def _equal(
    group: str,
    name: str,
    given: Mapping[str, str],
    *,
    ordering: str = "",
    period: tuple[datetime, datetime] | None = None,
) -> Question:
    """Return a question for contactmomenten with values, and in a period (its start, its end)."""
    query = dict(given)
    values: list[Any] = list(given.values())
    conditions = [_has_value(column, number) for number, column in enumerate(given, start=1)]
    for suffix, operator, moment in zip(("gte", "lt"), (">=", "<"), period or (), strict=False):
        values.append(moment)
        conditions.append(f"registratiedatum {operator} ${len(values)}")
        query[f"registratiedatum__{suffix}"] = _written(moment)
    if ordering:
        query["ordering"] = ordering
    return Question(
        group=group,
        name=name,
        table=_MOMENTS,
        query=query,
        where=" AND ".join(conditions),
        values=tuple(values),
    )


def _has_value(column: str, number: int) -> str:
    condition = f"{column} = ${number}"
    # The index is by md5.
    return (
        f"md5({column})::uuid = md5(${number})::uuid AND {condition}"
        if column in _BY_MD5
        else condition
    )


def _rounded(
    observer: Observer, where: str, values: Sequence[object], moment: datetime, *, is_end: bool
) -> datetime:
    """Return a moment near `moment`, that leaves about half a page of rows on the last one.

    A last page with few rows cannot be compared with one of many.

    Args:
        observer: of the database.
        where: SQL: the rows in a period.
        values: of `where`.
        moment: an end of the period.
        is_end: whether it is the later end.
    """
    count = observer.count(_MOMENTS, where, *values)
    surplus = (count - PAGE_SIZE // 2) % PAGE_SIZE
    if not 0 < surplus < count:
        return moment
    return observer.moment_within(where, values, surplus, descending=is_end)


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _periods(observer: Observer) -> list[Question]:
    first, last = observer.moments()
    exact = observer.value("SELECT registratiedatum FROM contactmoment ORDER BY uuid LIMIT 1")

    def rounded(operator: str, moment: datetime) -> datetime:
        where = f"registratiedatum {operator} $1"
        return _rounded(observer, where, (moment,), moment, is_end=operator.startswith("<"))

    return [
        Question(
            group="periods",
            name=f"registratiedatum{suffix}, {words}",
            table=_MOMENTS,
            query={f"registratiedatum{suffix}": _written(moment)},
            where=f"registratiedatum {operator} $1",
            values=(moment,),
        )
        for suffix, operator, moment, words in (
            ("", "=", exact, "one moment"),
            ("__gt", ">", rounded(">", last - _YEAR), "the last year"),
            ("__gte", ">=", rounded(">=", last - _MONTH), "the last month"),
            ("__lt", "<", rounded("<", first + _MONTH), "the first month"),
            ("__lte", "<=", rounded("<=", first + _YEAR), "the first year"),
        )
    ]


def _combinations(observer: Observer) -> list[Question]:
    first, last = observer.moments()
    middle = first + (last - first) / 2
    organisatie = {"bronorganisatie": observer.often(_MOMENTS, "bronorganisatie")}
    kanaal = {"kanaal": observer.often(_MOMENTS, "kanaal")}
    medewerker = {"medewerker": observer.often(_MOMENTS, "medewerker")}
    everything: dict[str, str] = {}

    def within(length: timedelta, given: Mapping[str, str]) -> tuple[datetime, datetime]:
        question = _equal("", "", given, period=(middle, middle + length))
        until = middle + length
        return middle, _rounded(observer, question.where, question.values, until, is_end=True)

    newest = "-registratiedatum"
    ask = partial(_equal, "combinations")
    return [
        ask("a month", everything, period=within(_MONTH, everything)),
        ask("a year", everything, period=within(_YEAR, everything)),
        ask(f"a year, {newest}", everything, period=within(_YEAR, everything), ordering=newest),
        ask("bronorganisatie, a month", organisatie, period=within(_MONTH, organisatie)),
        ask("bronorganisatie, a year", organisatie, period=within(_YEAR, organisatie)),
        ask("kanaal, a month", kanaal, period=within(_MONTH, kanaal)),
        ask("kanaal, a year", kanaal, period=within(_YEAR, kanaal)),
        ask("medewerker, a year", medewerker, period=within(_YEAR, medewerker)),
        ask(f"medewerker, {newest}", medewerker, ordering=newest),
        ask(f"bronorganisatie, {newest}", organisatie, ordering=newest),
        ask("kanaal and bronorganisatie", {**kanaal, **organisatie}),
    ]


def _orderings() -> list[Question]:
    assert CONTACTMOMENTEN.ordering is not None
    return [
        Question(
            group="orderings",
            name=f"{sign}{name}",
            table=_MOMENTS,
            query={"ordering": f"{sign}{name}"},
            positions=(FIRST, DEEP, LAST),
        )
        for name in CONTACTMOMENTEN.ordering.columns
        for sign in ("", "-")
    ]


def _relations(observer: Observer) -> list[Question]:
    found = [
        _related(_KLANTEN, "klant", "klant", observer.often(_KLANTEN, "klant")),
        _related(_KLANTEN, "rol", "rol", observer.often(_KLANTEN, "rol")),
        _related(_OBJECTEN, "object", "object", observer.often(_OBJECTEN, "object")),
        _related(_OBJECTEN, "objectType", "object_type", observer.often(_OBJECTEN, "object_type")),
    ]
    for table in (_KLANTEN, _OBJECTEN):
        uuid = observer.value(f"SELECT contactmoment FROM {table} ORDER BY id LIMIT 1")
        found.append(
            Question(
                group="relations",
                name=f"{table}en, contactmoment",
                table=table,
                references={"contactmoment": uuid},
                where="contactmoment = $1",
                values=(uuid,),
                positions=(FIRST,),
            )
        )
    return found


def _related(table: str, name: str, column: str, value: str) -> Question:
    return Question(
        group="relations",
        name=f"{table}en, {name}",
        table=table,
        query={name: value},
        where=f"{column} = $1",
        values=(value,),
    )
