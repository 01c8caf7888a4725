"""Who can reach the database, and what it tells: nobody else, and nothing."""

import asyncio
import os
import signal
import stat
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded.folder import PORT, SOCKET, SUPERUSER
from tests.database.embedded.support import as_owner, ask, cluster_of, postmaster_of
from tests.waiting import until


async def test_there_is_no_address_to_listen_on(running: ConnectionInfo) -> None:
    assert not await ask(running, "SELECT current_setting('listen_addresses')")


def test_there_is_no_tcp(running: ConnectionInfo, data: Path) -> None:
    sockets = set()
    for handle in Path(f"/proc/{postmaster_of(data)}/fd").iterdir():
        name = str(handle.readlink())
        if name.startswith("socket:["):
            sockets.add(name.removeprefix("socket:[").removesuffix("]"))
    for table in ("tcp", "tcp6", "udp", "udp6"):
        lines = Path("/proc/net", table).read_text("ascii").splitlines()[1:]
        assert not {line.split()[9] for line in lines} & sockets


def test_the_socket_and_the_folders_around_it_are_private(
    running: ConnectionInfo, data: Path
) -> None:
    cluster = cluster_of(data)
    for folder in (data, cluster.parent, cluster, cluster / SOCKET):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((cluster / SOCKET / f".s.PGSQL.{PORT}").stat().st_mode) == 0o700
    for name in ("password", "superuser-password", "lock", "server.log"):
        assert stat.S_IMODE((cluster.parent / name).stat().st_mode) == 0o600


def test_the_password_is_not_in_the_text_of_the_connection(running: ConnectionInfo) -> None:
    assert running.password
    assert running.password not in repr(running)


@pytest.mark.parametrize("role", ["contactmomenten", SUPERUSER])
async def test_a_wrong_password_is_refused(running: ConnectionInfo, role: str) -> None:
    database = running.database if role == running.user else SUPERUSER
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(replace(running, user=role, database=database, password="wrong"), "SELECT 1")


async def test_the_programs_role_reaches_only_its_own_database(running: ConnectionInfo) -> None:
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await ask(replace(running, database=SUPERUSER), "SELECT 1")
    assert not await ask(running, "SELECT usesuper FROM pg_user WHERE usename = current_user")


def test_nothing_is_trusted(running: ConnectionInfo, data: Path) -> None:
    lines = (cluster_of(data) / "pg_hba.conf").read_text("utf-8").splitlines()
    rules = [line.split() for line in lines if line and not line.startswith("#")]
    assert {(rule[0], rule[-1]) for rule in rules} == {("local", "scram-sha-256")}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("data_checksums", "on"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("password_encryption", "scram-sha-256"),
        ("TimeZone", "UTC"),
        ("server_encoding", "UTF8"),
        ("max_connections", "100"),
        ("jit", "off"),
    ],
)
async def test_the_settings_are_safe(running: ConnectionInfo, setting: str, value: str) -> None:
    assert await ask(running, "SELECT current_setting($1)", setting) == value


async def test_every_setting_comes_from_our_own_file(running: ConnectionInfo) -> None:
    strange = await ask(
        running,
        "SELECT string_agg(name || ' from ' || source, ', ') FROM pg_settings WHERE source NOT IN"
        " ('default', 'override', 'configuration file', 'client', 'session')",
    )
    assert strange is None


async def test_texts_sort_the_same_on_every_machine(running: ConnectionInfo) -> None:
    locale = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = $1"
    assert await ask(running, locale, running.database) == "bC.UTF-8"


async def test_the_log_has_no_personal_data(running: ConnectionInfo, data: Path) -> None:
    connection = await asyncpg.connect(**as_owner(running, data).connect_args())
    try:
        await connection.execute("CREATE TEMP TABLE people (bsn text PRIMARY KEY, born date)")
        add = "INSERT INTO people VALUES ($1, $2::text::date)"
        await connection.execute(add, "999990639", "1990-12-31")
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(add, "999990639", "1990-12-31")
        with pytest.raises(asyncpg.DataError):
            await connection.execute(add, "999991723", "Jansen")
        with pytest.raises(asyncpg.PostgresSyntaxError):
            await connection.execute("SELEKT 'Jansen'")
        await connection.execute("DO $$BEGIN RAISE WARNING 'Jansen 999990639'; END$$")
    finally:
        await connection.close()
    log = (data / "postgresql/server.log").read_text("utf-8")
    assert "ready to accept connections" in log
    for secret in ("999990639", "999991723", "Jansen", "people", "SELE"):
        assert secret not in log


async def test_a_crash_of_a_backend_does_not_log_its_statement(
    running: ConnectionInfo, data: Path
) -> None:
    connection = await asyncpg.connect(**running.connect_args())
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    crash = asyncio.create_task(connection.fetchval("SELECT pg_sleep(30), 'Pietersen'"))
    await asyncio.sleep(0.2)
    os.kill(backend, signal.SIGKILL)
    with pytest.raises((OSError, asyncpg.PostgresError)):
        await crash
    connection.terminate()
    log = data / "postgresql/server.log"
    until(lambda: "terminated by signal 9" in log.read_text("utf-8"), 5)
    # The server recovers, for the tests that come after this one.
    assert await back(running)
    assert "Pietersen" not in log.read_text("utf-8")


async def back(info: ConnectionInfo) -> bool:
    for _ in range(100):
        try:
            return bool(await ask(info, "SELECT 1"))
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.05)
    return False
