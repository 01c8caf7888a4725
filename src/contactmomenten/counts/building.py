"""Making counts and blocks from the rows themselves: all of them, or one block that is full."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contactmomenten.counts import texts
from contactmomenten.counts.definitions import (
    BEGIN_OF,
    BY_TEKST,
    COARSE,
    FINE,
    FIRST,
    CountedTable,
    Dimension,
    Order,
    part_of,
)
from contactmomenten.database.pool import Connection


def moments_of(table: CountedTable) -> tuple[str, str]:
    """Return SQL: the earliest and the latest moment in a group of rows, if they have any."""
    if table.time is None:
        return "'-infinity'::timestamptz", "'infinity'::timestamptz"
    return f"min({table.time})", f"max({table.time})"


def grouped(*expressions: str) -> str:
    """Return SQL: GROUP BY these, of which some may be empty."""
    return f"GROUP BY {', '.join(filter(None, expressions)) or '()'}"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows for a table of the counts.

    Attributes:
        into: the table, and its columns as `query` gives them.
        query: SQL; $1 is the last number that counts.
    """

    into: tuple[str, tuple[str, ...]]
    query: str

    @property
    def insertion(self) -> str:
        """Return SQL: insert them."""
        table, columns = self.into
        return f"INSERT INTO {table} ({', '.join(columns)})\n{self.query}"


VALUES: Final = ("telling", ("reeks", "sleutel", "waarde", "begin", "aantal"))
BLOCKS: Final = (
    "telling_blok",
    ("reeks", "sleutel", "grof", "vanaf", "aantal", "oudste", "jongste"),
)


@dataclass(frozen=True, slots=True)
class Series:
    """The blocks of one dimension in one order."""

    table: CountedTable
    dimension: Dimension
    order: Order

    @property
    def name(self) -> str:
        """Return ``telling_blok.reeks``."""
        return self.dimension.series(self.order)

    async def build(self, connection: Connection, last: int) -> None:
        """Make all blocks, of rows with a number up to `last`; there are none yet."""
        if self.order == BY_TEKST:
            await texts.make_units(connection, last)
        await connection.execute(self.fine.insertion, last)
        await self.lay_all_coarse(connection)

    @property
    def fine(self) -> "Rows":
        """Return all fine blocks; those by text need their units."""
        return Rows(BLOCKS, self._fine("", str(FIRST)))

    async def lay_all_coarse(self, connection: Connection) -> None:
        """Make all coarse blocks from the fine ones; there are none yet."""
        await connection.execute(_lay_coarse("true"), self.name)

    async def split(self, connection: Connection, last: int, key: UUID, start: int) -> None:
        """Make several fine blocks of the one with `key` that begins at the unit `start`.

        Coarse blocks stay right: each still begins where a fine one does.
        """
        end = await connection.fetchval(_NEXT, self.name, key, start)
        if end is not None and end <= start + 1:
            return  # one unit is not divided
        if self.order == BY_TEKST:
            await texts.split(connection, last, start, end)
            return
        values: list[object] = [last, start]
        part = ""
        if self.dimension.columns:
            values.append(await connection.fetchval(_VALUE, self.dimension.name, key))
            value = "$3::text[]" if self.dimension.is_list else "($3::text[])[1]"
            part += f" AND {self.dimension.match.format(value)}"
        if start != FIRST:
            part += f" AND {self.order.column} >= {self.order.start.format('$2::bigint')}"
        if end is not None:
            values.append(end)
            limit = self.order.start.format(f"${len(values)}::bigint")
            part += f" AND {self.order.column} < {limit}"
        await connection.execute(_REMOVE, self.name, key, start)
        await connection.execute(Rows(BLOCKS, self._fine(part, "$2::bigint")).insertion, *values)

    async def lay_coarse(self, connection: Connection, key: UUID) -> None:
        """Make the coarse blocks of `key` anew from its fine ones, if there are enough."""
        await connection.execute(_REMOVE_COARSE, self.name, key)
        await connection.execute(_lay_coarse("sleutel = $2"), self.name, key)

    def _fine(self, part: str, start: str) -> str:
        """Return SQL: fine blocks, in order; the first one of each value begins at `start`."""
        first, last = moments_of(self.table)
        return f"""
WITH cellen AS (
    SELECT {self.dimension.key} AS sleutel, {self.order.unit} AS eenheid, count(*) AS aantal,
        {first} AS oudste, {last} AS jongste
    FROM {self.table.name}
    WHERE id <= $1 AND {self.dimension.has}{part}
    {grouped(*self.dimension.columns, "2")}
), verdeeld AS (
    SELECT *,
        {part_of("PARTITION BY sleutel ORDER BY eenheid", FINE)} AS deel,
        min(eenheid) OVER (PARTITION BY sleutel) AS eerste
    FROM cellen
)
SELECT '{self.name}', sleutel, false,
    CASE WHEN min(eenheid) = min(eerste) THEN {start} ELSE min(eenheid) END,
    sum(aantal)::bigint, min(oudste), max(jongste)
FROM verdeeld
GROUP BY sleutel, deel
-- What is read together lies together.
ORDER BY sleutel, deel
"""


_NEXT = """
SELECT min(vanaf) FROM telling_blok WHERE reeks = $1 AND sleutel = $2 AND NOT grof AND vanaf > $3
"""
_VALUE = "SELECT waarde FROM telling WHERE reeks = $1 AND sleutel = $2"
_REMOVE = "DELETE FROM telling_blok WHERE reeks = $1 AND sleutel = $2 AND NOT grof AND vanaf = $3"

_REMOVE_COARSE = "DELETE FROM telling_blok WHERE reeks = $1 AND sleutel = $2 AND grof"


def _lay_coarse(condition: str) -> str:
    """Return SQL: make coarse blocks where the fine ones would fill more than two.

    $1 the series.
    """
    return f"""
WITH verdeeld AS (
    SELECT *,
        {part_of("PARTITION BY sleutel ORDER BY vanaf", COARSE)} AS deel,
        sum(aantal) OVER (PARTITION BY sleutel) AS totaal
    FROM telling_blok
    WHERE reeks = $1 AND NOT grof AND {condition}
)
INSERT INTO telling_blok (reeks, sleutel, grof, vanaf, aantal, oudste, jongste)
SELECT reeks, sleutel, true, min(vanaf), sum(aantal), min(oudste), max(jongste)
FROM verdeeld
WHERE totaal > {2 * COARSE}
GROUP BY reeks, sleutel, deel
"""


def count_all(table: CountedTable) -> Sequence[Rows]:
    """Return for each dimension the counts of all rows with a number up to $1."""
    return [
        Rows(
            VALUES,
            f"""
SELECT '{dimension.name}', sleutel, waarde, {BEGIN_OF} AS begin, aantal
FROM (
    SELECT {dimension.key} AS sleutel, {dimension.value} AS waarde, count(*) AS aantal
    FROM {table.name}
    WHERE id <= $1 AND {dimension.has}
    {grouped(*dimension.columns)}
) geteld
ORDER BY begin, waarde
""",
        )
        for dimension in table.dimensions
    ]


def series_of(table: CountedTable) -> list[Series]:
    """Return all series of a table."""
    return [
        Series(table, dimension, order)
        for dimension in table.dimensions
        for order in dimension.orders
    ]
