"""SQL by which lists use the counts: how many rows there are, and where the n-th one is.

Everything here is exact at the moment of the statement: to what is counted come the rows since
and the corrections, of the same view of the database.
"""

from datetime import datetime
from functools import lru_cache
from math import ceil, floor
from typing import Final, NamedTuple
from uuid import UUID

from contactmomenten.counts.definitions import (
    ALL,
    BY_ID,
    BY_TIME,
    FIRST,
    LAST,
    SECONDS_PER_UNIT,
    Dimension,
    Order,
)

# Texts of SQL that are kept, for each function that makes long ones; there are some tens.
SHAPES: Final = 256


class Counted(NamedTuple):
    """Rows that are counted together, in SQL.

    Attributes:
        dimension: by what.
        key: the sleutel of their value.
        rows: whether a row of the table, or of the corrections, has that value.
    """

    dimension: Dimension
    key: str
    rows: str

    def blocks(self, order: Order, *, coarse: bool) -> str:
        """Return SQL: FROM what, and WHERE which, are the blocks in `order`."""
        kind = "grof" if coarse else "NOT grof"
        series = self.dimension.series(order)
        return f"telling_blok WHERE reeks = '{series}' AND sleutel = {self.key} AND {kind}"


def last(dimension: Dimension) -> str:
    """Return SQL: up to which number the rows are counted."""
    return f"(SELECT tot FROM telling_stand WHERE tabel = '{dimension.table}')"


def new_rows(dimension: Dimension) -> str:
    """Return SQL: the rows that came since, as FROM takes them.

    The second and the third condition are always true. With the second one PostgreSQL expects few
    rows, as there are, and without it a third of the table. The third one names a column that the
    indexes of values do not have: without it PostgreSQL looks in such an index for the new rows of
    every value, as that spares it the table, rather than once in the index by number. OFFSET 0
    keeps other conditions out of the choice of an index.
    """
    tot = last(dimension)
    since = f"id > {tot} AND id < {tot} + {2**40} AND uuid >= '{UUID(int=0)}'"
    return f"(SELECT * FROM {dimension.table} WHERE {since} OFFSET 0) nieuw"


@lru_cache(SHAPES)
def total(counted: Counted) -> str:
    """Return SQL: how many rows there are."""
    name = counted.dimension.name
    kept = f"(SELECT aantal FROM telling WHERE reeks = '{name}' AND sleutel = {counted.key})"
    return f"({kept_or_none(kept)} + {news(counted)})::bigint"


def total_of_combinations(dimension: Dimension, rows: str, columns: dict[str, str]) -> str:
    """Return SQL: how many rows have certain values in several columns at once.

    Args:
        dimension: that of the combinations.
        rows: SQL: whether a row has them.
        columns: SQL: the value for each column.
    """
    fitting = " AND ".join(
        f"waarde[{dimension.columns.index(column) + 1}] = {value}"
        for column, value in columns.items()
    )
    first = columns.get(dimension.columns[0])
    if first is not None:
        # What the index knows of the first column: nothing comes between it and this.
        fitting += f" AND begin >= ARRAY[{first}] AND begin < ARRAY[{first} || chr(1)]"
    kept = f"(SELECT sum(aantal) FROM telling WHERE reeks = '{dimension.name}' AND {fitting})"
    return f"({kept_or_none(kept)} + {news(Counted(dimension, '', rows))})::bigint"


def kept_or_none(sql: str) -> str:
    """Return SQL: a kept count, 0 where there is none."""
    return f"coalesce({sql}, 0)"


def news(counted: Counted, *more: str) -> str:
    """Return SQL: what came to the kept count since, of rows for which `more` holds too."""
    table, tot = counted.dimension.table, last(counted.dimension)
    rows = " AND ".join((counted.rows, *more))
    return f"""(SELECT count(*) FROM {new_rows(counted.dimension)} WHERE {rows})
        + coalesce((SELECT sum(teken) FROM {table}_correctie WHERE id <= {tot} AND {rows}), 0)"""


def start_of(order: Order, unit: str) -> str:
    """Return SQL: where a unit begins; null for the first one, which begins before everything."""
    return f"CASE WHEN {unit} <> {FIRST} THEN {order.start.format(unit)} END"


# --- how many rows in a period ------------------------------------------------------------------


def units_of_period(low: datetime | None, high: datetime | None) -> tuple[int, int]:
    """Return the first and the last unit that begin in a period."""
    first = FIRST if low is None else ceil(low.timestamp() / SECONDS_PER_UNIT)
    until = LAST if high is None else floor(high.timestamp() / SECONDS_PER_UNIT)
    return first, until


