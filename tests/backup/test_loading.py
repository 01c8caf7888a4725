import asyncio
from pathlib import Path

import pytest

from contactmomenten.backup import loading
from contactmomenten.backup import reading as reading_module
from contactmomenten.backup.contents import BackupError
from contactmomenten.backup.loading import NotEmptyError
from contactmomenten.backup.reading import snapshot
from contactmomenten.counts.checking import differences
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.migrations import all_migrations, migrate
from contactmomenten.database.pool import Connection
from tests.application import Api
from tests.audittrail.trails import verified_on
from tests.backup.round import described, empty, fill, read, silent, write
from tests.databases import Cluster, connected

# As a program of step 6 wrote them.
OLD_ROWS = """
INSERT INTO contactmoment (
    uuid, bronorganisatie, registratiedatum, kanaal, voorkeurskanaal, voorkeurstaal, tekst,
    onderwerp_links, initiatiefnemer, medewerker
)
SELECT gen_random_uuid(), '423182687', now(), 'balie', '', '', 'tekst', '{}', '', ''
FROM generate_series(1, 3);
INSERT INTO audittrail (
    contactmoment, uuid, applicatie_id, applicatie_weergave, gebruikers_id, gebruikers_weergave,
    actie, resultaat, hoofd_object, resource, resource_url, toelichting, resource_weergave,
    logrecord_id
)
SELECT uuid, gen_random_uuid(), '', '', '', '', 'create', 201, '', 'contactmoment', '', '', '', ''
FROM contactmoment;
"""
SCHEMA = """
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT tgrelid::regclass || tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1
"""


async def schema(connection: Connection) -> list[str]:
    return [row[0] for row in await connection.fetch(SCHEMA)]


@pytest.fixture
async def backup(api: Api, info: ConnectionInfo, tmp_path: Path) -> Path:
    await fill(api)
    await write(info, tmp_path / "backup")
    return tmp_path / "backup"


async def test_what_comes_back_is_what_was_written(
    backup: Path, cluster: Cluster, info: ConnectionInfo, connection: Connection
) -> None:
    async with empty(cluster) as (other, there):
        await read(other, backup)
        now, then = await described(other), await described(info)
        assert now.tables == then.tables
        assert now.sequences == then.sequences
        assert await schema(there) == await schema(connection)
        assert await differences(there) == []
        assert await verified_on(other) == []


async def test_new_rows_come_after_the_old_ones(backup: Path, cluster: Cluster) -> None:
    async with empty(cluster) as (other, there):
        await read(other, backup)
        highest = await there.fetchval("SELECT max(id) FROM contactmoment")
        number = await there.fetchval("SELECT nextval('contactmoment_id_seq')")
        # One contactmoment was removed: its number does not come back.
        assert number == highest + 2


async def test_lines_without_hashes_stay_without(cluster: Cluster, tmp_path: Path) -> None:
    """What the trigger of the hashes does to a line that comes is not done to one that came."""
    async with empty(cluster) as (old, connection), empty(cluster) as (other, _):
        await migrate(connection, silent, until=6)
        await connection.execute(OLD_ROWS)
        await migrate(connection, silent)
        assert await connection.fetchval("SELECT count(*) FROM audittrail WHERE hash IS NULL") == 3
        await write(old, tmp_path / "backup")
        await read(other, tmp_path / "backup")
        assert (await described(other)).tables == (await described(old)).tables


async def test_a_backup_of_older_tables_is_brought_up_to_date(
    cluster: Cluster, tmp_path: Path
) -> None:
    for step in (3, 6, 7):
        path = tmp_path / str(step)
        async with empty(cluster) as (old, connection), empty(cluster) as (other, there):
            await migrate(connection, silent, until=step)
            await connection.execute(OLD_ROWS)
            assert (await write(old, path)).step == step
            await read(other, path)
            newest = await there.fetchval("SELECT max(nummer) FROM migratie")
            assert newest == len(all_migrations())
            assert await there.fetchval("SELECT count(json) FROM contactmoment") == 3
            assert await differences(there) == []


async def test_older_rows_do_not_go_into_newer_tables(
    cluster: Cluster, connection: Connection, info: ConnectionInfo, tmp_path: Path
) -> None:
    async with empty(cluster) as (old, there):
        await migrate(there, silent, until=3)
        await write(old, tmp_path / "backup")
    newest = len(all_migrations())
    with pytest.raises(BackupError, match=f"are of step {newest}, and the backup is of step 3"):
        await read(info, tmp_path / "backup")


async def test_a_database_that_is_not_empty_is_left_as_it_is(
    backup: Path, info: ConnectionInfo
) -> None:
    before = await described(info)
    with pytest.raises(NotEmptyError, match="rows in contactmoment"):
        await read(info, backup)
    assert (await described(info)).tables == before.tables


