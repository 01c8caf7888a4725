"""The roles and the database of the program, made once in a new cluster."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Final

import asyncpg

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded.errors import EmbeddedDatabaseError, told_clearly
from contactmomenten.database.embedded.folder import (
    DATABASE,
    OWNER,
    OWNER_PASSWORD,
    PASSWORD,
    PREPARED,
    ROLE,
    SUPERUSER,
    OwnedFolder,
    names_in,
    read_file,
    write_file,
)

_PATIENCE = 60.0

# An earlier version, with one role that owned all, wrote another text.
_DONE: Final = "Roles and database exist.\n"


def ensure_roles_and_database(home: OwnedFolder) -> None:
    """Make what is not there yet; a crash halfway is made good at the next start.

    One role owns the database and all that is in it, the program serves as another one: a mistake
    in the program can then neither change a table nor rewrite the audit trail. Neither is a
    superuser, so it cannot become a program on the machine.

    Raises:
        EmbeddedDatabaseError: it could not be made.
    """
    # Made before the mark is read: a lost password is replaced by a new one.
    names = names_in(home.fd)
    is_new = PASSWORD not in names or OWNER_PASSWORD not in names
    passwords = {ROLE: home.secret(PASSWORD), OWNER: home.secret(OWNER_PASSWORD)}
    done = ""
    with suppress(OSError):
        done = read_file(home.fd, PREPARED)
    if done == _DONE and not is_new:
        return
    try:
        asyncio.run(_prepare(home.connection(superuser=True), passwords))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise EmbeddedDatabaseError(f"The new database cannot be prepared: {error}.") from error
    with told_clearly(f"The folder {home.path} cannot be written"):
        write_file(home.fd, PREPARED, _DONE)


async def _prepare(superuser: ConnectionInfo, passwords: dict[str, str]) -> None:
    connection = await _connect(superuser)
    try:
        for role, password in passwords.items():
            known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
            # A password of hexadecimal digits needs no quoting.
            await connection.execute(
                f"{'ALTER' if known else 'CREATE'} ROLE {role} LOGIN PASSWORD '{password}'"
            )
        database = await connection.fetchval(
            "SELECT 1 FROM pg_database WHERE datname = $1", DATABASE
        )
        if not database:
            await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        await connection.execute(
            f"REVOKE ALL ON DATABASE {DATABASE}, {SUPERUSER}, template1 FROM PUBLIC"
        )
    finally:
        await connection.close()
    connection = await _connect(replace(superuser, database=DATABASE))
    try:
        # Of an earlier version; the database itself is among it, and with it goes what its owner
        # may do there.
        await connection.execute(f"REASSIGN OWNED BY {ROLE} TO {OWNER}")
        await connection.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {ROLE}")
    finally:
        await connection.close()


async def _connect(info: ConnectionInfo) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(
        **info.connect_args(), timeout=_PATIENCE, command_timeout=_PATIENCE
    )