@lru_cache(SHAPES)
def total_in_period(counted: Counted, first: str, until: str, period: str) -> tuple[str, str]:
    """Return SQL: how many rows have their registratiedatum in a period.

    The blocks that lie in it are added up; what is before and after them is counted.

    Args:
        counted: the rows.
        first: SQL: the first unit that begins in the period.
        until: SQL: the last one; LAST when it has no end.
        period: SQL: whether registratiedatum is in it.

    Returns:
        Common table expressions, and the expression that uses them.
    """
    fine, coarse = (counted.blocks(BY_TIME, coarse=kind) for kind in (False, True))

    def ends(blocks: str, low: str, high: str) -> str:
        return f"""
        (SELECT vanaf FROM {blocks} AND vanaf >= {low} ORDER BY vanaf LIMIT 1) AS van,
        CASE WHEN {high} = {LAST} THEN {LAST} ELSE
            (SELECT vanaf FROM {blocks} AND vanaf <= {high} ORDER BY vanaf DESC LIMIT 1)
        END AS tot"""

    def added(blocks: str, low: str, high: str) -> str:
        return f"""
        (SELECT coalesce(sum(aantal), 0) FROM {blocks} AND vanaf >= {low} AND vanaf < {high})"""

    begin, end = start_of(BY_TIME, "fijn.van"), BY_TIME.start.format("fijn.tot")
    expressions = f"""
fijn AS MATERIALIZED (
    SELECT {ends(fine, first, until)}
), grof AS MATERIALIZED (
    SELECT {ends(coarse, "fijn.van", "fijn.tot")}
    FROM fijn
), binnen AS MATERIALIZED (
    SELECT
        coalesce({begin}, '-infinity') AS van,
        CASE WHEN fijn.tot = {LAST} THEN 'infinity' ELSE {end} END AS tot,
        CASE WHEN grof.van < grof.tot THEN
            {added(fine, "fijn.van", "grof.van")} + {added(coarse, "grof.van", "grof.tot")}
            + {added(fine, "grof.tot", "fijn.tot")}
        ELSE {added(fine, "fijn.van", "fijn.tot")} END AS aantal
    FROM fijn, grof
    WHERE fijn.van < fijn.tot
)"""
    van = "coalesce((SELECT van FROM binnen), 'infinity')"
    tot = "coalesce((SELECT tot FROM binnen), 'infinity')"
    between = (
        "registratiedatum >= (SELECT van FROM binnen)",
        "registratiedatum < (SELECT tot FROM binnen)",
    )
    counted_here = f"SELECT count(*) FROM {ALL.table} WHERE {counted.rows} AND {period}"
    return (
        expressions,
        f"""(
        coalesce((SELECT aantal FROM binnen), 0) + {news(counted, *between)}
        + ({counted_here} AND registratiedatum < {van})
        + ({counted_here} AND registratiedatum >= {tot})
    )::bigint""",
    )


# --- where the n-th row is --------------------------------------------------------------------


@lru_cache(SHAPES)
def place(counted: Counted, order: Order, position: str, *, descending: bool) -> str:
    """Return SQL, common table expressions: a block near the row at `position` in `order`.

    The last one is ``gevonden``, with one row: ``aantal`` of all rows; ``vanaf``, the unit where
    the block starts, and ``voor``, the rows before that start in the order that is asked for (for a
    descending one: those from the start on). The block is at or before the row in that order;
    ``vanaf`` is null where no block is.
    """
    fine, coarse = (counted.blocks(order, coarse=kind) for kind in (False, True))
    # What is kept may be off by the news, so a block is chosen that is on the safe side of them.
    tot, table = last(counted.dimension), counted.dimension.table
    corrected = f"SELECT count(*) FROM {table}_correctie WHERE id <= {tot} AND {counted.rows}"
    if descending:
        wanted = f"totaal.aantal - {position} + ({corrected} AND teken = -1)"
        chosen = "voor >= plaats.nr ORDER BY vanaf LIMIT 1"
        until = "<="
    else:
        new = f"(SELECT count(*) FROM {new_rows(counted.dimension)} WHERE {counted.rows})"
        # New rows have the highest numbers.
        more = "0" if order == BY_ID else new
        wanted = f"{position} - {more} - ({corrected} AND teken = 1)"
        chosen = "voor <= plaats.nr ORDER BY vanaf DESC LIMIT 1"
        until = "<"
    begin = start_of(order, "fijn.vanaf")
    before = f"fijn.voor + {news(counted, f'{order.column} < {begin}')}"
    if descending:
        before = f"totaal.aantal - ({before})"
    return f"""
totaal AS MATERIALIZED (
    SELECT {total(counted)} AS aantal
), plaats AS MATERIALIZED (
    SELECT {wanted} AS nr FROM totaal
), grof AS MATERIALIZED (
    SELECT vanaf, voor, volgende
    FROM (
        SELECT vanaf, (sum(aantal) OVER reeks)::bigint - aantal AS voor,
            lead(vanaf, 1, {LAST}) OVER reeks AS volgende
        FROM {coarse}
        WINDOW reeks AS (ORDER BY vanaf)
    ) alle, plaats
    WHERE voor <= plaats.nr ORDER BY vanaf DESC LIMIT 1
), vanuit AS MATERIALIZED (
    SELECT coalesce(vanaf, {FIRST}) AS vanaf, coalesce(voor, 0) AS voor,
        coalesce(volgende, {LAST}) AS volgende
    FROM plaats LEFT JOIN grof ON true
), fijn AS MATERIALIZED (
    SELECT vanaf, voor
    FROM (
        SELECT vanaf,
            (SELECT voor FROM vanuit) + (sum(aantal) OVER (ORDER BY vanaf))::bigint - aantal
                AS voor
        FROM {fine} AND vanaf >= (SELECT vanaf FROM vanuit)
            AND vanaf {until} (SELECT volgende FROM vanuit)
    ) alle, plaats
    WHERE {chosen}
), gevonden AS MATERIALIZED (
    SELECT totaal.aantal, fijn.vanaf, {before} AS voor
    FROM totaal LEFT JOIN fijn ON true
)"""
