"""Keeping the counts up to date: adding what came since, a few thousand rows at a time.

Any number of processes may try; one of them does it. A step is one transaction with one view of
the database, so whoever reads sees all of it or nothing, and a process that dies leaves nothing.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import structlog

from contactmomenten.counts import value_blocks
from contactmomenten.counts.building import grouped, moments_of, series_of
from contactmomenten.counts.definitions import (
    BEGIN_OF,
    BY_ID,
    BY_TIME,
    BY_UUID,
    COARSE,
    FINE,
    FIRST,
    TABLES,
    CountedTable,
)
from contactmomenten.database.pool import Connection, Record, Writer

logger = structlog.get_logger(__name__)

# Rows in one step: it takes some tenths of a second.
CHUNK: Final = 20_000
# Rows that wait for it, before it is worth a step; fewer wait until they are old.
_ENOUGH: Final = 2_000
_OLD_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 1.0

# Any number will do, as long as all versions of this program use the same.
LOCK: Final = 7_220_626_101

# A sequence that was never used says 1 already.
_LAST: Final = "CASE WHEN is_called THEN last_value ELSE 0 END"

_TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock($1)"

_NEWS: Final = " UNION ALL ".join(
    f"SELECT '{table.name}' AS tabel, {_LAST} - s.tot AS nieuw,"
    f" EXISTS (SELECT FROM {table.corrections}) AS gewijzigd"
    f" FROM telling_stand s, {table.numbers} n WHERE s.tabel = '{table.name}'"
    for table in TABLES
)

# Two statements: the number is read first. Whoever got a number up to this one had its own
# transaction number before that (trigger telling_voor_insert), so a lower one than ours.
LAST_NUMBER: Final = f"SELECT {_LAST} FROM {{}}"
# A dump that was loaded into another PostgreSQL brings a transaction number that was never given
# out there: it would be waited for, maybe for years. To note nothing is always right.
FORGET_FOREIGN: Final = """
UPDATE telling_stand SET kandidaat = tot, transactie = DEFAULT
WHERE tabel = $1 AND transactie >= pg_snapshot_xmax(pg_current_snapshot())
"""
# Another process may have noted a higher number meanwhile, and even have got there; then its own
# transaction number may be higher than ours, too.
NOMINATE: Final = """
UPDATE telling_stand
SET kandidaat = greatest(kandidaat, $2), transactie = greatest(transactie, pg_current_xact_id())
WHERE tabel = $1
"""

STAND: Final = """
SELECT tot, kandidaat, pg_snapshot_xmin(pg_current_snapshot()) >= transactie AS zeker
FROM telling_stand WHERE tabel = $1
"""
ADVANCE: Final = "UPDATE telling_stand SET tot = $2 WHERE tabel = $1"
_TOTAL: Final = """
SELECT sum(aantal)::bigint FROM telling_blok WHERE reeks = $1 AND sleutel = $2 AND NOT grof
"""
_HAS_COARSE: Final = """
SELECT EXISTS (SELECT FROM telling_blok WHERE reeks = $1 AND sleutel = $2 AND grof)
"""


def fold_sql(table: CountedTable) -> str:
    """Return SQL: count the rows with a number above $1 and up to $2, and the corrections.

    A correction of a row that was not counted yet says nothing: the row is as it is now. Returns
    the fine and coarse blocks that have become too full.
    """
    dimensions = table.dimensions
    values = "\n    UNION ALL ".join(
        f"SELECT '{one.name}' AS reeks, {one.key} AS sleutel, {one.value} AS waarde,"
        f" sum(teken) AS aantal FROM regels WHERE {one.has} {grouped(*one.columns)}"
        for one in dimensions
    )
    first, last = moments_of(table)
    cells = "\n    UNION ALL ".join(
        f"SELECT '{one.name}' AS reeks, {one.dimension.key} AS sleutel,"
        f" {one.order.unit} AS eenheid, sum(teken) AS aantal, {first} AS oudste, {last} AS jongste"
        f" FROM regels WHERE {one.dimension.has} {grouped(*one.dimension.columns, '3')}"
        for one in series_of(table)
    )
    return f"""
