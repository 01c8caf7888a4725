"""Making all counts anew, such as after rows were loaded in bulk."""

import asyncio
from collections.abc import Callable
from typing import Final

import asyncpg

from contactmomenten.counts.building import count_all, series_of
from contactmomenten.counts.definitions import TABLES, CountedTable
from contactmomenten.counts.folding import ADVANCE, LAST_NUMBER, LOCK, NOMINATE, STAND
from contactmomenten.database.pool import Connection

_POLL_SECONDS: Final = 0.05
_TRIES: Final = 10


async def rebuild(
    connection: Connection, progress: Callable[[str], None] = lambda _text: None
) -> None:
    """Count everything anew; servers may go on meanwhile.

    Args:
        connection: outside a transaction.
        progress: is told what is counted.

    Raises:
        asyncpg.PostgresError: nothing has changed for the table that was being counted.
    """
    for table in TABLES:
        number = await connection.fetchval(LAST_NUMBER.format(table.numbers))
        await connection.execute(NOMINATE, table.name, number)
        # Nothing tells when a transaction of somebody else ends.
        while not await _is_settled(connection, table):  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)
        await _again(connection, table, progress)


async def _is_settled(connection: Connection, table: CountedTable) -> bool:
    stand = await connection.fetchrow(STAND, table.name)
    return stand is None or bool(stand["zeker"])


async def _again(
    connection: Connection, table: CountedTable, progress: Callable[[str], None]
) -> None:
    for _ in range(_TRIES - 1):
        try:
            await _rebuild(connection, table, progress)
        except asyncpg.SerializationError:
            continue  # somebody folded between our first look and our lock
        return
    await _rebuild(connection, table, progress)


async def _rebuild(
    connection: Connection, table: CountedTable, progress: Callable[[str], None]
) -> None:
    async with connection.transaction(isolation="repeatable_read"):
        await connection.execute("SET LOCAL statement_timeout = 0")
        await connection.execute("SET LOCAL work_mem = '256MB'")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        stand = await connection.fetchrow(STAND, table.name)
        last = stand["kandidaat"] if stand else 0
        await connection.execute(f"DELETE FROM {table.corrections}")
        for dimension in table.dimensions:
            await connection.execute("DELETE FROM telling WHERE reeks = $1", dimension.name)
        for statement in count_all(table):
            await connection.execute(statement, last, timeout=None)
        for series in series_of(table):
            progress(f"counting {series.name}")
            await connection.execute("DELETE FROM telling_blok WHERE reeks = $1", series.name)
            await series.build(connection, last)
        await connection.execute(ADVANCE, table.name, last)
