"""A primary that neither answers nor refuses, as when its machine has lost power."""

import asyncio
import time
from dataclasses import replace

import pytest

from contactmomenten.database.pool import Connection, Database, open_database, unavailable
from tests.database.scaling.servers import Server

SECONDS = 1.0
WHERE = "SELECT inet_server_port()"


async def hold(connection: Connection) -> None:
    await connection.fetchval("SELECT pg_sleep(0.2)")


async def fails(database: Database) -> float:
    """Return how long it takes until a request is told that the database is away."""
    begun = time.monotonic()
    with pytest.raises(Exception) as caught:  # noqa: PT011 (that is what we look at)
        await database.writer.value(WHERE)
    assert unavailable(caught.value) is not None
    return time.monotonic() - begun


async def test_its_connections_are_given_up_one_by_one_and_the_next_primary_is_found(
    primary: Server, standby: Server
) -> None:
    others = ((standby.info.host, standby.port),)
    both = replace(primary.info, others=others).wanting("read-write")
    database = await open_database(both, max_size=4, seconds=SECONDS)
    await asyncio.gather(*(database.writer.in_transaction(hold) for _ in range(4)))
    assert await database.writer.value(WHERE) == primary.port
    with primary.frozen():
        waited = await asyncio.gather(*(fails(database) for _ in range(4)))
        # Once for the statement, and once more for asking the server to break it off.
        assert max(waited) < 2 * SECONDS + 0.5
        standby.promote()
        begun = time.monotonic()
        assert await database.writer.value(WHERE) == standby.port
        assert time.monotonic() - begun < SECONDS
        for _ in range(8):
            assert await database.writer.value(WHERE) == standby.port
        await asyncio.wait_for(database.close(), 3)