WITH vervallen AS (
    DELETE FROM {table.corrections} RETURNING teken, {table.selected}
), regels AS MATERIALIZED (
    SELECT 1 AS teken, {table.selected} FROM {table.name} WHERE id > $1 AND id <= $2
    UNION ALL
    SELECT teken, {table.selected} FROM vervallen WHERE id <= $1
), waarden AS (
    {values}
), geteld AS (
    INSERT INTO telling (reeks, sleutel, waarde, begin, aantal)
    SELECT reeks, sleutel, waarde, {BEGIN_OF}, aantal FROM waarden WHERE aantal IS NOT NULL
    ON CONFLICT (reeks, sleutel) DO UPDATE SET aantal = telling.aantal + excluded.aantal
), cellen AS MATERIALIZED (
    {cells}
), laatste AS MATERIALIZED (
    SELECT reeks, sleutel, blok.vanaf, blok.aantal, blok.tot
    FROM (SELECT DISTINCT reeks, sleutel FROM cellen WHERE {_is_appended(table)}) rij
    CROSS JOIN LATERAL (
        SELECT vanaf, aantal, {_last_unit(table)} AS tot FROM telling_blok blok
        WHERE blok.reeks = rij.reeks AND blok.sleutel = rij.sleutel AND NOT grof
        ORDER BY vanaf DESC LIMIT 1
    ) blok
), achteraan AS MATERIALIZED (
    -- Behind all that the last block has: a block that is full need not be split, as a next one
    -- can begin.
    SELECT reeks, sleutel, eenheid, cellen.aantal, oudste, jongste, vanaf AS laatste_vanaf,
        greatest(0, laatste.aantal + (sum(cellen.aantal) OVER (
            PARTITION BY reeks, sleutel ORDER BY eenheid
        ))::bigint - cellen.aantal / 2) / {FINE} AS deel
    FROM cellen JOIN laatste USING (reeks, sleutel)
    WHERE eenheid > tot
), plaatsen AS (
    SELECT reeks, sleutel, eenheid, aantal, oudste, jongste, false AS grof,
        CASE WHEN deel = 0 THEN laatste_vanaf
            ELSE min(eenheid) OVER (PARTITION BY reeks, sleutel, deel) END AS vanaf
    FROM achteraan
    UNION ALL
    SELECT reeks, sleutel, eenheid, aantal, oudste, jongste, false,
        coalesce({_block_of_cell(table, "NOT grof")}, {FIRST})
    FROM cellen
    WHERE NOT EXISTS (
        SELECT FROM laatste
        WHERE laatste.reeks = cellen.reeks AND laatste.sleutel = cellen.sleutel AND eenheid > tot
    )
    UNION ALL
    SELECT reeks, sleutel, eenheid, aantal, oudste, jongste, true, {_block_of_cell(table, "grof")}
    FROM cellen
    WHERE (reeks, sleutel) IN (SELECT reeks, sleutel FROM telling_blok WHERE grof)
), erbij AS MATERIALIZED (
    SELECT reeks, sleutel, grof, vanaf, sum(aantal)::bigint AS aantal, min(oudste) AS oudste,
        max(jongste) AS jongste
    FROM plaatsen
    GROUP BY reeks, sleutel, grof, vanaf
), blokken AS (
    INSERT INTO telling_blok AS blok (reeks, sleutel, grof, vanaf, aantal, oudste, jongste)
    SELECT reeks, sleutel, grof, vanaf, aantal, oudste, jongste FROM erbij
    ON CONFLICT (reeks, sleutel, grof, vanaf) DO UPDATE SET
        aantal = blok.aantal + excluded.aantal,
        oudste = least(blok.oudste, excluded.oudste),
        jongste = greatest(blok.jongste, excluded.jongste)
    RETURNING *
)
SELECT reeks, sleutel, grof, vanaf
FROM blokken nu JOIN erbij USING (reeks, sleutel, grof, vanaf)
WHERE {_is_too_full(table)}
"""


def _block_of_cell(table: CountedTable, kind: str) -> str:
    """Return SQL: where the block starts that a cell belongs in; null where there is none.

    New rows have uuids of all kinds, so nearly every one is in a block of its own: where these
    start is read once for all of them.
    """
    found = f"""(
        SELECT max(vanaf) FROM telling_blok blok
        WHERE blok.reeks = cellen.reeks AND blok.sleutel = cellen.sleutel AND {kind}
            AND vanaf <= eenheid
    )"""
    for series in series_of(table):
        if series.order == BY_UUID:
            starts = f"""(
        SELECT array_agg(vanaf ORDER BY vanaf) FROM telling_blok
        WHERE reeks = '{series.name}' AND sleutel = {series.dimension.key} AND {kind}
    )"""
            found = f"""CASE reeks
        WHEN '{series.name}' THEN {starts}[width_bucket(eenheid, {starts})]
        ELSE {found} END"""
    return found


def _is_too_full(table: CountedTable) -> str:
    """Return SQL: whether a block should be split, now that it is `nu` and has got `erbij`.

    That is where it got twice its size, and where it doubled after that: what cannot be split, as
    all its rows have the same text or moment, is not tried, and read, each time that it grows.
    """
    limit = f"CASE WHEN grof THEN {2 * COARSE} ELSE {2 * FINE} END"
    doublings = "floor(log(2, greatest({}, 1)::numeric))"
    before, now = "nu.aantal - erbij.aantal", "nu.aantal"
    full = f"""{now} > {limit} AND (
    {before} <= {limit} OR {doublings.format(now)} > {doublings.format(before)}
)"""
    if table.time is None:
        return full
    # Rows of one unit, such as of the last minutes, stay together.
    by_time = f"NOT grof AND reeks LIKE '%/{BY_TIME.name}'"
    return f"{full} AND NOT ({by_time} AND {_unit_of('nu.oudste')} = {_unit_of('nu.jongste')})"


def _is_appended(table: CountedTable) -> str:
    """Return SQL: whether rows are added at the end of a series, as a rule."""
    names = [f"'{one.name}'" for one in series_of(table) if one.order in {BY_ID, BY_TIME}]
    return f"reeks IN ({', '.join(names)})"


def _last_unit(table: CountedTable) -> str:
    """Return SQL: the last unit of which a block of such a series has rows."""
    counted = BY_ID.unit.replace("id", "$1::bigint")
    if table.time is None:
        return counted
    seen = _unit_of("jongste")
    return f"CASE WHEN blok.reeks LIKE '%/{BY_ID.name}' THEN {counted} ELSE {seen} END"


def _unit_of(moment: str) -> str:
    """Return SQL: the unit of time of a moment."""
    return BY_TIME.unit.replace(BY_TIME.column, moment)


FOLD: Final = {table.name: fold_sql(table) for table in TABLES}


async def nominate(writer: Writer, table: CountedTable) -> None:
    """Note up to which number rows may be counted once all transactions of now have ended.

    Nothing is noted while another process counts: it would have to begin anew.
    """

    async def work(connection: Connection) -> None:
        if await connection.fetchval(_TRY_LOCK, LOCK):
            await connection.execute(FORGET_FOREIGN, table.name)
            number = await connection.fetchval(LAST_NUMBER.format(table.numbers))
            await connection.execute(NOMINATE, table.name, number)

    await writer.in_transaction(work)


async def fold(writer: Writer, table: CountedTable, *, chunk: int = CHUNK) -> int:
    """Count what came since, up to `chunk` numbers; return how many numbers were passed.

    Nothing is done, and 0 returned, while another process is at it or while a transaction that
    may still add rows is under way.
    """

    async def work(connection: Connection) -> int:
        if not await connection.fetchval(_TRY_LOCK, LOCK):
            return 0
        stand = await connection.fetchrow(STAND, table.name)
        if stand is None or not stand["zeker"]:
            return 0
        old = stand["tot"]
        new = min(stand["kandidaat"], old + chunk)
        blocks = await connection.fetch(FOLD[table.name], old, new)
        await _mend(connection, table, new, blocks)
        await connection.execute(ADVANCE, table.name, new)
        return int(new - old)

    return await writer.in_transaction(work, isolation="repeatable_read")


async def _mend(
    connection: Connection, table: CountedTable, last: int, full: Sequence[Record]
) -> None:
    """Split the blocks that are `full`, and lay coarse ones where there are many."""
    series = {one.name: one for one in series_of(table)}
    coarse = {(block["reeks"], block["sleutel"]) for block in full if block["grof"]}
    for block in full:
        if block["grof"]:
            continue
        name, key = block["reeks"], block["sleutel"]
        await series[name].split(connection, last, key, block["vanaf"])
        total = await connection.fetchval(_TOTAL, name, key)
        if total > 2 * COARSE and not await connection.fetchval(_HAS_COARSE, name, key):
            coarse.add((name, key))
    for name, key in coarse:
        await series[name].lay_coarse(connection, key)
    await value_blocks.divide(connection, table)


class Folder:
    """Folds in the background, for as long as `run` runs."""

    def __init__(self, writer: Writer) -> None:
        """Keep the counts of this database."""
        self._writer = writer
        self._since: dict[str, float] = {}
        self._failing = False

    async def run(self) -> None:
        """Fold until cancelled, also through times without a database."""
        while True:
            try:
                more = await self.step()
                self._failing = False
            except Exception as error:  # noqa: BLE001 (it must go on, whatever the database does)
                if not self._failing:
                    logger.warning("counts_not_folded", error=type(error).__name__)
                self._failing = True
                more = False
            await asyncio.sleep(0 if more else _PAUSE_SECONDS)

    async def step(self) -> bool:
        """Fold what is worth it; return whether to go on at once."""
        more = False
        for row in await self._writer.rows(_NEWS):
            name, new = row["tabel"], row["nieuw"]
            if not new and not row["gewijzigd"]:
                self._since.pop(name, None)
                continue
            since = self._since.setdefault(name, time.monotonic())
            if new < _ENOUGH and time.monotonic() - since < _OLD_SECONDS:
                continue
            table = next(table for table in TABLES if table.name == name)
            await nominate(self._writer, table)
            passed = await fold(self._writer, table)
            if passed or not new:
                self._since.pop(name, None)
            more = more or passed >= CHUNK
        return more
