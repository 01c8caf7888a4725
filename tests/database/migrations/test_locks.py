"""A step without its locks gives way to the service, tries again, and tells who has them."""

import asyncio
import re
import time

import pytest

from contactmomenten.database import migrations
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.migrations import Migration, MigrationError, locking, migrate
from contactmomenten.database.migrations.effects import Effect
from contactmomenten.database.pool import Connection
from tests.databases import connected
from tests.waiting import eventually

NEWEST = len(migrations.all_migrations())
WIDER = Migration(
    NEWEST + 1,
    "wider",
    "ALTER TABLE keten ADD COLUMN n int",
    Effect(locks={"keten": "ACCESS EXCLUSIVE"}),
)


@pytest.fixture(autouse=True)
def one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    known = migrations.all_migrations()
    monkeypatch.setattr(migrations, "all_migrations", lambda: [*known, WIDER])
    monkeypatch.setattr(migrations, "_PAUSES", (0.05, 0.1))
    monkeypatch.setattr(locking, "WAIT", "100ms")


async def newest(connection: Connection) -> int:
    number: int = await connection.fetchval("SELECT max(nummer) FROM migratie")
    return number


async def test_it_says_who_holds_the_lock_and_changes_nothing(
    connection: Connection, info: ConnectionInfo
) -> None:
    told: list[str] = []
    async with connected(info) as other, other.transaction():
        await other.execute("SET application_name = 'psql of jan'")
        await other.execute("SELECT FROM keten")
        pid = await other.fetchval("SELECT pg_backend_pid()")
        with pytest.raises(MigrationError) as failed:
            await migrate(connection, told.append)
    text = str(failed.value)
    assert text.startswith(f"Step {WIDER.number} (wider) needs a lock on keten, and others had it")
    holder = rf"process {pid} \(psql of jan of role {info.user}, in a transaction for \d+ s\)"
    assert re.search(holder, text)
    assert "Nothing was changed." in text
    assert "pg_terminate_backend" in text
    assert len([line for line in told if "trying again in" in line]) == 2
    assert await newest(connection) == NEWEST


async def test_it_tries_again_until_the_lock_is_free(
    connection: Connection, info: ConnectionInfo
) -> None:
    async with connected(info) as other:
        transaction = other.transaction()
        await transaction.start()
        await other.execute("SELECT FROM keten")
        migrating = asyncio.create_task(migrate(connection, lambda _: None))
        await asyncio.sleep(0.15)
        assert not migrating.done()
        await transaction.rollback()
        assert await migrating == [WIDER]
    assert await newest(connection) == WIDER.number


async def test_the_service_waits_no_longer_than_one_try_for_a_step_that_waits(
    connection: Connection, info: ConnectionInfo
) -> None:
    async with connected(info) as other, connected(info) as service, other.transaction():
        await other.execute("SELECT FROM keten")
        migrating = asyncio.create_task(migrate(connection, lambda _: None))
        longest = 0.0
        while not migrating.done():
            begun = time.monotonic()
            await service.execute("SELECT FROM keten")
            longest = max(longest, time.monotonic() - begun)
            await asyncio.sleep(0.01)
        with pytest.raises(MigrationError):
            await migrating
    # Three tries of 100 ms; with one that waits on, this would never end.
    assert 0.02 < longest < 2


async def test_who_waits_for_another_program_says_so(
    connection: Connection, info: ConnectionInfo
) -> None:
    told: list[str] = []
    async with connected(info) as other:
        transaction = other.transaction()
        await transaction.start()
        await locking.wait_for_turn(other, told.append)
        assert told == []
        migrating = asyncio.create_task(migrate(connection, told.append))
        await eventually(lambda: told)
        assert told == ["another program is migrating this database; waiting for it"]
        await transaction.rollback()
        assert await migrating == [WIDER]
