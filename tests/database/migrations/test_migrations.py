import asyncio
from dataclasses import replace
from typing import Any, cast

import asyncpg
import pytest

from contactmomenten.database import migrations
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.migrations import (
    Migration,
    MigrationError,
    all_migrations,
    migrate,
    pending,
)
from tests.databases import Cluster, connected

STEPS = [
    Migration(1, "one", "CREATE TABLE a (n int)"),
    Migration(2, "two", "CREATE TABLE b (n int); INSERT INTO b VALUES (1)"),
]
BAD = Migration(3, "bad", "CREATE TABLE c (n int); INSERT INTO c VALUES (1); SELECT 1 / 0")


def silent(_: str) -> None:
    """Tell nobody."""


@pytest.fixture
async def empty(cluster: Cluster) -> Any:  # noqa: ANN401 (an async generator)
    """Return how to connect to a database without tables."""
    async with cluster.fresh("template0") as info:
        yield info


def use(monkeypatch: pytest.MonkeyPatch, *steps: Migration) -> None:
    monkeypatch.setattr(migrations, "all_migrations", lambda: list(steps))


async def applied(info: ConnectionInfo) -> list[int]:
    async with connected(info) as connection:
        if await connection.fetchval("SELECT to_regclass('migratie')") is None:
            return []
        rows = await connection.fetch("SELECT nummer FROM migratie ORDER BY nummer")
        return [row["nummer"] for row in rows]


def test_the_steps_are_numbered_from_one_without_a_gap() -> None:
    steps = all_migrations()
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert all(step.name and step.sql for step in steps)


def test_a_released_step_is_never_changed() -> None:
    first = all_migrations()[0]
    assert (first.number, first.name, len(first.checksum)) == (1, "first tables", 64)
    assert replace(first, sql=f"{first.sql} ").checksum != first.checksum


async def test_an_empty_database_needs_everything(empty: ConnectionInfo) -> None:
    async with connected(empty) as connection:
        assert await pending(connection) == all_migrations()


async def test_after_migrating_nothing_is_pending(empty: ConnectionInfo) -> None:
    told: list[str] = []
    async with connected(empty) as connection:
        assert await migrate(connection, told.append) == all_migrations()
        assert told[0] == "migration 1: first tables"
        assert await pending(connection) == []
        assert await migrate(connection, told.append) == []
    assert len(told) == len(all_migrations())


async def test_only_the_new_steps_are_applied(
    empty: ConnectionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(empty) as connection:
        use(monkeypatch, STEPS[0])
        assert await migrate(connection, silent) == STEPS[:1]
        use(monkeypatch, *STEPS)
        assert await migrate(connection, silent) == STEPS[1:]
    assert await applied(empty) == [1, 2]


async def test_two_programs_at_once_do_each_step_once(
    empty: ConnectionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, *STEPS)

    async def one() -> list[Migration]:
        async with connected(empty) as connection:
            return await migrate(connection, silent)

    done = await asyncio.gather(*(one() for _ in range(6)))
    assert sorted(step.number for steps in done for step in steps) == [1, 2]
    assert await applied(empty) == [1, 2]


async def test_a_step_that_fails_leaves_nothing_and_the_ones_before_it_stay(
    empty: ConnectionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, *STEPS, BAD)
    async with connected(empty) as connection:
        for _ in range(2):
            with pytest.raises(asyncpg.DivisionByZeroError):
                await migrate(connection, silent)
        assert await connection.fetchval("SELECT to_regclass('c')") is None
        assert await connection.fetchval("SELECT count(*) FROM b") == 1
    assert await applied(empty) == [1, 2]


async def test_the_first_step_failing_leaves_a_database_without_tables(
    empty: ConnectionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, replace(BAD, number=1))
    async with connected(empty) as connection:
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate(connection, silent)
        assert (
            await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname='public'")
            == 0
        )


async def test_an_altered_step_is_noticed_and_nothing_is_done(
    empty: ConnectionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(empty) as connection:
        use(monkeypatch, STEPS[0])
        await migrate(connection, silent)
        use(monkeypatch, replace(STEPS[0], sql="CREATE TABLE a (n bigint)"), STEPS[1])
        with pytest.raises(MigrationError, match=r"Step 1 \(one\) was altered"):
            await migrate(connection, silent)
    assert await applied(empty) == [1]


async def test_the_database_of_a_newer_program_is_left_alone(
    empty: ConnectionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(empty) as connection:
        use(monkeypatch, *STEPS)
        await migrate(connection, silent)
        use(monkeypatch, STEPS[0])
        with pytest.raises(MigrationError, match=r"newer version of the program \(step 2\)"):
            await migrate(connection, silent)


async def test_an_old_server_is_refused() -> None:
    class Old:
        def get_server_version(self) -> asyncpg.types.ServerVersion:
            return asyncpg.types.ServerVersion(13, 9, 0, "final", 0)

    with pytest.raises(MigrationError, match="PostgreSQL 14 or newer"):
        await pending(cast("asyncpg.Connection[asyncpg.Record]", Old()))


async def test_a_step_waits_a_moment_for_a_lock_and_as_long_as_it_takes_for_itself(
    empty: ConnectionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = "CREATE TABLE a AS SELECT current_setting('lock_timeout') l,"
    use(monkeypatch, Migration(1, "one", f"{keep} current_setting('statement_timeout') s"))
    async with connected(empty) as connection:
        await connection.execute("SET statement_timeout = '10s'")
        await migrate(connection, silent)
        assert tuple(await connection.fetchrow("SELECT * FROM a") or ()) == ("500ms", "0")
        assert await connection.fetchval("SHOW lock_timeout") == "0"


async def test_it_goes_no_further_than_it_is_told(
    empty: ConnectionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, *STEPS)
    async with connected(empty) as connection:
        assert await migrate(connection, silent, until=1) == STEPS[:1]
        assert await migrate(connection, silent, until=1) == []
    assert await applied(empty) == [1]
