"""Rows in a period, in the order of creation."""

import pytest

from contactmomenten.counts.definitions import ALL, BRONORGANISATIE, KANAAL, Dimension
from contactmomenten.counts.periods import InPeriod
from contactmomenten.counts.reading import Counted
from contactmomenten.database.pool import Connection


@pytest.mark.parametrize("dimension", [ALL, BRONORGANISATIE, KANAAL], ids=lambda one: one.name)
async def test_rows_of_a_block_are_not_looked_for_by_time(
    connection: Connection, dimension: Dimension
) -> None:
    """They lie together by number, and all over an index by time; PostgreSQL cannot know."""
    # Even when there is no better index at all.
    for index in ("id", "bronorganisatie", "kanaal"):
        await connection.execute(f"DROP INDEX contactmoment_{index}")
    conditions = await conditions_of_a_block(connection, dimension)
    assert conditions
    assert not [line for line in conditions if "registratiedatum" in line]


async def test_rows_of_a_block_that_are_not_in_the_period_stay_in_the_index(
    connection: Connection,
) -> None:
    (condition,) = await conditions_of_a_block(connection, ALL)
    assert "GREATEST(registratiedatum" in condition


async def conditions_of_a_block(connection: Connection, dimension: Dimension) -> list[str]:
    """Return by what conditions PostgreSQL looks rows of a block up, in a period of a month."""
    period = "registratiedatum >= '2026-01-01' AND registratiedatum < '2026-02-01'"
    counted = Counted(
        dimension, dimension.match_key.format("'x'"), dimension.match.format("'x'::text")
    )
    low, high = "'2026-01-01'::timestamptz", "'2026-02-01'::timestamptz"
    rows = InPeriod(counted, period, f"registratiedatum >= {low}", low, high)
    await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
    plan = await connection.fetch(
        "EXPLAIN SELECT id FROM contactmoment,"
        " (SELECT 0::bigint AS vanaf, 5::bigint AS volgende) blok"
        f" WHERE {rows.of_block('blok')}"
    )
    return [line[0] for line in plan if "Index Cond" in line[0] and "tabel =" not in line[0]]
