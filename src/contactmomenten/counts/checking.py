"""Whether the counts are right: everything is counted again and compared."""

from contactmomenten.counts import value_blocks
from contactmomenten.counts.building import Series, grouped, moments_of, series_of
from contactmomenten.counts.definitions import TABLES, CountedTable, Dimension
from contactmomenten.database.pool import Connection


def _last(table: CountedTable) -> str:
    return f"(SELECT tot FROM telling_stand WHERE tabel = '{table.name}')"


def _wrong_counts(table: CountedTable, dimension: Dimension) -> str:
    """Return SQL: the values whose count, with what came since, is not what is there."""
    key, has, group = dimension.key, dimension.has, grouped(*dimension.columns)
    return f"""
SELECT sleutel::text AS waar, sum(aantal)::bigint AS verschil
FROM (
    SELECT sleutel, aantal FROM telling WHERE reeks = '{dimension.name}'
    UNION ALL
    SELECT {key}, sum(teken) FROM {table.corrections} WHERE id <= {_last(table)} AND {has} {group}
    UNION ALL
    SELECT {key}, count(*) FROM {table.name} WHERE id > {_last(table)} AND {has} {group}
    UNION ALL
    SELECT {key}, -count(*) FROM {table.name} WHERE {has} {group}
) alles
GROUP BY sleutel
HAVING sum(aantal) <> 0
"""


def _wrong_blocks(series: Series, *, coarse: bool) -> str:
    """Return SQL: the blocks that, with the corrections, do not have what they should, or when."""
    table, dimension = series.table, series.dimension
    key, has = dimension.key, dimension.has
    group = grouped(*dimension.columns, "2")
    first, last = moments_of(table)
    if table.time is not None:
        # A changed moment is within its block only once the correction is folded.
        settled = f" FILTER (WHERE id NOT IN (SELECT id FROM {table.corrections}))"
        first, last = first + settled, last + settled
    kind = "grof" if coarse else "NOT grof"
    return f"""
WITH rijen AS (
    SELECT {key} AS sleutel, {series.order.unit} AS eenheid, count(*) AS aantal,
        {first} AS oudste, {last} AS jongste
    FROM {table.name} WHERE id <= {_last(table)} AND {has} {group}
    UNION ALL
    SELECT {key}, {series.order.unit}, -sum(teken), NULL, NULL
    FROM {table.corrections} WHERE id <= {_last(table)} AND {has} {group}
), geplaatst AS (
    SELECT *, (
        SELECT max(vanaf) FROM telling_blok blok
        WHERE reeks = '{series.name}' AND blok.sleutel = rijen.sleutel AND {kind}
            AND vanaf <= eenheid
    ) AS vanaf
    FROM rijen
), werkelijk AS (
    SELECT sleutel, vanaf, sum(aantal) AS aantal, min(oudste) AS oudste, max(jongste) AS jongste
    FROM geplaatst GROUP BY sleutel, vanaf
)
SELECT sleutel || '@' || vanaf AS waar, coalesce(blok.aantal, 0) - werkelijk.aantal AS verschil
FROM (
    SELECT sleutel, vanaf, aantal, oudste, jongste FROM telling_blok
    WHERE reeks = '{series.name}' AND {kind}
) blok
FULL JOIN werkelijk USING (sleutel, vanaf)
WHERE CASE
    -- Without coarse blocks, the fine ones are all there is.
    WHEN vanaf IS NULL THEN {str(not coarse).lower()} AND werkelijk.aantal <> 0
    ELSE coalesce(blok.aantal, 0) <> coalesce(werkelijk.aantal, 0)
        OR werkelijk.oudste < blok.oudste OR werkelijk.jongste > blok.jongste
END
"""


async def differences(connection: Connection) -> list[str]:
    """Return in one line each what is counted wrongly; reads all rows, of one moment."""
    wrong = []
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for table in TABLES:
            questions = [
                (dimension.name, _wrong_counts(table, dimension)) for dimension in table.dimensions
            ]
            questions += [
                (f"{dimension.name} values", value_blocks.wrong_blocks(dimension))
                for dimension in value_blocks.dimensions_in_blocks(table)
            ]
            for series in series_of(table):
                questions += [
                    (f"{series.name} fine", _wrong_blocks(series, coarse=False)),
                    (f"{series.name} coarse", _wrong_blocks(series, coarse=True)),
                ]
            for name, sql in questions:
                rows = await connection.fetch(sql)
                wrong += [f"{name} {row['waar']}: {row['verschil']}" for row in rows]
    return wrong
