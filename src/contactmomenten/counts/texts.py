"""Units for the order by text: each starts at a text, and they are numbered in that order.

There is room between the numbers, so that a unit can be divided.
"""

from typing import Final

from contactmomenten.counts.definitions import BY_TEKST, FINE, LAST
from contactmomenten.database.pool import Connection

# Between two units when they are made; there is room for four million of them.
_ROOM: Final = 2**40

# One in so many rows is looked at to make the first units.
_SAMPLED: Final = 16

_BEGIN: Final = BY_TEKST.column


async def make_units(connection: Connection, last: int) -> None:
    """Make all units anew, for rows with a number up to `last`; each gets about a block of rows."""
    await connection.execute("DELETE FROM telling_grens")
    await connection.execute(
        f"""
INSERT INTO telling_grens (nummer, begin)
SELECT {_ROOM} * row_number() OVER (ORDER BY begin), begin
FROM (
    SELECT DISTINCT begin FROM (
        SELECT {_BEGIN} AS begin, row_number() OVER (ORDER BY {_BEGIN}) AS nr
        FROM contactmoment WHERE tekst <> '' AND id <= $1 AND id % {_SAMPLED} = 0
    ) proef
    WHERE nr % {max(1, FINE // _SAMPLED)} = 0
) grenzen
""",
        last,
    )


async def divide(connection: Connection, last: int, start: int, end: int | None) -> None:
    """Divide the units of a block that got too many rows, as far as their texts differ.

    Args:
        connection: in the transaction that splits the block.
        last: the last number that counts.
        start: the unit at which the block starts.
        end: the unit at which the next one does, if any.
    """
    begin = await connection.fetchval(f"SELECT {BY_TEKST.start.format('$1')}", start)
    until = await connection.fetchval(f"SELECT {BY_TEKST.start.format('$1')}", end)
    rows = await connection.fetch(
        f"""
SELECT DISTINCT begin FROM (
    SELECT {_BEGIN} AS begin, row_number() OVER (ORDER BY {_BEGIN}) AS nr
    FROM contactmoment
    WHERE tekst <> '' AND id <= $1
        AND ($2::text IS NULL OR {_BEGIN} >= $2) AND ($3::text IS NULL OR {_BEGIN} < $3)
) rijen
WHERE nr % {FINE} = 0 AND ($2::text IS NULL OR begin > $2)
ORDER BY begin
""",
        last,
        begin,
        until,
    )
    # Units that lie within one block may go: nothing else knows of them.
    beyond = LAST if end is None else end
    await connection.execute(
        "DELETE FROM telling_grens WHERE nummer > $1 AND nummer < $2", start, beyond
    )
    room = min(_ROOM, (beyond - start) // (len(rows) + 1))
    if room > 0:
        await connection.executemany(
            "INSERT INTO telling_grens (nummer, begin) VALUES ($1, $2)",
            [(start + number * room, row["begin"]) for number, row in enumerate(rows, start=1)],
        )
