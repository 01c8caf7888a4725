"""Every page of every list is what one gets by sorting all rows, however it was found."""

import inspect
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar, cast

import asyncpg
import msgspec
import pytest

from contactmomenten.contactmomenten.lists import CONTACTMOMENTEN
from contactmomenten.counts import definitions as counts
from contactmomenten.counts import groups
from contactmomenten.database.pool import Connection, Database, Reader, Reads
from contactmomenten.fields import Faults
from contactmomenten.klantcontactmomenten.relation import KLANTCONTACTMOMENTEN
from contactmomenten.lists import Condition, ListDefinition, finding
from contactmomenten.lists.finding import Finder
from contactmomenten.lists.selection import Parameters, Selection
from contactmomenten.lists.wanted import Term, Wanted
from contactmomenten.objectcontactmomenten.relation import OBJECTCONTACTMOMENTEN
from tests.counts.rows import INSERT, change_at_random, fold_all, make_small_blocks

T = TypeVar("T")

LOW = datetime(2026, 1, 20, tzinfo=UTC)
HIGH = datetime(2026, 2, 25, 7, tzinfo=UTC)

KANAAL = Condition(counts.KANAAL.match, ("balie",), counts.KANAAL)
BRON = Condition(counts.BRONORGANISATIE.match, ("1",), counts.BRONORGANISATIE)
TAAL = Condition(counts.VOORKEURSTAAL.match, ("nld",), counts.VOORKEURSTAAL)
MEDEWERKER = Condition(
    f"{counts.MEDEWERKER.match} AND medewerker <> ''",
    ("https://example.nl/m/4",),
    counts.MEDEWERKER,
)
SINCE = Condition("registratiedatum >= {}", (LOW,), low=LOW)
AFTER = Condition("registratiedatum > {}", (LOW,), low=LOW)
UNTIL = Condition("registratiedatum < {}", (HIGH,), high=HIGH)
AT = Condition("registratiedatum = {}", (LOW,), low=LOW, high=LOW)
NEVER = Condition(
    "registratiedatum > {}",
    (datetime.max.replace(tzinfo=UTC),),
    low=datetime.max.replace(tzinfo=UTC),
)
UNKNOWN = Condition(counts.KANAAL.match, ("bestaat niet",), counts.KANAAL)

SELECTIONS: dict[str, tuple[Condition, ...]] = {
    "all": (),
    "kanaal": (KANAAL,),
    "bron": (BRON,),
    "taal": (TAAL,),
    "medewerker": (MEDEWERKER,),
    "unknown": (UNKNOWN,),
    "kanaal+bron": (KANAAL, BRON),
    "kanaal+medewerker": (KANAAL, MEDEWERKER),
    "since": (SINCE,),
    "after+until": (AFTER, UNTIL),
    "until": (UNTIL,),
    "at": (AT,),
    "never": (NEVER,),
    "bron+period": (BRON, SINCE, UNTIL),
    "kanaal+since": (KANAAL, SINCE),
    "kanaal+at": (KANAAL, AT),
    "taal+until": (TAAL, UNTIL),
    "kanaal+bron+period": (KANAAL, BRON, SINCE, UNTIL),
    "medewerker+until": (MEDEWERKER, UNTIL),
}
ORDERS = [
    "",
    *(
        sign + name
        for name in (CONTACTMOMENTEN.ordering.columns if CONTACTMOMENTEN.ordering else ())
        for sign in ("", "-")
    ),
    "kanaal,-registratiedatum",
    "-bronorganisatie,registratiedatum",
    "onderwerp_links,-kanaal,tekst",
    "medewerker,-medewerker_identificatie",
    "-tekst,kanaal",
    "registratiedatum,-tekst",
    "kanaal,kanaal,-kanaal",
]
# Those that are found in a way of their own when only some of the rows are wanted.
FEWER_ORDERS = ["", "registratiedatum", "-registratiedatum", "registratiedatum,-tekst", "kanaal"]


def _terms(text: str) -> tuple[Term, ...]:
    assert CONTACTMOMENTEN.ordering is not None
    return CONTACTMOMENTEN.ordering.terms(text, Faults())


