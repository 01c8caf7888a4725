"""Keeping the blocks in which values lie of which there may be very many (decision 0023).

How lists use them is in `groups`.
"""

from typing import Final

from contactmomenten.counts.definitions import CountedTable, Dimension, part_of
from contactmomenten.database.pool import Connection

# Values that a block gets when it is made. Twice as many and it is split.
SIZE: Final = 256

# Before the start of each value.
LOWEST: Final = "'{}'::text[]"


def dimensions_in_blocks(table: CountedTable) -> list[Dimension]:
    """Return the dimensions of a table whose values lie in blocks."""
    return [one for one in table.dimensions if one.in_blocks]


async def divide(connection: Connection, table: CountedTable) -> None:
    """Divide the blocks that have got too many values, as far as the starts of these differ.

    A trigger of the database adds to blocks (migration 0008). One that cannot be divided, as all
    its values start in the same way, is only tried when it has doubled.
    """
    for dimension in dimensions_in_blocks(table):
        for block in await connection.fetch(_FULL, dimension.name, SIZE):
            await _divide(connection, dimension.name, block["begin"])


async def _divide(connection: Connection, name: str, begin: list[str]) -> None:
    end = await connection.fetchval(_NEXT, name, begin)
    await connection.execute(_REMOVE, name, begin)
    part = "begin >= $2"
    values: list[object] = [name, begin]
    if end is not None:
        values.append(end)
        part += " AND begin < $3"
    await connection.execute(_insertion(part, "$2::text[]"), *values)


async def build(connection: Connection, dimension: Dimension) -> None:
    """Make all blocks anew, of values that are counted."""
    await connection.execute(_REMOVE_ALL, dimension.name)
    await connection.execute(_insertion("true", LOWEST), dimension.name)


def wrong_blocks(dimension: Dimension) -> str:
    """Return SQL: the blocks that do not have the rows, or not the values, that are counted."""
    return f"""
WITH werkelijk AS (
    SELECT blok.begin, sum(aantal) AS aantal, count(*) AS waarden
    FROM telling LEFT JOIN LATERAL (
        SELECT begin FROM telling_waardeblok blok
        WHERE blok.reeks = telling.reeks AND blok.begin <= telling.begin
        ORDER BY begin DESC LIMIT 1
    ) blok ON true
    WHERE reeks = '{dimension.name}'
    GROUP BY 1
)
SELECT begin::text AS waar, coalesce(blok.aantal, 0) - coalesce(werkelijk.aantal, 0) AS verschil
FROM (
    SELECT begin, aantal, waarden FROM telling_waardeblok WHERE reeks = '{dimension.name}'
) blok
FULL JOIN werkelijk USING (begin)
WHERE (blok.aantal, blok.waarden) IS DISTINCT FROM (werkelijk.aantal, werkelijk.waarden)
"""


_FULL: Final = """
SELECT begin FROM telling_waardeblok WHERE reeks = $1 AND waarden >= 2 * greatest($2, eerst)
"""
_NEXT: Final = "SELECT min(begin) FROM telling_waardeblok WHERE reeks = $1 AND begin > $2"
_REMOVE_ALL: Final = "DELETE FROM telling_waardeblok WHERE reeks = $1"
_REMOVE: Final = "DELETE FROM telling_waardeblok WHERE reeks = $1 AND begin = $2"


def _insertion(part: str, first: str) -> str:
    """Return SQL: make blocks of some values of the dimension $1; the first starts at `first`."""
    return f"""
WITH starten AS (
    SELECT begin, count(*) AS aantal, sum(aantal) AS rijen
    FROM telling WHERE reeks = $1 AND {part} GROUP BY begin
), verdeeld AS (
    SELECT *, {part_of("ORDER BY begin", SIZE)} AS deel, min(begin) OVER () AS eerste FROM starten
)
INSERT INTO telling_waardeblok (reeks, begin, aantal, waarden, eerst)
SELECT $1, CASE WHEN min(begin) = min(eerste) THEN {first} ELSE min(begin) END,
    sum(rijen)::bigint, sum(aantal)::integer, sum(aantal)::integer
FROM verdeeld GROUP BY deel
"""
