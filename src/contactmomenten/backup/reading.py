"""Everything of a database, in one view of it, while servers go on."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from contactmomenten import __version__
from contactmomenten.backup.contents import (
    FORM,
    ORDER,
    SEQUENCES,
    TEXT_SETTINGS,
    BackupError,
    Manifest,
    TableContents,
)
from contactmomenten.database.migrations import pending
from contactmomenten.database.pool import Connection

# Takes the next bytes of a table.
Sink = Callable[[bytes], Awaitable[None]]

# Generated columns follow from the others.
_COLUMNS: Final = """
SELECT relname, array_agg(attname::text ORDER BY attnum) AS columns
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname = ANY($1)
    AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
GROUP BY relname
"""
_NOT_READABLE: Final = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relname = ANY($1)
    AND NOT CASE WHEN relkind = 'S' THEN has_sequence_privilege(oid, 'SELECT')
        ELSE has_table_privilege(oid, 'SELECT') END
ORDER BY relname LIMIT 1
"""
_PRESENT_SEQUENCES: Final = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'S' AND relname = ANY($1)
ORDER BY relname
"""
_STEP: Final = "SELECT max(nummer) FROM migratie"
_PROOF: Final = "SELECT sleutelproef FROM configuratie"

# Pieces that are read before they are written.
_AHEAD: Final = 16


@dataclass(frozen=True, slots=True)
class Reading:
    """A view of a database.

    Attributes:
        connection: in the transaction that is the view.
        columns: of each table that is there, in the order in which they are loaded.
        step: the last migration.
        key_proof: tells whether a key opens the secrets.
    """

    connection: Connection
    columns: Mapping[str, tuple[str, ...]]
    step: int
    key_proof: bytes | None

    async def write(self, table: str, sink: Sink) -> TableContents:
        """Write the rows of a table to `sink`, and tell what they were."""
        return await describe(self.connection, table, self.columns[table], sink)

    async def pieces(self, table: str) -> AsyncGenerator[bytes, None]:
        """Yield the rows of a table, as COPY takes them."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD)
        leaving = asyncio.Event()

        async def put(piece: bytes | None) -> None:
            if not leaving.is_set():
                await queue.put(piece)

        async def read() -> None:
            try:
                await self.write(table, put)
            finally:
                await put(None)

        reading = asyncio.create_task(read())
        try:
            while (piece := await queue.get()) is not None:
                yield piece
            await reading
        finally:
            # A COPY that is broken off leaves a connection that cannot even roll back: it is read
            # to its end, without keeping what comes.
            leaving.set()
            while not queue.empty():
                queue.get_nowait()
            await asyncio.wait({reading})

    async def described(self) -> Manifest:
        """Read everything once, and return what a backup of it says of itself."""
        tables = [
            await describe(self.connection, table, columns)
            for table, columns in self.columns.items()
        ]
        return await self.manifest(tuple(tables))

    async def manifest(self, tables: tuple[TableContents, ...]) -> Manifest:
        """Return what a backup with these tables says of itself.

        Sequences know no views: what they say now is not before any number in the view.
        """
        version = await self.connection.fetchval("SHOW server_version")
        return Manifest(
            form=FORM,
            program=__version__,
            postgresql=version,
            step=self.step,
            moment=datetime.now(UTC).isoformat(timespec="seconds"),
            key_proof=self.key_proof,
            tables=tables,
            sequences=await _sequences(self.connection),
        )


@contextlib.asynccontextmanager
async def snapshot(connection: Connection) -> AsyncIterator[Reading]:
    """Lend a view of the database.

    Raises:
        MigrationError: it is of a newer version of the program.
        BackupError: there is nothing in it, or the role may not read all of it.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(TEXT_SETTINGS)
        await _check(connection)
        found = {
            row["relname"]: tuple(row["columns"])
            for row in await connection.fetch(_COLUMNS, list(ORDER))
        }
        yield Reading(
            connection,
            {table: found[table] for table in ORDER if table in found},
            await connection.fetchval(_STEP),
            await connection.fetchval(_PROOF),
        )


async def _check(connection: Connection) -> None:
    names = [*ORDER, *SEQUENCES, "migratie"]
    closed = await connection.fetchval(_NOT_READABLE, names)
    if closed is not None:
        raise BackupError(
            f"This role may not read {closed}. Use the role that owns the tables "
            "(DATABASE_MIGRATION_URL), or one in pg_read_all_data."
        )
    if await connection.fetchval("SELECT to_regclass('migratie')") is None:
        raise BackupError("There are no tables of this program in the database.")
    await pending(connection)


async def describe(
    connection: Connection, table: str, columns: tuple[str, ...], sink: Sink | None = None
) -> TableContents:
    """Read a table, pass it on, and tell what was in it."""
    digest = sha256()

    async def take(piece: bytes) -> None:
        digest.update(piece)
        if sink is not None:
            await sink(piece)

    listed = ", ".join(columns)
    query = f"SELECT {listed} FROM {table} ORDER BY {ORDER[table]}"
    status = await connection.copy_from_query(query, output=take, format="text", encoding="UTF8")
    return TableContents(table, columns, int(status.split()[-1]), digest.hexdigest())


async def _sequences(connection: Connection) -> dict[str, int]:
    found = {}
    for row in await connection.fetch(_PRESENT_SEQUENCES, list(SEQUENCES)):
        name = row["relname"]
        found[name] = await connection.fetchval(f"SELECT last_value + is_called::int FROM {name}")
    return found