async def _pages(
    database: Database, definition: ListDefinition, selection: Selection, terms: tuple[Term, ...]
) -> tuple[int, list[str]]:
    """Return the count, and the URLs of all pages one after the other."""
    finder = Finder(definition.source, database.reader)
    urls: list[str] = []
    while True:
        found = await finder.find(Wanted(selection, terms, len(urls), 7))
        page = msgspec.json.decode(b"[%s]" % found.rows.replace(b"\x01", b""))
        assert len(page) == max(0, min(7, found.count - len(urls)))
        urls += [row["url"] for row in page]
        if not page:
            return found.count, urls


async def _sorted(
    connection: Connection, selection: Selection, terms: tuple[Term, ...], path: str
) -> list[str]:
    parameters = Parameters()
    sql = f"SELECT uuid FROM {selection.table}{selection.where(parameters)} ORDER BY "
    rows = await connection.fetch(sql + ", ".join(map(str, (*terms, "id"))), *parameters.values)
    return [f"{path}/{row['uuid']}" for row in rows]


@pytest.fixture(params=["not folded", "folded", "folded and changed", "changed"])
async def stocked(
    request: pytest.FixtureRequest,
    database: Database,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Database]:
    """Fill the database with some hundreds of rows, counted to a different degree."""
    make_small_blocks(monkeypatch)
    monkeypatch.setattr(finding, "NEAR", 14)
    monkeypatch.setattr(finding, "FEW", 20)
    # Texts that were made before know another number.
    monkeypatch.setattr(groups, "_NEAR", 3)
    groups.groups_at.cache_clear()
    # So that a block begins every few rows, and some are spread over more units than others.
    await connection.execute("ALTER SEQUENCE contactmoment_id_seq INCREMENT BY 300")
    await connection.execute(INSERT, 200, "1")
    for seed in range(4):
        await change_at_random(connection, seed)
    if request.param != "not folded":
        await fold_all(database)
    if "changed" in request.param:
        for seed in range(4, 6):
            await change_at_random(connection, seed)
    if request.param == "changed":
        await fold_all(database, chunk=20_000)
        await change_at_random(connection, 6)
    yield database
    groups.groups_at.cache_clear()


@pytest.mark.parametrize("name", SELECTIONS)
async def test_all_pages_together_are_the_sorted_rows(
    stocked: Database, connection: Connection, name: str
) -> None:
    selection = Selection("contactmoment", counts.ALL, SELECTIONS[name])
    for order in ORDERS if name in {"all", "kanaal"} else FEWER_ORDERS:
        terms = _terms(order)
        wanted = await _sorted(connection, selection, terms, "/contactmomenten")
        assert await _pages(stocked, CONTACTMOMENTEN, selection, terms) == (len(wanted), wanted), (
            order
        )


