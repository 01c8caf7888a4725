"""What is in the way of a migration is found before it begins."""

from dataclasses import replace

import asyncpg
import pytest

from contactmomenten.database import migrations
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.migrations import Migration, MigrationError, migrate, preflight
from contactmomenten.database.migrations.effects import Effect, Requirement
from contactmomenten.database.migrations.preflight import obstacles
from contactmomenten.database.pool import Connection
from tests.databases import Cluster, connected

TOUCHING = Effect(locks={"keten": "ACCESS EXCLUSIVE"})


async def found(connection: Connection, effect: Effect = TOUCHING) -> list[tuple[str, bool]]:
    return [(one.text, one.blocks) async for one in obstacles(connection, {99: effect})]


async def only(connection: Connection, effect: Effect = TOUCHING) -> tuple[str, bool]:
    (one,) = await found(connection, effect)
    return one


async def test_nothing_is_in_the_way_of_a_sound_database(connection: Connection) -> None:
    assert await found(connection) == []


async def test_an_index_that_is_not_valid_is_unwise(connection: Connection) -> None:
    await connection.execute("CREATE TABLE twice AS SELECT 1 AS n FROM generate_series(1, 2)")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("CREATE UNIQUE INDEX CONCURRENTLY half ON twice (n)")
    text, blocks = await only(connection)
    assert "index half" in text
    assert not blocks


async def test_a_disabled_trigger_blocks(connection: Connection) -> None:
    await connection.execute("ALTER TABLE contactmoment DISABLE TRIGGER telling_na_delete")
    text, blocks = await only(connection)
    assert "trigger telling_na_delete on contactmoment" in text
    assert blocks


async def test_a_rule_that_was_never_compared_with_the_rows_is_unwise(
    connection: Connection,
) -> None:
    rule = "ADD CONSTRAINT nooit CHECK (voorganger <> opvolger) NOT VALID"
    await connection.execute(f"ALTER TABLE keten {rule}")
    text, blocks = await only(connection)
    assert "constraint nooit on keten" in text
    assert not blocks


async def test_a_step_that_is_missing_among_those_taken_blocks(connection: Connection) -> None:
    await connection.execute("DELETE FROM migratie WHERE nummer = 2")
    text, blocks = await only(connection)
    assert text.startswith("Step 2 is not in the table migratie")
    assert blocks


async def test_a_migration_that_runs_elsewhere_and_a_long_transaction_are_told(
    connection: Connection, info: ConnectionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "_LONG", preflight._LONG.replace("1 minute", "0"))
    async with connected(info) as other, other.transaction():
        await migrations.locking.wait_for_turn(other, lambda _: None)
        pid = await other.fetchval("SELECT pg_backend_pid()")
        texts = [text for text, blocks in await found(connection) if not blocks]
    assert texts[0] == "Another program is migrating this database now."
    assert f"process {pid}." in texts[1]


async def test_rows_that_would_break_a_rule_block_and_are_counted(connection: Connection) -> None:
    rule = Requirement(1, "SELECT count(*) FROM configuratie", "rows are too many. Remove them.")
    text, blocks = await only(connection, Effect(requires=(rule,)))
    assert (text, blocks) == ("Step 99: 1 rows are too many. Remove them.", True)


async def test_rows_of_tables_that_are_still_to_come_are_not_asked_for(
    connection: Connection,
) -> None:
    rule = Requirement(98, "SELECT count(*) FROM niet_hier", "are wrong.")
    assert await found(connection, Effect(requires=(rule,))) == []


async def test_a_role_that_owns_nothing_is_told_and_may_look(
    connection: Connection, cluster: Cluster
) -> None:
    await connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")  # as 15 does it
    await connection.execute("CREATE ROLE looks_only; GRANT SELECT ON migratie TO looks_only")
    try:
        await connection.execute("SET ROLE looks_only")
        text, blocks = await only(connection)
        assert "The role looks_only does not own keten." in text
        assert "DATABASE_MIGRATION_URL" in text
        assert blocks
        reading = [one async for one in obstacles(connection, {99: TOUCHING}, reading=True)]
        assert [one.blocks for one in reading] == [False]
        text, _ = await only(connection, Effect())
        assert "may not create tables in schema public" in text
    finally:
        await connection.execute("RESET ROLE")
        await connection.execute("DROP OWNED BY looks_only; DROP ROLE looks_only")


async def test_another_encoding_blocks(cluster: Cluster) -> None:
    latin = "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
    await cluster.admin(f"CREATE DATABASE old_letters {latin}")
    try:
        async with connected(replace(cluster.info, database="old_letters")) as connection:
            with pytest.raises(MigrationError, match="encoding of the database is LATIN1"):
                await migrate(connection, lambda _: None)
            assert await connection.fetchval("SELECT to_regclass('migratie')") is None
    finally:
        await cluster.admin("DROP DATABASE old_letters WITH (FORCE)")


async def test_no_schema_to_make_tables_in_blocks(connection: Connection) -> None:
    await connection.execute("SET search_path = niet_hier")
    text, blocks = await only(connection)
    assert "search_path names no schema" in text
    assert blocks


async def test_a_newer_postgresql_than_was_tried_is_unwise(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = connection.get_server_version().major - 1
    monkeypatch.setattr(preflight, "NEWEST_TRIED", older)
    text, blocks = await only(connection)
    assert f"newer than what this version was tried on ({older})" in text
    assert not blocks


async def test_what_blocks_stops_a_migration_and_what_is_unwise_does_not(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrations.all_migrations()
    step = Migration(len(known) + 1, "wider", "ALTER TABLE keten ADD COLUMN n int", TOUCHING)
    monkeypatch.setattr(migrations, "all_migrations", lambda: [*known, step])
    await connection.execute(
        "ALTER TABLE keten ADD CONSTRAINT nooit CHECK (voorganger <> opvolger) NOT VALID;"
        "ALTER TABLE contactmoment DISABLE TRIGGER telling_na_delete"
    )
    with pytest.raises(MigrationError, match="trigger telling_na_delete"):
        await migrate(connection, lambda _: None)
    await connection.execute("ALTER TABLE contactmoment ENABLE TRIGGER telling_na_delete")
    assert await migrate(connection, lambda _: None) == [step]
