"""The migrations: numbered SQL files, applied once, in order, each in a transaction.

A file is ``NNNN_what_it_does.sql``. It is never changed once released: the next change is a next
file. `pending` tells what an existing database still needs, `migrate` does it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

import asyncpg

from contactmomenten.database import grants
from contactmomenten.database.pool import Connection

MINIMUM_VERSION = 14

# Any number will do, as long as all versions of this program use the same.
_LOCK = 7_220_626_100

_CREATE_TABLE = """
CREATE TABLE IF NOT EXISTS migratie (
    nummer integer PRIMARY KEY,
    naam text NOT NULL,
    controlegetal text NOT NULL,
    uitgevoerd timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


class MigrationError(Exception):
    """The database cannot be brought up to date; nothing was changed by the failing step."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Return what tells whether the file is still the one that was applied."""
        return sha256(self.sql.encode()).hexdigest()


def all_migrations() -> list[Migration]:
    """Return every migration of this version of the program, in order."""
    found = []
    for file in files(__package__).iterdir():
        if file.name.endswith(".sql"):
            number, _, name = file.name.removesuffix(".sql").partition("_")
            found.append(
                Migration(int(number), name.replace("_", " "), file.read_text(encoding="utf-8"))
            )
    return sorted(found, key=lambda migration: migration.number)


async def pending(connection: Connection) -> list[Migration]:
    """Return the migrations that this database still needs.

    Raises:
        MigrationError: too old a server, a newer program's database, or an altered step.
    """
    if connection.get_server_version().major < MINIMUM_VERSION:
        message = f"PostgreSQL {MINIMUM_VERSION} or newer is needed."
        raise MigrationError(message)
    if await connection.fetchval("SELECT to_regclass('migratie')") is None:
        return all_migrations()
    rows = await connection.fetch("SELECT nummer, naam, controlegetal FROM migratie")
    applied = {row["nummer"]: row["controlegetal"] for row in rows}
    known = all_migrations()
    newer = sorted(set(applied) - {migration.number for migration in known})
    if newer:
        message = (
            f"This database is of a newer version of the program (step {newer[-1]}). "
            "Use that version."
        )
        raise MigrationError(message)
    for migration in known:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            message = (
                f"Step {migration.number} ({migration.name}) was altered after it was applied."
            )
            raise MigrationError(message)
    return [migration for migration in known if migration.number not in applied]


async def migrate(
    connection: Connection, progress: Callable[[str], None], *, serving: str | None = None
) -> list[Migration]:
    """Apply what is pending, and return it; two programs at once do each step once.

    Args:
        connection: with the right to create tables.
        progress: is told each step before it starts.
        serving: the role that serves, when it is another one than that of `connection`: it gets
            the rights that it needs, with each step.

    Raises:
        MigrationError: see `pending`; also when a lock cannot be had within 5 seconds, or when
            the role of `connection` may not create tables.
        grants.GrantError: `serving` has too many rights.
        asyncpg.PostgresError: the step itself failed and was rolled back.
    """
    done: list[Migration] = []
    if await pending(connection):
        try:
            done = await _apply(connection, progress, serving)
        except asyncpg.InsufficientPrivilegeError as error:
            message = (
                f"The tables must be brought up to date, and this role may not: {error.args[0]}. "
                "Set DATABASE_MIGRATION_URL, or run `contactmomenten migrate` where it is set."
            )
            raise MigrationError(message) from None
    if serving is not None and await grants.missing(connection, serving):
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await grants.grant(connection, serving)
    return done


async def _apply(
    connection: Connection, progress: Callable[[str], None], serving: str | None
) -> list[Migration]:
    done: list[Migration] = []
    while True:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            # Rather fail than make every request wait behind a lock that we wait for.
            await connection.execute("SET LOCAL lock_timeout = '5s'")
            await connection.execute("SET LOCAL statement_timeout = 0")
            await connection.execute(_CREATE_TABLE)
            steps = await pending(connection)
            if not steps:
                return done
            step = steps[0]
            progress(f"migration {step.number}: {step.name}")
            try:
                await connection.execute(step.sql)
            except asyncpg.LockNotAvailableError:
                message = (
                    f"Step {step.number} ({step.name}) needs a lock that another program holds. "
                    "Try again when it is less busy."
                )
                raise MigrationError(message) from None
            await connection.execute(
                "INSERT INTO migratie (nummer, naam, controlegetal) VALUES ($1, $2, $3)",
                step.number,
                step.name,
                step.checksum,
            )
            if serving is not None:
                await grants.grant(connection, serving)
            done.append(step)
