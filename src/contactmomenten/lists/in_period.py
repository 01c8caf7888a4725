"""SQL of the pages of a list by a period, in the order of creation.

The texts are long, and the same for all requests that differ only in their values: they are made
once for each shape.
"""

from functools import lru_cache
from typing import Final

from contactmomenten.counts import reading
from contactmomenten.counts.definitions import FIRST
from contactmomenten.counts.periods import InPeriod

# From the JSON of rows to that of a list.
JOINED: Final = "string_agg(json, ','::bytea)"

# Of the whole list: these pages expect a common table expression ``totaal`` with an ``aantal``.
COUNT: Final = "(SELECT aantal FROM totaal)"


@lru_cache(reading.SHAPES)
def near(json: str, rows: InPeriod, offset: str, limit: int, few: int) -> str:
    """Return SQL: the JSON of a page near the start.

    Args:
        json: SQL: the JSON of a row.
        rows: all rows of the list.
        offset: SQL: how many rows to pass over.
        limit: how many rows at most.
        few: so few rows are sorted; more are found by going through the blocks that have them.
    """
    return f"""CASE
WHEN {COUNT} <= {few} THEN {_few(json, rows, offset, limit)}
ELSE {_from_block(json, rows, rows.first_block(), limit, offset)}
END"""


@lru_cache(reading.SHAPES)
def near_end(json: str, rows: InPeriod, offset: str, limit: int, near: int) -> tuple[str, str]:
    """Return SQL: common table expressions, and the JSON of a page near the end that uses them.

    It is null for a page beyond the end, and for one that is further from it than `near`, which is
    left to `far`: that is a statement of its own, as each needs a plan as large as this one.

    Args:
        json: SQL: the JSON of a row.
        rows: all rows of the list.
        offset: SQL: how many rows to pass over.
        limit: how many rows at most.
        near: so many rows are passed over from the end rather than by looking up a block.
    """
    sides = f"""eind AS MATERIALIZED (
    SELECT greatest(0, aantal - {offset} - {limit}) AS over,
        least({limit}, aantal - {offset}) AS nog
    FROM totaal
)"""
    page = f"""CASE
WHEN {offset} >= {COUNT} THEN NULL
WHEN (SELECT over FROM eind) <= {near} THEN {_latest(json, rows, limit)}
END"""
    return f"{sides}, {rows.last_block()}", page


@lru_cache(reading.SHAPES)
def far(json: str, rows: InPeriod, offset: str, limit: int) -> tuple[str, str]:
    """Return SQL: common table expressions, and the JSON of a page far from both ends.

    Args:
        json: SQL: the JSON of a row.
        rows: all rows of the list.
        offset: SQL: how many rows to pass over.
        limit: how many rows at most.
    """
    start = f"coalesce((SELECT vanaf FROM plaats), {FIRST})"
    left = f"{offset} - coalesce((SELECT voor FROM plaats), 0)"
    return rows.place(offset), _from_block(json, rows, start, limit, left)


def _few(json: str, rows: InPeriod, offset: str, limit: int) -> str:
    """Return SQL: a page of rows in a period that has few of them."""
    return f"""(
    SELECT {JOINED} FROM (
        SELECT {json} AS json FROM {rows.table} JOIN (
            WITH weinig AS MATERIALIZED (SELECT id FROM {rows.table} WHERE {rows.rows})
            SELECT id FROM weinig ORDER BY id LIMIT {limit} OFFSET {offset}
        ) gekozen USING (id) ORDER BY id
    ) rij
)"""


def _from_block(json: str, rows: InPeriod, start: str, limit: int, offset: str) -> str:
    """Return SQL: a page of rows in a period, from the block that begins at `start` on."""
    # A nested loop gives its rows in the order of the blocks, so it can stop at the limit.
    return f"""(
    SELECT {JOINED} FROM (
        SELECT {json} AS json FROM {rows.table} JOIN (
            SELECT rij.id FROM ({rows.blocks(start)}) raak CROSS JOIN LATERAL (
                SELECT id FROM {rows.table} WHERE {rows.of_block("raak")} ORDER BY id
            ) rij
            UNION ALL
            SELECT id FROM (
                SELECT id FROM {reading.new_rows(rows.counted.dimension)}
                WHERE {rows.rows} ORDER BY id
            ) later
            LIMIT {limit} OFFSET {offset}
        ) gekozen USING (id) ORDER BY id
    ) rij
)"""


def _latest(json: str, rows: InPeriod, limit: int) -> str:
    """Return SQL: rows in a period that are among the last that were created.

    ``eind`` says how many come after them (`over`) and how many they are (`nog`).
    """
    # The second LIMIT tells PostgreSQL that they are few.
    return f"""(
    SELECT {JOINED} FROM (
        SELECT {json} AS json FROM {rows.table} JOIN (
            SELECT id FROM (
                SELECT id FROM (
                    SELECT id FROM {reading.new_rows(rows.counted.dimension)}
                    WHERE {rows.rows} ORDER BY id DESC
                ) later
                UNION ALL
                SELECT rij.id FROM (
                    {rows.blocks(str(FIRST), "(SELECT tot FROM einde)", descending=True)}
                    ORDER BY vanaf DESC
                ) raak CROSS JOIN LATERAL (
                    SELECT id FROM {rows.table} WHERE {rows.of_block("raak")} ORDER BY id DESC
                ) rij
                LIMIT (SELECT nog FROM eind) OFFSET (SELECT over FROM eind)
            ) laatste
            LIMIT {limit}
        ) gekozen USING (id) ORDER BY id
    ) rij
)"""
