"""Waiting for what must come about, instead of sleeping for as long as it usually takes."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

from contactmomenten.database.pool import Connection

PATIENCE = 20.0

_WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def until(done: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until `done` says so."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


async def eventually(
    done: Callable[[], object | Awaitable[object]], seconds: float = PATIENCE
) -> None:
    """Wait until `done` says so, while the event loop goes on."""
    deadline = time.monotonic() + seconds
    while True:
        outcome = done()
        if inspect.isawaitable(outcome):
            outcome = await outcome
        if outcome:
            return
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


async def locks_are_waited_for(
    connection: Connection, number: int = 1, seconds: float = PATIENCE
) -> None:
    """Wait until `number` backends of this database wait for a lock."""

    async def waited_for() -> bool:
        # Within a transaction PostgreSQL would tell the same each time.
        await connection.execute("SELECT pg_stat_clear_snapshot()")
        return bool(await connection.fetchval(_WAITING) >= number)

    await eventually(waited_for, seconds)
