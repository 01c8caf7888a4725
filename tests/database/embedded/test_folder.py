"""Folders that are odd, wrong or damaged."""

import os
import shutil
from pathlib import Path

import pytest

from contactmomenten.database.embedded import (
    EmbeddedDatabaseError,
    EmbeddedPostgres,
    binaries,
    connection_of_running,
    server,
)
from contactmomenten.database.embedded.server import Server
from tests.database.embedded.support import ask, cluster_of


async def test_a_very_long_and_strange_path(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 200) / 'it\'s a $HOME, "quoted" & é' / "data"
    database = EmbeddedPostgres(folder)
    info = database.start()
    try:
        assert await ask(info, "SELECT 1") == 1
        again = connection_of_running(folder)
        assert again is not None
        assert await ask(again, "SELECT 1") == 1
    finally:
        database.stop()


async def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with EmbeddedPostgres(Path("data")):
        monkeypatch.chdir("/")
        info = connection_of_running(tmp_path / "data")
        assert info is not None
        assert await ask(info, "SELECT 1") == 1


def test_a_database_of_another_major_version_is_left_alone(folder: Path) -> None:
    cluster = cluster_of(folder)
    cluster.mkdir(parents=True, mode=0o700)
    cluster.parent.chmod(0o700)
    (cluster / "PG_VERSION").write_text("16\n", "ascii")
    with pytest.raises(EmbeddedDatabaseError, match=r"PostgreSQL 16 .* PostgreSQL 18; nothing"):
        EmbeddedPostgres(folder).start()
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_is_no_database_is_left_alone(folder: Path) -> None:
    cluster = cluster_of(folder)
    cluster.mkdir(parents=True, mode=0o700)
    cluster.parent.chmod(0o700)
    (cluster / "holiday.jpg").write_bytes(b"")
    with pytest.raises(EmbeddedDatabaseError, match="no PostgreSQL database"):
        EmbeddedPostgres(folder).start()
    assert [path.name for path in cluster.iterdir()] == ["holiday.jpg"]


def test_a_folder_that_others_may_enter_is_refused(folder: Path) -> None:
    (folder / "postgresql").mkdir(parents=True)
    (folder / "postgresql").chmod(0o755)
    with pytest.raises(EmbeddedDatabaseError, match="0700"):
        EmbeddedPostgres(folder).start()


def test_a_file_in_place_of_the_folder_is_told(folder: Path) -> None:
    folder.write_text("", "ascii")
    with pytest.raises(EmbeddedDatabaseError, match="cannot be used"):
        EmbeddedPostgres(folder).start()


def test_a_damaged_database_is_told_with_postgresqls_reason(made: Path) -> None:
    (cluster_of(made) / "global/pg_control").unlink()
    with pytest.raises(EmbeddedDatabaseError, match=r"did not start: .*; see .*server\.log"):
        EmbeddedPostgres(made).start()
    assert connection_of_running(made) is None


async def test_a_lost_password_is_replaced(made: Path) -> None:
    (made / "postgresql/password").unlink()
    database = EmbeddedPostgres(made)
    info = database.start()
    try:
        assert await ask(info, "SELECT 1") == 1
    finally:
        database.stop()


async def test_a_cluster_that_was_removed_is_made_anew(made: Path) -> None:
    shutil.rmtree(cluster_of(made))
    database = EmbeddedPostgres(made)
    info = database.start()
    try:
        assert await ask(info, "SELECT 1") == 1
    finally:
        database.stop()


async def test_settings_that_someone_changed_are_ours_again(made: Path) -> None:
    for name in ("postgresql.conf", "postgresql.auto.conf"):
        with (cluster_of(made) / name).open("a", encoding="ascii") as file:
            file.write("fsync = off\n")
    with (cluster_of(made) / "pg_hba.conf").open("a", encoding="ascii") as file:
        file.write("local all all trust\n")
    database = EmbeddedPostgres(made)
    info = database.start()
    try:
        assert await ask(info, "SELECT current_setting('fsync')") == "on"
        assert "trust" not in (cluster_of(made) / "pg_hba.conf").read_text("ascii")
    finally:
        database.stop()


def test_a_link_in_the_cluster_is_not_written_through(made: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious", "ascii")
    settings = cluster_of(made) / "postgresql.conf"
    settings.unlink()
    settings.symlink_to(victim)
    with EmbeddedPostgres(made):
        pass
    assert victim.read_text("ascii") == "precious"
    assert not settings.is_symlink()


def test_the_log_does_not_grow_without_bound(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_LOG_SIZE", 1000)
    log = made / "postgresql/server.log"
    for _ in range(5):
        with EmbeddedPostgres(made):
            pass
    assert log.stat().st_size < 3000
    older = (made / "postgresql/server.log.1").read_text("utf-8")
    assert len(older) == 1000
    assert older.endswith("database system is shut down\n")


def test_several_databases_run_at_once(tmp_path: Path) -> None:
    databases = [EmbeddedPostgres(tmp_path / name) for name in "abc"]
    hosts = {database.start().host for database in databases}
    for database in databases:
        database.stop()
    assert len(hosts) == 3


def test_a_broken_start_leaves_nothing_open(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = len(list(Path("/proc/self/fd").iterdir()))

    def fail(_server: Server, *_arguments: object) -> None:
        raise EmbeddedDatabaseError("no")

    with monkeypatch.context() as patch:
        patch.setattr(Server, "start", fail)
        with pytest.raises(EmbeddedDatabaseError, match="no"):
            EmbeddedPostgres(made).start()
    assert len(list(Path("/proc/self/fd").iterdir())) == opened


def test_a_folder_that_a_crash_left_is_removed_and_one_in_use_is_not(tmp_path: Path) -> None:
    left = tmp_path / f"{binaries._HALF_MADE}left"
    left.mkdir()
    (left / "postgres").touch()
    with binaries._temporary(tmp_path) as used:
        for folder in (left, used):
            os.utime(folder, (0, 0))
        with binaries._temporary(tmp_path) as other:
            assert {path.name for path in tmp_path.iterdir()} == {used.name, other.name}
    assert not list(tmp_path.iterdir())
