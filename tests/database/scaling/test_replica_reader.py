"""What of a read ends up on the primary, and what does not."""

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest

from contactmomenten.database.pool import Database, open_database
from contactmomenten.database.replica import open_replica
from tests.database.scaling.servers import NAME, Server

pytestmark = pytest.mark.quiet

WHERE = "SELECT inet_server_port()"


async def opened(primary: Server, standby: Server, seconds: float) -> Database:
    database = await open_database(primary.info, max_size=3, seconds=seconds)
    database.read_from(
        await open_replica(standby.info, database.reader, max_size=3, seconds=seconds)
    )
    return database


@pytest.fixture
async def database(primary: Server, standby: Server) -> AsyncIterator[Database]:
    standby.follows(primary)
    database = await opened(primary, standby, 10)
    yield database
    await database.close()


async def test_reads_are_on_the_replica_and_writes_on_the_primary(
    database: Database, primary: Server, standby: Server
) -> None:
    assert await database.reader.value(WHERE) == standby.port
    assert [tuple(row) for row in await database.reader.rows(WHERE)] == [(standby.port,)]
    assert tuple(await database.reader.row(WHERE) or ()) == (standby.port,)
    assert await database.writer.value(WHERE) == primary.port


async def test_a_read_that_is_in_the_way_of_the_replica_runs_again_on_the_primary(
    database: Database, primary: Server, standby: Server
) -> None:
    primary.sql(f"CREATE TABLE t AS SELECT 1; GRANT SELECT ON t TO {NAME}")
    standby.follows(primary)
    sql = "SELECT inet_server_port() FROM (SELECT count(*) FROM t) t, pg_sleep(1)"
    reading = asyncio.create_task(database.reader.value(sql))
    await asyncio.sleep(0.3)
    primary.sql("DELETE FROM t")
    primary.sql("VACUUM t")
    assert await reading == primary.port
    assert await database.reader.value(WHERE) == standby.port


async def test_what_the_replica_does_not_have_yet_is_read_on_the_primary(
    database: Database, primary: Server, standby: Server
) -> None:
    with standby.standing_still():
        primary.sql(f"CREATE TABLE fresh (n int); GRANT SELECT ON fresh TO {NAME}")
        assert await database.reader.value("SELECT count(*) FROM fresh") == 0
        assert await database.reader.value(WHERE) == standby.port


async def test_what_neither_has_is_a_fault(database: Database, standby: Server) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        await database.reader.value("SELECT count(*) FROM nothing")
    assert await database.reader.value(WHERE) == standby.port


async def test_a_read_that_takes_long_stays_on_the_replica(
    database: Database, standby: Server
) -> None:
    sql = "SELECT inet_server_port() FROM pg_sleep(2.5)"
    assert await database.reader.value(sql) == standby.port


async def test_a_read_that_takes_too_long_does_not_take_twice_as_long(
    primary: Server, standby: Server
) -> None:
    database = await opened(primary, standby, 1)
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        await database.reader.value("SELECT pg_sleep(30)")
    assert time.monotonic() - begun < 1.9
    assert await database.reader.value(WHERE) == standby.port
    await database.close()


async def test_a_read_that_is_broken_off_leaves_its_connection_fit_for_use(
    database: Database, standby: Server
) -> None:
    for _ in range(6):  # twice as many as there are connections
        reading = asyncio.create_task(database.reader.value("SELECT pg_sleep(30)"))
        await asyncio.sleep(0.05)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert await database.reader.value(WHERE) == standby.port


async def test_closing_does_not_wait_for_a_replica_that_hangs(
    primary: Server, standby: Server
) -> None:
    database = await opened(primary, standby, 10)
    assert await database.reader.value(WHERE) == standby.port
    with standby.frozen():
        reading = asyncio.create_task(database.reader.value(WHERE))
        assert await asyncio.wait_for(reading, 4) == primary.port
        await asyncio.wait_for(database.close(), 4)
