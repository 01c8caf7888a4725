import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from contactmomenten.database import migrations
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import EmbeddedPostgres, connection_of_running
from contactmomenten.database.migrations import Migration, all_migrations, migrate
from contactmomenten.database.migrations.effects import Effect, Kind
from contactmomenten.database.pool import Connection
from tests.cli.running import Run
from tests.databases import Cluster, connected, url_of

ROWS = """
INSERT INTO contactmoment (
    uuid, bronorganisatie, registratiedatum, kanaal, voorkeurskanaal, voorkeurstaal, tekst,
    onderwerp_links, initiatiefnemer, medewerker
)
SELECT gen_random_uuid(), '423182687', now(), 'balie', '', '', 'tekst', '{}', '', ''
FROM generate_series(1, 1200)
"""


@pytest.fixture
async def old(cluster: Cluster) -> AsyncIterator[ConnectionInfo]:
    """Make a database of step 3, with rows."""
    async with cluster.fresh("template0") as info, connected(info) as connection:
        await migrate(connection, lambda _: None, until=3)
        await connection.execute(ROWS)
        yield info


@pytest.fixture
async def two_roles(short_folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """Run a server with rows of step 3, on which the role that serves has no right yet."""
    with EmbeddedPostgres(short_folder / "data") as postgres:
        async with connected(postgres.owner()) as connection:
            await migrate(connection, lambda _: None, until=3)
            await connection.execute(ROWS)
        yield postgres


def env(info: ConnectionInfo) -> dict[str, str]:
    return {"DATABASE_URL": url_of(info)}


async def steps(info: ConnectionInfo) -> int:
    async with connected(info) as connection:
        number: int = await connection.fetchval("SELECT max(nummer) FROM migratie")
        return number


def test_a_plan_of_a_database_that_is_up_to_date(run: Run) -> None:
    told = run.good("migrate", "--plan", SECRET_KEY="").splitlines()
    assert told[0].endswith(f"Steps taken: {len(all_migrations())} of {len(all_migrations())}.")
    assert told[1:] == ["The tables are up to date."]


async def test_a_plan_tells_what_each_step_does_to_a_role_that_may_look_and_changes_nothing(
    two_roles: EmbeddedPostgres, short_folder: Path
) -> None:
    serving = connection_of_running(short_folder / "data")
    assert serving is not None
    run = Run(CliRunner(env=env(serving)))
    told = await asyncio.to_thread(run.bad, "migrate", "--plan")
    assert told.startswith("Error: This role may not read enough to tell: permission denied")
    async with connected(two_roles.owner()) as connection:
        await connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {serving.user}")
    result = await asyncio.to_thread(run, "migrate", "--plan")
    assert result.exit_code == 3, result.output
    told = result.output
    assert f"Steps taken: 3 of {len(all_migrations())}." in told
    assert "\nStep 4, contract: json of a contactmoment\n  contactmoment (1,200 rows, " in told
    assert "reads and writes wait for less than a second: it is written anew." in told
    assert "klantcontactmoment (0 rows, " in told
    assert "\nStep 7, expand: hashes of the audit trail\n" in told
    left = len(all_migrations()) - 3
    assert told.count("Programs of the version before can go on serving.") == left
    assert "of disk while it lasts." in told
    assert f"unwise: The role {serving.user} does not own audittrail, contactmoment, " in told
    assert told.strip().splitlines()[-1].startswith("Nothing was changed.")
    assert await steps(two_roles.owner()) == 3


async def test_a_plan_that_cannot_be_carried_out_says_so(old: ConnectionInfo) -> None:
    async with connected(old) as connection:
        await connection.execute("DELETE FROM migratie WHERE nummer = 2")
    result = await asyncio.to_thread(Run(CliRunner(env=env(old))), "migrate", "--plan")
    assert result.exit_code == 1
    assert "WRONG: Step 2 is not in the table migratie" in result.output
    assert "takes these steps" not in result.output


def test_the_database_of_a_newer_program_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    known = all_migrations()
    monkeypatch.setattr(migrations, "all_migrations", lambda: known[:-1])
    told = run.bad("migrate", "--plan")
    newer = f"of a newer version of the program (step {len(known)}). Use that version."
    assert told.endswith(newer)


def test_a_step_for_which_older_programs_must_stop_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = all_migrations()
    effect = Effect(Kind.CONTRACT, older_serve=False, locks={"keten": "ACCESS EXCLUSIVE"})
    last = Migration(len(known) + 1, "less", "ALTER TABLE keten DROP opvolger", effect)
    monkeypatch.setattr(migrations, "all_migrations", lambda: [*known, last])
    result = run("migrate", "--plan")
    assert result.exit_code == 3
    assert f"Step {len(known) + 1}, contract: less" in result.output
    assert "keten (0 rows, 0 bytes): reads and writes wait for a moment." in result.output
    assert "CANNOT go on: stop them first." in result.output


def test_there_is_no_embedded_database_yet(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    result = Run(CliRunner())("migrate", "--plan", "--data-dir", str(folder))
    assert result.exit_code == 3
    assert "There is no database in" in result.output
    assert not folder.exists()


async def test_the_room_on_the_disk_of_an_embedded_one_is_looked_at(
    two_roles: EmbeddedPostgres, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(short_folder / "data")
    run = Run(CliRunner())
    planned = await asyncio.to_thread(run, "migrate", "--plan", "--data-dir", folder)
    assert planned.exit_code == 3
    assert "unwise" not in planned.output
    monkeypatch.setattr("contactmomenten.cli.migrating._SPARE", 10**9)
    result = await asyncio.to_thread(run, "migrate", "--plan", "--data-dir", folder)
    assert result.exit_code == 1
    assert f"WRONG: The disk of {folder} has " in result.output


async def test_migrate_brings_it_up_to_date(
    run: Run, connection: Connection, old: ConnectionInfo
) -> None:
    await asyncio.to_thread(run.good, "migrate", **env(old))
    assert await steps(old) == len(all_migrations())
