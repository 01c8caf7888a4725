"""What is wrong or unwise about the database."""

from collections.abc import AsyncIterator
from typing import Final

from contactmomenten.checkup.finding import Finding, good, unwise, wrong
from contactmomenten.database.migrations import MigrationError, pending
from contactmomenten.database.pool import Connection
from contactmomenten.settings import Settings

# What PostgreSQL must have switched on, or an acknowledged write can be lost.
SAFETY: Final = ("fsync", "full_page_writes", "synchronous_commit")

_RIGHTS: Final = """
SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user
"""
_CONNECTIONS: Final = """
SELECT current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int
"""
_CLOCK: Final = "SELECT clock_timestamp()"


async def of_database(
    connection: Connection, settings: Settings, *, workers: int, embedded: bool
) -> AsyncIterator[Finding]:
    """Look at the database behind `connection`, that `workers` workers will use."""
    version = await connection.fetchval("SHOW server_version")
    try:
        steps = await pending(connection)
    except MigrationError as error:
        yield wrong("database", str(error))
        return
    if steps:
        yield good(
            "database", f"PostgreSQL {version}. `migrate` or `serve` will take {len(steps)} steps."
        )
    else:
        yield good("database", f"PostgreSQL {version}; the tables are up to date.")
    for name in SAFETY:
        if await connection.fetchval("SELECT current_setting($1)", name) == "off":
            yield wrong(
                "database", f"{name} is off there: a write that was acknowledged can get lost."
            )
    if embedded:
        return
    rights = await connection.fetchrow(_RIGHTS)
    if rights is not None and any(rights):
        yield unwise(
            "database",
            "The role may do more than this program needs (superuser, or make roles or databases).",
        )
    room = await connection.fetchval(_CONNECTIONS)
    wanted = workers * settings.db_pool_max_size
    if wanted > room and not settings.db_pooler:
        yield unwise(
            "DB_POOL_MAX_SIZE",
            f"{workers} workers may ask {wanted} connections and the server has {room}.",
        )
