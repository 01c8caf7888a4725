import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from contactmomenten import installation
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import EmbeddedPostgres, FolderInUse
from contactmomenten.database.migrations import migrate
from contactmomenten.database.pool import Connection
from contactmomenten.installation import (
    Installation,
    InstallationError,
    check_key,
    open_installation,
)
from contactmomenten.keys import Keys
from contactmomenten.secrets import SecretBox
from contactmomenten.settings import Settings, SettingsError
from tests.databases import Cluster, connected, url_of


def silent(_: str) -> None:
    """Tell nobody."""


@pytest.fixture
def no_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        pytest.fail("nothing embedded is asked for")

    monkeypatch.setattr(installation, "EmbeddedPostgres", fail)


def test_a_configured_server_is_used_as_it_is(
    info: ConnectionInfo, tmp_path: Path, no_embedded: None
) -> None:
    settings = Settings(database_url=url_of(info), secret_key="key")
    with open_installation(settings, tmp_path, own=True, progress=silent) as opened:
        assert (opened.keys, opened.embedded) == (Keys("key"), False)
        assert opened.run(lambda connection: connection.fetchval("SELECT 1")) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_configured_server_needs_a_key(tmp_path: Path, no_embedded: None) -> None:
    settings = Settings(db_host="db")
    with (
        pytest.raises(SettingsError, match="SECRET_KEY is not set"),
        open_installation(settings, tmp_path, own=True, progress=silent),
    ):
        pass


def test_an_embedded_database_makes_its_key_once_and_is_shared_with_short_commands(
    short_folder: Path,
) -> None:
    data, settings = short_folder / "data", Settings()
    with open_installation(settings, data, own=True, progress=silent) as opened:
        assert opened.embedded
        assert opened.run(lambda connection: connection.fetchval("SELECT 1")) == 1
        key = data / "secret.key"
        assert key.read_text() == opened.keys.current
        assert len(opened.keys.current) >= 43
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        with open_installation(settings, data, own=False, progress=silent) as beside:
            assert beside.keys.current == opened.keys.current
            assert beside.run(lambda connection: connection.fetchval("SELECT 2")) == 2
        with (
            pytest.raises(FolderInUse),
            open_installation(settings, data, own=True, progress=silent),
        ):
            pass
        assert opened.run(lambda connection: connection.fetchval("SELECT 3")) == 3
    with open_installation(settings, data, own=False, progress=silent) as again:
        assert again.keys.current == opened.keys.current
    assert not [path for path in data.iterdir() if path.name.startswith("secret.key.")]


def test_a_key_in_the_settings_goes_before_that_in_the_folder(
    info: ConnectionInfo, tmp_path: Path
) -> None:
    path = tmp_path / "secret.key"
    path.write_text("in the folder\nand before it\n")
    opened = installation._embedded(info, None, Settings(), tmp_path, key=True)
    assert opened.keys == Keys("in the folder", "and before it")
    assert opened.key_file == path
    given = installation._embedded(info, None, Settings(secret_key="given"), tmp_path, key=True)
    assert (given.keys, given.key_file) == (Keys("given"), None)
    assert "in the folder" not in repr(opened)


def test_the_database_stops_when_the_command_fails(short_folder: Path) -> None:
    data = short_folder / "data"
    with (
        pytest.raises(KeyError),
        open_installation(Settings(), data, own=True, progress=silent),
    ):
        raise KeyError
    with EmbeddedPostgres(data):
        pass


@contextmanager
def listening(*, answer: bytes | None) -> Iterator[int]:
    """Listen at a port, and answer the first one that connects with `answer` and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        if answer is None:
            yield server.getsockname()[1]
            return

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(1000)
                client.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def refusal(info: ConnectionInfo) -> str:
    async def work(connection: Connection) -> None:
        pytest.fail("connected")

    with pytest.raises(InstallationError) as caught:
        Installation(info, Keys("key"), embedded=False).run(work)
    return str(caught.value)


def test_a_server_that_is_not_there_is_told(info: ConnectionInfo) -> None:
    nowhere = ConnectionInfo("127.0.0.1", 1, "x", "x", "geheim")
    assert refusal(nowhere).startswith("The database at 127.0.0.1:1 cannot be reached: ")
    for wrong in (
        replace(info, password="geheim"),
        replace(info, user="niemand", password="geheim"),
        replace(info, database="niets"),
        replace(info, host="/nowhere"),
        replace(nowhere, options={"sslrootcert": "/nowhere"}),
    ):
        assert "cannot be reached" in refusal(wrong)
        assert "geheim" not in refusal(wrong)


def test_a_server_that_is_no_postgresql_is_told() -> None:
    with listening(answer=b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        nowhere = ConnectionInfo("127.0.0.1", port, "x", "x", "x", {"sslmode": "disable"})
        assert "cannot be reached" in refusal(nowhere)


def test_a_server_that_never_answers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "_PATIENCE", 0.2)
    with listening(answer=None) as port:
        told = refusal(ConnectionInfo("127.0.0.1", port, "x", "x", "x"))
    assert told.endswith(f"127.0.0.1:{port} cannot be reached: it does not answer.")


async def test_an_empty_database_is_brought_up_to_date_once(cluster: Cluster) -> None:
    async with cluster.fresh("template0") as info, connected(info) as connection:
        assert len(await migrate(connection, silent)) >= 1
        assert await migrate(connection, silent) == []


async def test_the_first_key_is_the_key(connection: Connection) -> None:
    for _ in range(2):
        await check_key(connection, SecretBox("first"))
    with pytest.raises(InstallationError, match="SECRET_KEY is not the key"):
        await check_key(connection, SecretBox("second"))
    await check_key(connection, SecretBox("first"))