@pytest.mark.parametrize(
    "row",
    [
        "INSERT INTO client_secret VALUES ('c', 1, '')",
        "INSERT INTO instelling VALUES ('n', '{}')",
        "INSERT INTO notificatie (contactmoment, bericht) VALUES (gen_random_uuid(), '{}')",
    ],
)
async def test_a_row_of_any_kind_makes_it_not_empty(
    backup: Path, cluster: Cluster, row: str
) -> None:
    async with empty(cluster) as (other, there):
        await migrate(there, silent)
        await there.execute(row)
        with pytest.raises(NotEmptyError):
            await read(other, backup)


async def test_a_database_that_was_used_and_emptied_will_do(backup: Path, cluster: Cluster) -> None:
    async with empty(cluster) as (other, there):
        await migrate(there, silent)
        await there.execute(OLD_ROWS)
        await there.execute("DELETE FROM contactmoment")
        await read(other, backup)
        assert await differences(there) == []


async def test_rows_that_are_not_those_of_the_backup_leave_nothing(
    backup: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def one_less(connection: Connection, *_: object) -> None:
        await fill_all(connection, *_)  # type: ignore[arg-type]
        await connection.execute("DELETE FROM klantcontactmoment")

    fill_all = loading._fill
    monkeypatch.setattr(loading, "_fill", one_less)
    async with empty(cluster) as (other, there):
        with pytest.raises(BackupError, match=r"klantcontactmoment is not .*: 0 rows for 1"):
            await read(other, backup)
        assert await there.fetchval("SELECT count(*) FROM contactmoment") == 0
        triggers = "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'"
        assert await there.fetchval(triggers) == 0


async def test_somebody_who_uses_the_tables_is_told_of(
    backup: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_SETTINGS", "SET LOCAL lock_timeout = '100ms'")
    async with empty(cluster) as (other, there):
        await migrate(there, silent)
        async with there.transaction():
            await there.execute("SELECT FROM keten")
            with pytest.raises(BackupError, match="Stop its servers"):
                await read(other, backup)


async def test_without_secrets_all_else_comes_back(
    api: Api, connection: Connection, info: ConnectionInfo, cluster: Cluster, tmp_path: Path
) -> None:
    await fill(api)
    await connection.execute(
        "INSERT INTO client_secret VALUES ('c', 1, 'x') ON CONFLICT DO NOTHING;"
        "UPDATE configuratie SET sleutelproef = 'x'"
    )
    await write(info, tmp_path / "backup")
    async with empty(cluster) as (other, there):
        await read(other, tmp_path / "backup", secrets=False)
        assert await there.fetchval("SELECT count(*) FROM client_secret") == 0
        assert await there.fetchval("SELECT sleutelproef FROM configuratie") is None
        assert await there.fetchval("SELECT count(*) FROM contactmoment") == 2


async def test_a_backup_is_of_one_moment(
    api: Api, info: ConnectionInfo, connection: Connection
) -> None:
    await fill(api)
    async with connected(info) as reader, snapshot(reader) as reading:
        before = await reading.described()
        await api.moment()
        assert (await reading.described()).tables == before.tables
    assert (await described(info)).rows("contactmoment") == before.rows("contactmoment") + 1


async def test_a_role_that_may_not_read_everything_is_told(
    connection: Connection, info: ConnectionInfo
) -> None:
    await connection.execute(
        "CREATE ROLE half; GRANT SELECT ON ALL TABLES IN SCHEMA public TO half"
    )
    try:
        await connection.execute("SET ROLE half")
        with pytest.raises(BackupError, match="may not read audittrail_id_seq"):
            async with snapshot(connection):
                pass
    finally:
        await connection.execute("RESET ROLE; DROP OWNED BY half; DROP ROLE half")


async def test_a_database_without_tables_has_nothing_to_back_up(cluster: Cluster) -> None:
    async with empty(cluster) as (_, there):
        with pytest.raises(BackupError, match="no tables of this program"):
            async with snapshot(there):
                pass


async def test_a_source_that_is_read_in_part_only_is_let_go(
    connection: Connection, info: ConnectionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_module, "_AHEAD", 1)
    await connection.execute(OLD_ROWS.replace("(1, 3)", "(1, 5000)"))
    before = len(asyncio.all_tasks())
    async with connected(info) as reader, snapshot(reader) as reading:
        pieces = reading.pieces("contactmoment")
        assert await anext(pieces)
        assert len(asyncio.all_tasks()) == before + 1
        await pieces.aclose()
        assert len(asyncio.all_tasks()) == before
        # The connection is as good as before.
        assert (await reading.described()).rows("contactmoment") == 5000
