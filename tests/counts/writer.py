"""A program that writes and folds without end, to be killed: ``python -m tests.counts.writer``."""

import asyncio
import os
import sys
from contextlib import suppress

import asyncpg

from contactmomenten.counts.definitions import TABLES
from contactmomenten.counts.folding import fold, nominate
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Database, open_database
from tests.counts.rows import change_at_random
from tests.databases import connected


async def write(info: ConnectionInfo, seed: int) -> None:
    """Write rows for ever."""
    async with connected(info) as connection:
        while True:
            seed += 1
            # The other one may have deleted what this one has just found.
            with suppress(asyncpg.ForeignKeyViolationError):
                await change_at_random(connection, seed)


async def keep_folding(database: Database) -> None:
    """Fold for ever, in steps so small that there is always something to do."""
    while True:
        for table in TABLES:
            await nominate(database.writer, table)
            await fold(database.writer, table, chunk=29)
        print("folded", flush=True)  # noqa: T201 (its parent waits for it)


async def main() -> None:
    """Do all of it at once."""
    info = ConnectionInfo.from_url(os.environ["DATABASE_URL"])
    database = await open_database(info, max_size=2, seconds=20)
    async with asyncio.TaskGroup() as tasks:
        for number in range(2):
            tasks.create_task(write(info, int(sys.argv[1]) + 1000 * number))
        tasks.create_task(keep_folding(database))


asyncio.run(main())
