"""Units for the order by text: each starts at a text, and they are numbered in that order.

There is room between the numbers, so that a unit can be divided.
"""

from typing import Final

from contactmomenten.counts.definitions import BY_TEKST, FINE, LAST, WITH_TEKST, part_of
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


async def split(connection: Connection, last: int, start: int, end: int | None) -> None:
    """Make new units and blocks of those of a block that got too many rows.

    As far as their texts differ; rows with the same text stay together.

    Args:
        connection: in the transaction that folds.
        last: the last number that counts.
        start: the unit at which the block starts.
        end: the unit at which the next one does, if any.
    """
    begin = await connection.fetchval(_BEGIN_OF_UNIT, start)
    until = await connection.fetchval(_BEGIN_OF_UNIT, end)
    parts = await connection.fetch(_parts(), last, begin, until)
    # Units that lie within one block may go: nothing else knows of them.
    beyond = LAST if end is None else end
    await connection.execute(_REMOVE_UNITS, start, beyond)
    room = min(_ROOM, (beyond - start) // max(len(parts), 1))
    if room == 0:  # no number is left between those of its neighbours
        return
    await connection.execute(_REMOVE_BLOCK, start)
    for number, part in enumerate(parts):
        unit = start + number * room
        if number:
            await connection.execute(_ADD_UNIT, unit, part["begin"])
        await connection.execute(_ADD_BLOCK, unit, *tuple(part)[1:])


_BEGIN_OF_UNIT: Final = f"SELECT {BY_TEKST.start.format('$1')}"

_REMOVE_UNITS: Final = "DELETE FROM telling_grens WHERE nummer > $1 AND nummer < $2"
_ADD_UNIT: Final = "INSERT INTO telling_grens (nummer, begin) VALUES ($1, $2)"

_SERIES: Final = f"reeks = '{WITH_TEKST.series(BY_TEKST)}' AND sleutel = {WITH_TEKST.key}"
_REMOVE_BLOCK: Final = f"DELETE FROM telling_blok WHERE {_SERIES} AND NOT grof AND vanaf = $1"
_ADD_BLOCK: Final = f"""
INSERT INTO telling_blok (reeks, sleutel, grof, vanaf, aantal, oudste, jongste)
VALUES ('{WITH_TEKST.series(BY_TEKST)}', {WITH_TEKST.key}, false, $1, $2, $3, $4)
"""


def _parts() -> str:
    """Return SQL: the texts from $2 to $3 (null: no end), of rows up to $1, in parts for blocks."""
    return f"""
WITH teksten AS (
    SELECT {_BEGIN} AS begin, count(*) AS aantal, min(registratiedatum) AS oudste,
        max(registratiedatum) AS jongste
    FROM contactmoment
    WHERE tekst <> '' AND id <= $1
        AND ($2::text IS NULL OR {_BEGIN} >= $2) AND ($3::text IS NULL OR {_BEGIN} < $3)
    GROUP BY 1
), verdeeld AS (
    SELECT *, {part_of("ORDER BY begin", FINE)} AS deel FROM teksten
)
SELECT min(begin) AS begin, sum(aantal)::bigint AS aantal, min(oudste) AS oudste,
    max(jongste) AS jongste
FROM verdeeld GROUP BY deel ORDER BY deel
"""
