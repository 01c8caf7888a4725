"""The role and the database of the program, made once in a new cluster."""

import asyncio

import asyncpg

from contactmomenten.database.embedded.errors import EmbeddedDatabaseError, told_clearly
from contactmomenten.database.embedded.folder import (
    DATABASE,
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


def ensure_role_and_database(home: OwnedFolder) -> None:
    """Make what is not there yet; a crash halfway is made good at the next start.

    The program gets a role that owns its own database and is no superuser, so that a mistake in
    the program cannot become a program on the machine.

    Raises:
        EmbeddedDatabaseError: it could not be made.
    """
    # Made before the mark is read: a lost password is replaced by a new one.
    is_new = PASSWORD not in names_in(home.fd)
    password = home.secret(PASSWORD)
    try:
        read_file(home.fd, PREPARED)
    except OSError:
        is_new = True
    if not is_new:
        return
    try:
        asyncio.run(_prepare(home, password))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise EmbeddedDatabaseError(f"The new database cannot be prepared: {error}.") from error
    with told_clearly(f"The folder {home.path} cannot be written"):
        write_file(home.fd, PREPARED, "Role and database exist.\n")


async def _prepare(home: OwnedFolder, password: str) -> None:
    connection = await asyncpg.connect(
        **home.connection(superuser=True).connect_args(),
        timeout=_PATIENCE,
        command_timeout=_PATIENCE,
    )
    try:
        role = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", ROLE)
        # A password of hexadecimal digits needs no quoting.
        await connection.execute(
            f"{'ALTER' if role else 'CREATE'} ROLE {ROLE} LOGIN PASSWORD '{password}'"
        )
        database = await connection.fetchval(
            "SELECT 1 FROM pg_database WHERE datname = $1", DATABASE
        )
        if not database:
            await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
        await connection.execute(
            f"REVOKE ALL ON DATABASE {DATABASE}, {SUPERUSER}, template1 FROM PUBLIC"
        )
    finally:
        await connection.close()
