import asyncio
from pathlib import Path

import pytest

from contactmomenten.autorisaties.registry import Registry, read_snapshot
from contactmomenten.configuration import apply_configuration, read_configuration
from contactmomenten.configuration.stored import read_stored
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection, Database
from contactmomenten.installation import InstallationError, check_key
from contactmomenten.keys import Keys, read_key_file, write_key_file
from contactmomenten.rotation import RotationError, rotate, rotate_key_file
from contactmomenten.secrets import SecretBox
from tests.configuration.helpers import EXAMPLE, EXAMPLE_VARIABLES
from tests.databases import connected

OLD, NEW = SecretBox("old"), SecretBox("new")
BOTH = SecretBox("new", "old")

# Every column that holds something encrypted; a new one is a line in `rotation.py` and here.
ENCRYPTED = {
    ("client_secret", "secret"),
    ("configuratie", "sleutelproef"),
    ("service", "header_value"),
    ("service", "secret"),
}


@pytest.fixture
async def filled(connection: Connection, tmp_path: Path) -> Connection:
    """Store the example, encrypted with the old key."""
    variables = {name: f"secret-{name}" for name in EXAMPLE_VARIABLES}
    (tmp_path / "kcc").write_text("secret-kcc")
    variables["SECRETS_DIR"] = str(tmp_path)
    await check_key(connection, OLD)
    await apply_configuration(connection, OLD, read_configuration(EXAMPLE, variables))
    return connection


async def texts(connection: Connection, box: SecretBox) -> list[str | None]:
    """Return every secret as `box` opens it, None for one that it does not."""
    stored = await read_stored(connection.fetch, box)
    found = [secret for client in stored.secrets.values() for secret in client.values()]
    for service in stored.services.values():
        for column in ("secret", "header_value"):
            closed = column in service.unreadable
            found.append(None if closed else getattr(service.service, column))
    return found


async def values(connection: Connection) -> list[bytes]:
    """Return every encrypted value as it is stored."""
    found = []
    for table, column in sorted(ENCRYPTED):
        sql = f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"
        found += [row[0] for row in await connection.fetch(sql)]
    return found


async def test_every_encrypted_column_is_known_here(connection: Connection) -> None:
    rows = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type = 'bytea'"
    )
    others = {("contactmoment", "json"), ("audittrail", "hash"), ("audittrail", "vorige_hash")}
    assert {tuple(row) for row in rows} == ENCRYPTED | others


async def test_everything_is_encrypted_with_the_new_key_and_means_the_same(
    filled: Connection,
) -> None:
    before, stored = await texts(filled, OLD), await values(filled)
    assert None not in before
    assert await rotate(filled, BOTH) == len(stored)
    assert await texts(filled, NEW) == before
    assert not set(stored) & set(await values(filled))
    assert all(value[1:5] == NEW.key_id for value in await values(filled))
    assert set(await texts(filled, OLD)) <= {None, ""}
    await check_key(filled, NEW)
    with pytest.raises(InstallationError, match="SECRET_KEY_PREVIOUS"):
        await check_key(filled, OLD)


async def test_a_second_time_there_is_nothing_to_do(filled: Connection) -> None:
    await rotate(filled, BOTH)
    stored, version = await values(filled), await filled.fetchval("SELECT versie FROM configuratie")
    for box in (BOTH, NEW):
        assert await rotate(filled, box) == 0
    assert await values(filled) == stored
    assert await filled.fetchval("SELECT versie FROM configuratie") == version


async def test_what_was_written_with_the_new_key_meanwhile_stays(filled: Connection) -> None:
    await filled.execute("DELETE FROM client_secret")
    new = NEW.encrypt("secret", place="client_secret:a")
    await filled.execute("INSERT INTO client_secret VALUES ('a', 1, $1)", new)
    await rotate(filled, BOTH)
    assert await filled.fetchval("SELECT secret FROM client_secret") == new


@pytest.mark.parametrize("box", [NEW, SecretBox("new", "other"), SecretBox("x", "y")])
async def test_with_a_wrong_key_nothing_changes(filled: Connection, box: SecretBox) -> None:
    stored = await values(filled)
    with pytest.raises(RotationError, match=r"of client .*, service .*, this database\. Nothing"):
        await rotate(filled, box)
    assert await values(filled) == stored


async def test_one_secret_of_another_key_holds_all_back_and_is_named(filled: Connection) -> None:
    other = SecretBox("other").encrypt("x", place="client_secret:vreemd")
    await filled.execute("INSERT INTO client_secret VALUES ('vreemd', 1, $1)", other)
    stored = await values(filled)
    with pytest.raises(RotationError, match="opens the secret of client vreemd"):
        await rotate(filled, BOTH)
    assert await values(filled) == stored


async def test_two_rotations_at_a_time_end_in_one(filled: Connection, info: ConnectionInfo) -> None:
    before = await texts(filled, OLD)

    async def turn() -> int:
        async with connected(info) as own:
            return await rotate(own, BOTH)

    done = await asyncio.gather(*(turn() for _ in range(4)))
    assert sorted(done)[:3] == [0, 0, 0]
    assert await texts(filled, NEW) == before


async def test_a_key_file_gets_a_new_key(filled: Connection, tmp_path: Path) -> None:
    path, before = tmp_path / "secret.key", await texts(filled, OLD)
    write_key_file(path, Keys("old"))
    await rotate_key_file(filled, path)
    keys = read_key_file(path)
    assert keys.current != "old"
    assert keys.previous == ""
    assert await texts(filled, keys.box) == before


@pytest.mark.parametrize("broken_off", ["before", "after"])
async def test_a_broken_off_change_of_the_key_file_is_finished(
    filled: Connection, tmp_path: Path, broken_off: str
) -> None:
    path, before = tmp_path / "secret.key", await texts(filled, OLD)
    write_key_file(path, Keys("new", "old"))
    if broken_off == "after":
        await rotate(filled, BOTH)
    await rotate_key_file(filled, path)
    assert read_key_file(path) == Keys("new")
    assert await texts(filled, NEW) == before


async def test_with_a_wrong_key_file_both_keys_are_kept(filled: Connection, tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    write_key_file(path, Keys("new", "wrong"))
    with pytest.raises(RotationError):
        await rotate_key_file(filled, path)
    assert read_key_file(path) == Keys("new", "wrong")


async def test_a_worker_with_both_keys_follows(filled: Connection, database: Database) -> None:
    registry = Registry(lambda: BOTH, await read_snapshot(filled.fetch, BOTH))
    before = registry.snapshot
    await rotate(filled, BOTH)
    await registry.refresh(database.reader)
    assert registry.snapshot.version == before.version + 1
    assert registry.snapshot.secrets == before.secrets


async def test_a_worker_that_was_not_told_goes_on_with_what_it_knew(
    filled: Connection, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    box = OLD
    registry = Registry(lambda: box, await read_snapshot(filled.fetch, OLD))
    before = registry.snapshot
    await rotate(filled, BOTH)
    for _ in range(3):
        await registry.refresh(database.reader)
        assert registry.snapshot == before
    assert capsys.readouterr().out.count("secret_key_is_not_that_of_the_database") == 1
    box = NEW
    await registry.refresh(database.reader)
    assert registry.snapshot.version == before.version + 1
    assert registry.snapshot.secrets == before.secrets
