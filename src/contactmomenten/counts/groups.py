"""Groups of rows with the same value: which ones are on a page, of a list ordered by that value.

Where values may be very many, they lie in blocks of their own, in their order: to get at a group,
the rows of the blocks before it are added up, and not those of each value.
"""

from functools import lru_cache
from typing import Final

from contactmomenten.counts.definitions import BEGIN_OF, Dimension
from contactmomenten.counts.reading import SHAPES, last, new_rows
from contactmomenten.counts.value_blocks import LOWEST

# So many rows are passed over value by value rather than by looking up a block.
_NEAR: Final = 1_000


@lru_cache(SHAPES)
def groups_at(  # noqa: PLR0913 (what is asked for)
    dimension: Dimension, total: str, offset: str, limit: str, number: int, *, descending: bool
) -> str:
    """Return SQL: the groups of rows with one value, from that of the row at `offset` on.

    They are gone through from the end that is nearer, in the order of their values or against it;
    `number` parts at most (a group may come in several parts).

    Args:
        dimension: of the values.
        total: SQL: how many rows there are.
        offset: SQL: the row, counted from 0.
        limit: SQL: how many rows are wanted.
        number: of parts.
        descending: whether the order is.

    Returns:
        A query of at least one row: ``alles``, how many rows there are in all; ``van_eind``,
        whether it was gone through from the end; ``sleutel`` (null when there are no groups),
        ``waarde``, ``aantal`` of the part, and ``tot``: the rows up to and including the whole
        group, from where it was gone through.
    """
    tot, table = last(dimension), dimension.table
    columns = ", ".join(dimension.columns)
    # Whether the values are gone through going up, or down.
    up, down = ("van_eind", "NOT van_eind") if descending else ("NOT van_eind", "van_eind")
    return f"""
WITH nieuws AS MATERIALIZED (
    SELECT sleutel, waarde, {BEGIN_OF} AS begin, aantal
    FROM (
        SELECT {dimension.key} AS sleutel, {dimension.value} AS waarde, count(*) AS aantal
        FROM {new_rows(dimension)} GROUP BY {columns}
        UNION ALL
        SELECT {dimension.key}, {dimension.value}, sum(teken)
        FROM {table}_correctie WHERE id <= {tot} GROUP BY {columns}
    ) delen
    WHERE aantal <> 0
    LIMIT 1000000
), totaal AS MATERIALIZED (
    SELECT {total} AS aantal
), plek AS MATERIALIZED (
    SELECT beyond < voor AS van_eind, least(beyond, voor) AS nr
    FROM (
        SELECT greatest(0, aantal - {offset} - {limit}) AS beyond, {offset} AS voor FROM totaal
    ) zijden
){_starts(dimension, up, down)}
SELECT totaal.aantal AS alles, plek.van_eind, delen.*
FROM totaal CROSS JOIN plek LEFT JOIN (
    {_walk(dimension, up, number, down=False)}
    UNION ALL
    {_walk(dimension, down, number, down=True)}
) delen ON {offset} < totaal.aantal
"""


def _starts(dimension: Dimension, up: str, down: str) -> str:
    """Return SQL, common table expressions: from where to go up, and down, to the row in ``plek``.

    ``op`` and ``neer``, of one row: `grens`, at (up) or below (down) which the values start, and
    `voor`, the rows that are passed over by that.
    """
    if not dimension.in_blocks:
        return ""
    # An array that goes on after another one comes right behind it.
    highest = f"""greatest(
        (SELECT max(begin) FROM telling WHERE reeks = '{dimension.name}'),
        (SELECT max(begin) FROM nieuws)
    ) || ARRAY['']"""
    before = "sum(aantal) OVER (ORDER BY begin) - aantal"
    after = "sum(aantal) OVER (ORDER BY begin DESC)"
    return f""", op AS MATERIALIZED (
    {_start(dimension, up, LOWEST, before, "<", "DESC")}
), neer AS MATERIALIZED (
    {_start(dimension, down, highest, after, ">=", "ASC")}
)"""


def _start(  # noqa: PLR0913, PLR0917 (in what the two directions differ)
    dimension: Dimension, condition: str, end: str, before: str, passed: str, farthest: str
) -> str:
    """Return SQL: `grens` and `voor` as above.

    Args:
        dimension: of the values.
        condition: SQL: whether it is this direction, of ``plek``.
        end: SQL: `grens` when no block is passed over.
        before: SQL: how many rows are passed over when a block is where it starts.
        passed: how the values compare to its start that are passed over.
        farthest: in which order of the blocks the first one is farthest away.
    """
    # What is kept may be off by the news, so a block is chosen that is on the safe side of them.
    return f"""
    SELECT coalesce(grens, {end}) AS grens, coalesce(blok.voor + (
        SELECT coalesce(sum(aantal), 0) FROM nieuws WHERE begin {passed} grens
    ), 0)::bigint AS voor
    FROM (SELECT) een LEFT JOIN (
        SELECT grens, voor
        FROM (
            SELECT begin AS grens, {before} AS voor
            FROM telling_waardeblok WHERE reeks = '{dimension.name}'
        ) alle
        WHERE (SELECT nr > {_NEAR} AND {condition} FROM plek) AND voor <= (SELECT nr FROM plek)
            - (SELECT coalesce(sum(aantal), 0) FROM nieuws WHERE aantal > 0)
        ORDER BY grens {farthest} LIMIT 1
    ) blok ON true"""


def _walk(dimension: Dimension, condition: str, number: int, *, down: bool) -> str:
    """Return SQL: the parts from the row in ``plek`` on, going up or down, under a condition."""
    direction = " DESC" if down else ""
    order = f"begin{direction}, waarde{direction}"
    before, beyond = "0", ""
    if dimension.in_blocks:
        start = "neer" if down else "op"
        before = f"(SELECT voor FROM {start})"
        beyond = f" AND begin {'<' if down else '>='} (SELECT grens FROM {start})"
    # Both parts come in the order of the whole, so that reading can stop at the limit.
    return f"""(
    SELECT sleutel, waarde, aantal, tot
    FROM (
        SELECT sleutel, waarde, aantal,
            {before} + (sum(aantal) OVER (ORDER BY {order}))::bigint AS tot
        FROM (
            (SELECT sleutel, waarde, begin, aantal FROM telling
            WHERE reeks = '{dimension.name}' AND aantal <> 0{beyond} ORDER BY {order})
            UNION ALL
            (SELECT sleutel, waarde, begin, aantal FROM nieuws
            WHERE true{beyond} ORDER BY {order})
        ) delen
    ) geteld
    WHERE tot > (SELECT nr FROM plek) AND (SELECT {condition} FROM plek)
    LIMIT {number}
)"""
