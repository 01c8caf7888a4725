"""SQL of the pages of a list by a period, in the order of creation.

The texts are long, and the same for all requests that differ only in their values: they are made
once for each shape.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from contactmomenten.counts import reading
from contactmomenten.counts.definitions import FIRST
from contactmomenten.counts.periods import InPeriod

# From the JSON of rows to that of a list.
JOINED: Final = "string_agg(json, ','::bytea)"

# Of the whole list: these pages expect a common table expression ``totaal`` with an ``aantal``.
COUNT: Final = "(SELECT aantal FROM totaal)"


class Page(NamedTuple):
    """A page, in SQL.

    Attributes:
        json: the JSON of a row.
        rows: all rows of the list.
        offset: how many rows to pass over.
        limit: how many rows at most; a number.
    """

    json: str
    rows: InPeriod
    offset: str
    limit: int


# Each of these returns common table expressions, and the JSON of a page that uses them.


@lru_cache(reading.SHAPES)
def near(page: Page, few: int) -> tuple[str, str]:
    """Return SQL of a page near the start.

    Args:
        page: the page.
        few: so few rows are sorted; more are found by going through the blocks that have them.
    """
    first = f"begin AS MATERIALIZED (SELECT {page.rows.first_block()} AS vanaf)"
    sql = f"""CASE
WHEN {COUNT} <= {few} THEN {_few(page)}
ELSE {_from_block(page, "(SELECT vanaf FROM begin)", page.offset)}
END"""
    return first, sql


@lru_cache(reading.SHAPES)
def near_end(page: Page, near: int) -> tuple[str, str]:
    """Return SQL of a page near the end; null for another one.

    Args:
        page: the page.
        near: so many rows at most are passed over from the end.
    """
    sides = f"""eind AS MATERIALIZED (
    SELECT greatest(0, aantal - {page.offset} - {page.limit}) AS over,
        least({page.limit}, aantal - {page.offset}) AS nog
    FROM totaal
)"""
    sql = f"""CASE
WHEN {page.offset} >= {COUNT} THEN NULL
WHEN (SELECT over FROM eind) <= {near} THEN {_latest(page)}
END"""
    return f"{sides}, {page.rows.last_block()}", sql


@lru_cache(reading.SHAPES)
def far(page: Page) -> tuple[str, str]:
    """Return SQL of a page far from both ends."""
    start = f"coalesce((SELECT vanaf FROM plaats), {FIRST})"
    left = f"{page.offset} - coalesce((SELECT voor FROM plaats), 0)"
    return page.rows.place(page.offset), _from_block(page, start, left)


def _few(page: Page) -> str:
    """Return SQL: a page of rows in a period that has few of them."""
    rows = page.rows
    return f"""(
    SELECT {JOINED} FROM (
        SELECT {page.json} AS json FROM {rows.table} JOIN (
            WITH weinig AS MATERIALIZED (SELECT id FROM {rows.table} WHERE {rows.rows})
            SELECT id FROM weinig ORDER BY id LIMIT {page.limit} OFFSET {page.offset}
        ) gekozen USING (id) ORDER BY id
    ) rij
)"""


def _from_block(page: Page, start: str, offset: str) -> str:
    """Return SQL: a page of rows in a period, from the block that begins at `start` on."""
    rows = page.rows
    # A nested loop gives its rows in the order of the blocks, so it can stop at the limit.
    return f"""(
    SELECT {JOINED} FROM (
        SELECT {page.json} AS json FROM {rows.table} JOIN (
            SELECT rij.id FROM ({rows.blocks(start)}) raak CROSS JOIN LATERAL (
                SELECT id FROM {rows.table} WHERE {rows.of_block("raak")} ORDER BY id
            ) rij
            UNION ALL
            SELECT id FROM (
                SELECT id FROM {reading.new_rows(rows.counted.dimension)}
                WHERE {rows.rows} ORDER BY id
            ) later
            LIMIT {page.limit} OFFSET {offset}
        ) gekozen USING (id) ORDER BY id
    ) rij
)"""


def _latest(page: Page) -> str:
    """Return SQL: rows in a period that are among the last that were created.

    ``eind`` says how many come after them (`over`) and how many they are (`nog`).
    """
    rows = page.rows
    # The second LIMIT tells PostgreSQL that they are few.
    return f"""(
    SELECT {JOINED} FROM (
        SELECT {page.json} AS json FROM {rows.table} JOIN (
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
            LIMIT {page.limit}
        ) gekozen USING (id) ORDER BY id
    ) rij
)"""
