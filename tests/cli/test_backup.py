"""Backup, restore and move as an operator runs them."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from contactmomenten.backup.archive import ArchiveReader
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import EmbeddedPostgres
from contactmomenten.database.pool import Connection
from contactmomenten.settings import without_settings
from tests.backup.round import described
from tests.cli.running import SECRET, Run, configuration, program
from tests.databases import Cluster, connected, url_of

COUNT = "120"


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """Make an embedded database with demo data and a client, to copy."""
    folder = Path("/var/tmp") / f"cm-backup-{os.getpid()}"  # noqa: S108 (of this process)
    folder.mkdir(mode=0o755)
    try:
        file = folder / "configuration.yaml"
        file.write_text(configuration(SECRET))
        for arguments in (("demo-data", "--count", COUNT), ("configure", str(file))):
            subprocess.run(
                [sys.executable, "-m", "contactmomenten", *arguments],
                env=without_settings(os.environ) | {"DATA_DIR": str(folder / "data")},
                check=True,
                capture_output=True,
            )
        yield folder / "data"
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def data(made: Path, short_folder: Path) -> Path:
    """Lend a copy of it."""
    copy = short_folder / "data"
    subprocess.run(["/bin/cp", "-a", made, copy], check=True)
    return copy


@pytest.fixture
def embedded() -> Run:
    return Run(CliRunner())


def key_of(data: Path) -> str:
    return (data / "secret.key").read_text().strip()


def tables(file: Path) -> object:
    with ArchiveReader.at(file) as reader:
        return reader.manifest.tables


async def contents(info: ConnectionInfo) -> object:
    return (await described(info)).tables


def test_while_a_server_runs_and_into_a_new_folder(
    embedded: Run, data: Path, tmp_path: Path, short_folder: Path
) -> None:
    file, other = tmp_path / "backup.zip", short_folder / "other"
    with program("serve", "--workers", "1", "--data-dir", str(data)) as server:
        assert server.ready()
        told = embedded.good("backup", str(file), "--data-dir", str(data))
        assert server.ask()[0] == 403
    assert f"Wrote {COUNT} contactmomenten, " in told
    assert f"Keep the key as well, elsewhere: {data}/secret.key." in told
    other.mkdir()
    shutil.copy(data / "secret.key", other)
    told = embedded.good("restore", str(file), "--data-dir", str(other))
    assert f"Restored {COUNT} contactmomenten, " in told
    with program("serve", "--workers", "1", "--data-dir", str(other)) as server:
        assert server.ready()
        on = ("--data-dir", str(other))
        assert embedded.good("counts", "check", *on) == "The counts are right.\n"
        assert "is whole" in embedded.good("audit", "verify", *on)
        token = embedded.good("token", "portaal", *on).strip()
        status, body = server.ask(token=token)
        assert status == 200
        assert json.loads(body)["count"] == int(COUNT)
        embedded.good("backup", str(tmp_path / "again.zip"), *on)
        refused = embedded.bad("restore", str(file), *on)
    assert "in use" in refused or "process" in refused
    assert tables(tmp_path / "again.zip") == tables(file)
    assert embedded.bad("restore", str(file), *on) == (
        "Error: There are rows in contactmoment of this database already. Use an empty database; "
        "nothing was changed."
    )


def test_the_key_must_be_that_of_the_backup_or_be_lost(
    embedded: Run, data: Path, tmp_path: Path, short_folder: Path
) -> None:
    file, other = str(tmp_path / "backup.zip"), short_folder / "other"
    embedded.good("backup", file, "--data-dir", str(data))
    told = embedded.bad("restore", file, "--data-dir", str(other))
    assert told.startswith(f"Error: Put the key of the backup in {other}/secret.key first.")
    assert not other.exists()
    wrong = embedded.bad("restore", file, "--data-dir", str(other), SECRET_KEY="another key")
    assert "The key does not open the secrets in the backup." in wrong
    shutil.rmtree(other)
    told = embedded.good("restore", file, "--key-lost", "--data-dir", str(other))
    assert f"Restored {COUNT} contactmomenten" in told
    told = embedded.bad("token", "portaal", "--data-dir", str(other))
    assert told == "Error: No secret is configured for client 'portaal'."


async def test_notifications_that_wait_in_a_server_are_told_of(
    run: Run, connection: Connection, info: ConnectionInfo, tmp_path: Path, cluster: Cluster
) -> None:
    await connection.execute(
        "INSERT INTO notificatie (contactmoment, bericht) VALUES (gen_random_uuid(), '{}')"
    )
    file = str(tmp_path / "backup.zip")
    told = await asyncio.to_thread(run.good, "backup", file)
    assert "Keep the key as well, elsewhere: SECRET_KEY." in told
    async with cluster.fresh("template0") as empty:
        env = {"DATABASE_URL": url_of(empty)}
        told = await asyncio.to_thread(run.good, "restore", file, **env)
        restored = await contents(empty)
    assert restored == await contents(info)
    assert "1 notifications were waiting then." in told


async def test_a_server_without_tables_has_nothing_to_back_up(
    run: Run, tmp_path: Path, cluster: Cluster
) -> None:
    async with cluster.fresh("template0") as empty:
        file = tmp_path / "backup.zip"
        told = await asyncio.to_thread(run.bad, "backup", str(file), DATABASE_URL=url_of(empty))
    assert told == "Error: There are no tables of this program in the database."
    assert not file.exists()


def test_there_is_nothing_to_back_up_or_to_move(embedded: Run, tmp_path: Path) -> None:
    none = tmp_path / "none"
    told = f"Error: There is no database in {none}."
    assert embedded.bad("backup", str(tmp_path / "b"), "--data-dir", str(none)) == told
    env = {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "SECRET_KEY": "x"}
    assert embedded.bad("move", "--data-dir", str(none), **env) == told
    assert not none.exists()


def test_a_folder_that_cannot_be_written_is_told(embedded: Run, data: Path, tmp_path: Path) -> None:
    told = embedded.bad("backup", str(tmp_path / "no" / "b"), "--data-dir", str(data))
    assert "No such file or directory" in told


def test_move_says_what_it_misses(embedded: Run, data: Path) -> None:
    assert "Set DATABASE_URL" in embedded.misused("move", "--data-dir", str(data))
    nowhere = "postgresql://x@127.0.0.1:1/x"
    told = embedded.bad("move", "--data-dir", str(data), DATABASE_URL=nowhere)
    assert f"set SECRET_KEY_FILE to {data}/secret.key" in told


async def test_move_needs_the_key_and_an_empty_database_and_no_server(
    embedded: Run, data: Path, cluster: Cluster, info: ConnectionInfo
) -> None:
    arguments = ("move", "--data-dir", str(data))
    async with cluster.fresh("template0") as empty:
        env = {"DATABASE_URL": url_of(empty), "SECRET_KEY": "another key"}
        told = await asyncio.to_thread(embedded.bad, *arguments, **env)
        assert "The key does not open the secrets" in told
        with EmbeddedPostgres(data):
            told = await asyncio.to_thread(embedded.bad, *arguments, **env)
            assert "in use" in told or "process" in told
        async with connected(empty) as connection:
            assert await connection.fetchval("SELECT to_regclass('migratie')") is None
    async with connected(info) as connection:
        await connection.execute("INSERT INTO instelling VALUES ('n', '{}')")
    env = {"DATABASE_URL": url_of(info), "SECRET_KEY": key_of(data)}
    told = await asyncio.to_thread(embedded.bad, *arguments, **env)
    assert "There are rows in instelling of this database already." in told