class _Interrupted(Reads):
    """Reads, with something that happens after the first one."""

    def __init__(self, reads: Reads, happening: Callable[[], Awaitable[None]]) -> None:
        self._reads = reads
        self._happening = happening
        self._happened = False

    async def on_connection(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        result = await self._reads.on_connection(work)
        if not self._happened:
            self._happened = True
            await self._happening()
        return result

    async def in_snapshot(self, work: Callable[[Reads], Awaitable[T]]) -> T:
        return await self._reads.in_snapshot(
            lambda reads: work(_Interrupted(reads, self._happening))
        )


@pytest.mark.parametrize("stocked", ["folded and changed"], indirect=True)
@pytest.mark.parametrize("name", ["all", "since", "kanaal+bron"])
async def test_a_page_and_its_count_are_of_the_same_moment_though_others_write(
    stocked: Database, connection: Connection, name: str
) -> None:
    selection = Selection("contactmoment", counts.ALL, SELECTIONS[name])
    seeds = itertools.count(10)
    for order in ORDERS:
        terms = _terms(order)
        wanted = await _sorted(connection, selection, terms, "/contactmomenten")
        for offset in (len(wanted) - 7, len(wanted) // 2):
            change = partial(change_at_random, connection, next(seeds))
            reads = _Interrupted(stocked.reader, change)
            finder = Finder(CONTACTMOMENTEN.source, reads)
            found = await finder.find(Wanted(selection, terms, offset, 7))
            page = msgspec.json.decode(b"[%s]" % found.rows.replace(b"\x01", b""))
            shown = found.count, [row["url"] for row in page]
            before, wanted = wanted, await _sorted(connection, selection, terms, "/contactmomenten")
            moments = [(len(rows), rows[offset : offset + 7]) for rows in (before, wanted)]
            assert shown in moments, order


@pytest.mark.parametrize("definition", [KLANTCONTACTMOMENTEN, OBJECTCONTACTMOMENTEN])
async def test_all_pages_of_relations_together_are_the_rows_as_they_were_made(
    stocked: Database, connection: Connection, definition: ListDefinition
) -> None:
    selections = [
        Selection(definition.source.table, definition.source.all, conditions)
        for conditions in ((), (_first_choice(definition),))
    ]
    for selection in selections:
        wanted = await _sorted(connection, selection, (), definition.path)
        assert wanted
        assert await _pages(stocked, definition, selection, ()) == (len(wanted), wanted)


def _first_choice(definition: ListDefinition) -> Condition:
    name, value = {"/klantcontactmomenten": ("rol", "belanghebbende")}.get(
        definition.path, ("objectType", "zaak")
    )
    one = next(one for one in definition.filters if one.name == name)
    return one.comparing(value)


class _Kept:
    """Keeps the statements that it runs."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.asked: list[tuple[str, tuple[object, ...]]] = []

    async def in_snapshot(self, work: Callable[["_Kept"], Awaitable[T]]) -> T:
        return await work(self)

    async def row(self, sql: str, *values: object) -> object:
        self.asked.append((sql, values))
        return await self._reader.row(sql, *values)

    async def value(self, sql: str, *values: object) -> object:
        self.asked.append((sql, values))
        return await self._reader.value(sql, *values)


@pytest.mark.parametrize("order", ["tekst", "-tekst"])
async def test_few_texts_are_read_though_very_many_begin_in_the_same_way(
    database: Database, connection: Connection, order: str
) -> None:
    await connection.execute(INSERT, 5_000, "1")
    await connection.execute(
        "UPDATE contactmoment SET tekst = repeat('Standaardzin. ', 9) || md5(id::text) || ' slot'"
    )
    await fold_all(database)
    await connection.execute("VACUUM ANALYZE contactmoment")
    kept = _Kept(database.reader)
    finder = Finder(CONTACTMOMENTEN.source, cast("Reader", kept))
    found = await finder.find(Wanted(Selection("contactmoment", counts.ALL), _terms(order), 0))
    assert found.count == 5_000
    sql, values = kept.asked[-1]
    plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
    read = max(step["Actual Rows"] for step in _steps(msgspec.json.decode(plan)[0]["Plan"]))
    assert 100 <= read < 200


def _steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for step in plan.get("Plans", []):
        yield from _steps(step)


class _Length:
    """Measures statements instead of running them."""

    def __init__(self) -> None:
        self.longest = 0

    async def in_snapshot(self, work: Callable[["_Length"], Awaitable[T]]) -> T:
        return await work(self)

    async def row(self, sql: str, *_values: object) -> dict[str, object]:
        self.longest = max(self.longest, len(sql))
        return {"aantal": 10_000, "rijen": b""}

    async def value(self, sql: str, *_values: object) -> int:
        return int((await self.row(sql))["aantal"] is not None)


@pytest.mark.parametrize("name", ["after+until", "bron+period", "kanaal+at", "since"])
@pytest.mark.parametrize("offset", [0, 5_000])
async def test_statements_are_short_enough_to_be_kept_on_a_connection(
    name: str, offset: int
) -> None:
    most = inspect.signature(asyncpg.connect).parameters["max_cacheable_statement_size"].default
    length = _Length()
    selection = Selection("contactmoment", counts.ALL, SELECTIONS[name])
    finder = Finder(CONTACTMOMENTEN.source, cast("Reader", length))
    await finder.find(Wanted(selection, (), offset))
    assert 0 < length.longest <= most
