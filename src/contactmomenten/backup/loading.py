"""A backup into an empty database: all of it, read back and compared, or nothing."""

from collections.abc import AsyncIterator, Callable
from typing import Final, Protocol

import asyncpg

from contactmomenten.backup.contents import (
    COMES_BY_ITSELF,
    ORDER,
    TEXT_SETTINGS,
    BackupError,
    Manifest,
)
from contactmomenten.backup.reading import describe
from contactmomenten.counts.rebuilding import rebuild
from contactmomenten.counts.tables import emptying_counts
from contactmomenten.database.indexes import take_away
from contactmomenten.database.migrations import migrate
from contactmomenten.database.pool import Connection

Progress = Callable[[str], None]

# Much memory, for one connection and not for long.
_SETTINGS: Final = """
SET LOCAL lock_timeout = '10s';
SET LOCAL work_mem = '128MB';
SET LOCAL maintenance_work_mem = '512MB';
SET LOCAL max_parallel_maintenance_workers = 2;
"""

_FORGET_SECRETS: Final = """
DELETE FROM client_secret;
UPDATE service SET secret = NULL, header_value = NULL;
UPDATE configuratie SET sleutelproef = NULL;
"""

_VACUUMED: Final = (
    "contactmoment",
    "keten",
    "klantcontactmoment",
    "objectcontactmoment",
    "audittrail",
)


class NotEmptyError(BackupError):
    """There is something in the database already."""


class Source(Protocol):
    """Where a backup comes from."""

    def pieces(self, table: str) -> AsyncIterator[bytes]:
        """Yield the rows of a table, as COPY takes them."""


async def make_tables(
    connection: Connection, step: int, progress: Progress, *, serving: str | None
) -> None:
    """Bring an empty database to the step of a backup.

    Raises:
        NotEmptyError: it is not empty.
        BackupError: its tables are of a newer step than those of the backup.
        MigrationError: the tables cannot be made.
    """
    await _check_empty(connection)
    await migrate(connection, progress, serving=serving, until=step)
    newest = await connection.fetchval("SELECT max(nummer) FROM migratie")
    if newest > step:
        raise BackupError(
            f"The tables in this database are of step {newest}, and the backup is of step {step}. "
            "Use a database without tables."
        )


async def load(
    connection: Connection,
    source: Source,
    manifest: Manifest,
    progress: Progress,
    *,
    secrets: bool = True,
) -> None:
    """Load all of `source` in one transaction, and read it back before it is final.

    Nobody else can look before it is done.

    Args:
        connection: as the role that owns the tables, which are of the step of the backup.
        source: gives the rows.
        manifest: what they must be.
        progress: is told what is being done.
        secrets: whether the secrets are kept; without their key nobody can read them.

    Raises:
        NotEmptyError: somebody was first.
        BackupError: what was loaded is not what `manifest` says.
        asyncpg.PostgresError: it failed, and nothing was loaded.
    """
    names = [table.name for table in manifest.tables]
    async with connection.transaction():
        await connection.execute(TEXT_SETTINGS + _SETTINGS)
        try:
            await connection.execute(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
        except asyncpg.LockNotAvailableError:
            raise BackupError("Somebody else uses this database. Stop its servers.") from None
        await _check_empty(connection)
        await _fill(connection, source, manifest, progress)
        progress("reading it back")
        for table in manifest.tables:
            found = await describe(connection, table.name, table.columns)
            if found != table:
                raise BackupError(
                    f"What was loaded into {table.name} is not what the backup says: "
                    f"{found.rows} rows for {table.rows}. Nothing was kept."
                )
        if not secrets:
            await connection.execute(_FORGET_SECRETS)


async def _fill(
    connection: Connection, source: Source, manifest: Manifest, progress: Progress
) -> None:
    names = [table.name for table in manifest.tables]
    for name in names:
        # What they would do was done when the rows were written first.
        await connection.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
    definitions = await take_away(connection, names)
    await connection.execute(f"TRUNCATE {', '.join(names)}")
    if emptying := emptying_counts(manifest.step):
        await connection.execute(emptying)
    for table in manifest.tables:
        progress(f"loading {table.name}")
        await connection.copy_to_table(
            table.name,
            source=source.pieces(table.name),
            columns=table.columns,
            format="text",
            encoding="UTF8",
            freeze=True,
        )
    progress("making indexes")
    for definition in definitions:
        await connection.execute(definition)
    for name in names:
        await connection.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
    for name, number in manifest.sequences.items():
        await connection.execute(f"SELECT setval('{name}', {number}, false)")


async def finish(connection: Connection, progress: Progress, *, serving: str | None) -> None:
    """Bring up to date what follows from the rows; if it is broken off, servers do it later."""
    await migrate(connection, progress, serving=serving)
    progress("statistics and counts")
    await connection.execute(f"VACUUM (ANALYZE) {', '.join(_VACUUMED)}", timeout=None)
    await rebuild(connection)


async def _check_empty(connection: Connection) -> None:
    for table in ORDER:
        if table in COMES_BY_ITSELF:
            continue
        if await connection.fetchval("SELECT to_regclass($1)", table) is None:
            continue
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
            raise NotEmptyError(
                f"There are rows in {table} of this database already. Use an empty database; "
                "nothing was changed."
            )
