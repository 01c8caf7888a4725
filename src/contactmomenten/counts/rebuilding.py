"""Making all counts anew, such as after rows were loaded in bulk."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from typing import Final

import asyncpg

from contactmomenten.counts import value_blocks
from contactmomenten.counts.building import Rows, count_all, series_of
from contactmomenten.counts.definitions import BY_TEKST, TABLES, CountedTable
from contactmomenten.counts.folding import (
    ADVANCE,
    FORGET_FOREIGN,
    LAST_NUMBER,
    LOCK,
    NOMINATE,
    STAND,
)
from contactmomenten.database.pool import Connection

_POLL_SECONDS: Final = 0.05
_TRIES: Final = 10

# All rows are gone through some thirty times, with much to sort.
_SETTINGS: Final = """
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL work_mem = '256MB';
"""


async def rebuild(
    connection: Connection,
    progress: Callable[[str], None] = lambda _text: None,
    *,
    helper: "Connection | None" = None,
) -> None:
    """Count everything anew; servers may go on meanwhile.

    Args:
        connection: outside a transaction.
        progress: is told what is counted.
        helper: another one, that does half of the counting.

    Raises:
        asyncpg.PostgresError: nothing has changed for the table that was being counted.
    """
    for table in TABLES:
        await connection.execute(FORGET_FOREIGN, table.name)
        number = await connection.fetchval(LAST_NUMBER.format(table.numbers))
        await connection.execute(NOMINATE, table.name, number)
        # Nothing tells when a transaction of somebody else ends.
        while not await _is_settled(connection, table):  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)
        await _again(connection, table, progress, helper)


async def _is_settled(connection: Connection, table: CountedTable) -> bool:
    stand = await connection.fetchrow(STAND, table.name)
    return stand is None or bool(stand["zeker"])


async def _again(
    connection: Connection,
    table: CountedTable,
    progress: Callable[[str], None],
    helper: "Connection | None",
) -> None:
    for _ in range(_TRIES - 1):
        try:
            await _rebuild(connection, table, progress, helper)
        except asyncpg.SerializationError:
            continue  # somebody folded between our first look and our lock
        return
    await _rebuild(connection, table, progress, helper)


async def _rebuild(
    connection: Connection,
    table: CountedTable,
    progress: Callable[[str], None],
    helper: "Connection | None",
) -> None:
    async with connection.transaction(isolation="repeatable_read"):
        await connection.execute(_SETTINGS)
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        stand = await connection.fetchrow(STAND, table.name)
        last = stand["kandidaat"] if stand else 0
        series = series_of(table)
        await connection.execute(f"DELETE FROM {table.corrections}")
        for dimension in table.dimensions:
            await connection.execute("DELETE FROM telling WHERE reeks = $1", dimension.name)
        for one in series:
            await connection.execute("DELETE FROM telling_blok WHERE reeks = $1", one.name)
        todo = deque((one.name, one.fine) for one in series if one.order != BY_TEKST)
        todo.extend(
            (dimension.name, rows)
            for dimension, rows in zip(table.dimensions, count_all(table), strict=True)
        )
        async with _helping(connection, helper, todo, last) as helped:
            for one in series:
                if one.order == BY_TEKST:  # only this connection sees the units
                    progress(f"counting {one.name}")
                    await one.build(connection, last)
            while todo:
                name, rows = todo.popleft()
                progress(f"counting {name}")
                await connection.execute(rows.insertion, last, timeout=None)
            await helped()
        for one in series:
            if one.order != BY_TEKST:
                await one.lay_all_coarse(connection)
        for dimension in value_blocks.dimensions_in_blocks(table):
            await value_blocks.build(connection, dimension)
        await connection.execute(ADVANCE, table.name, last)


@contextlib.asynccontextmanager
async def _helping(
    connection: Connection,
    helper: "Connection | None",
    todo: deque[tuple[str, Rows]],
    last: int,
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Let `helper` count what is last in `todo`, in the same view of the database.

    Gives what waits for it and inserts what it has counted.
    """
    if helper is None:
        yield _nothing
        return
    snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
    counting = asyncio.create_task(_count(helper, snapshot, todo, last))

    async def insert() -> None:
        for rows, content in await counting:
            table, columns = rows.into
            await connection.copy_to_table(
                table, source=content, columns=columns, format="binary", timeout=None
            )

    try:
        yield insert
    finally:
        counting.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await counting


async def _nothing() -> None:
    """Wait for nobody."""


async def _count(
    helper: Connection, snapshot: str, todo: deque[tuple[str, Rows]], last: int
) -> list[tuple[Rows, BytesIO]]:
    """Take from the end of `todo` until it is empty; return what was counted, for COPY."""
    found = []
    async with helper.transaction(isolation="repeatable_read", readonly=True):
        await helper.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        await helper.execute(_SETTINGS)
        while todo:
            _, rows = todo.pop()
            content = BytesIO()
            await helper.copy_from_query(
                rows.query, last, output=content, format="binary", timeout=None
            )
            content.seek(0)
            found.append((rows, content))
    return found
