"""The migrations: numbered SQL files, applied once, in order, each in a transaction.

A file is ``NNNN_what_it_does.sql``, and `effects` says what it does to a database that serves. It
is never changed once released: the next change is a next file. `pending` tells what an existing
database still needs, `migrate` does it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from typing import Final

import asyncpg

from contactmomenten.database import grants
from contactmomenten.database.migrations import locking, preflight
from contactmomenten.database.migrations.effects import EFFECTS, Effect
from contactmomenten.database.pool import Connection

MINIMUM_VERSION = 14

_CREATE_TABLE = """
CREATE TABLE IF NOT EXISTS migratie (
    nummer integer PRIMARY KEY,
    naam text NOT NULL,
    controlegetal text NOT NULL,
    uitgevoerd timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

# Seconds between two tries for the locks of a step: a minute in all, in which others have them.
_PAUSES: Final = (0.5, 1.0, 2.0, 3.0, *(5.0,) * 10)


class MigrationError(Exception):
    """The database cannot be brought up to date; nothing was changed by the failing step."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step, and what it does to what is there."""

    number: int
    name: str
    sql: str
    effect: Effect = field(default_factory=Effect)

    @property
    def checksum(self) -> str:
        """Return what tells whether the file is still the one that was applied."""
        return sha256(self.sql.encode()).hexdigest()


def all_migrations() -> list[Migration]:
    """Return every migration of this version of the program, in order.

    Raises:
        KeyError: nothing is said of the effect of one.
    """
    found = []
    for file in files(__package__).iterdir():
        if file.name.endswith(".sql"):
            number, _, name = file.name.removesuffix(".sql").partition("_")
            sql = file.read_text(encoding="utf-8")
            found.append(Migration(int(number), name.replace("_", " "), sql, EFFECTS[int(number)]))
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
    connection: Connection,
    progress: Callable[[str], None],
    *,
    serving: str | None = None,
    until: int | None = None,
) -> list[Migration]:
    """Apply what is pending, and return it; two programs at once do each step once.

    Args:
        connection: with the right to create tables.
        progress: is told each step before it starts, and what it waits for.
        serving: the role that serves, when it is another one than that of `connection`: it gets
            the rights that it needs, with each step.
        until: the number of the last step to apply; all of them if None.

    Raises:
        MigrationError: see `pending`; also when the data or the server are not fit for what is
            pending, when the locks of a step cannot be had, or when the role of `connection` may
            not create tables.
        grants.GrantError: `serving` has too many rights.
        asyncpg.PostgresError: the step itself failed and was rolled back.
    """
    done: list[Migration] = []
    if steps := await _wanted(connection, until):
        try:
            await _check(connection, steps)
            while step := await _next(connection, progress, serving, until):
                done.append(step)
        except asyncpg.InsufficientPrivilegeError as error:
            message = (
                f"The tables must be brought up to date, and this role may not: {error.args[0]}. "
                "Set DATABASE_MIGRATION_URL, or run `contactmomenten migrate` where it is set."
            )
            raise MigrationError(message) from None
    if serving is not None and await grants.missing(connection, serving):
        async with connection.transaction():
            await locking.wait_for_turn(connection, progress)
            await grants.grant(connection, serving)
    return done


async def _wanted(connection: Connection, until: int | None) -> list[Migration]:
    steps = await pending(connection)
    return [step for step in steps if until is None or step.number <= until]


async def _check(connection: Connection, steps: list[Migration]) -> None:
    effects = {step.number: step.effect for step in steps}
    found = [one async for one in preflight.obstacles(connection, effects) if one.blocks]
    if found:
        raise MigrationError(" ".join(one.text for one in found))


async def _next(
    connection: Connection,
    progress: Callable[[str], None],
    serving: str | None,
    until: int | None,
) -> Migration | None:
    """Apply the next step, and return it; try again when its locks cannot be had."""
    for pause in (*_PAUSES, None):
        step: Migration | None = None
        try:
            async with connection.transaction():
                await locking.wait_for_turn(connection, progress)
                await connection.execute(_CREATE_TABLE)
                step = next(iter(await _wanted(connection, until)), None)
                if step is not None:
                    progress(f"migration {step.number}: {step.name}")
                    await _apply(connection, step, serving)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if step is None:
                raise
            tables = ", ".join(step.effect.locks) or "a table"
            holders = ", ".join(await locking.holders(connection)) or "somebody, a moment ago"
            if pause is None:
                message = (
                    f"Step {step.number} ({step.name}) needs a lock on {tables}, and others had it "
                    f"for {sum(_PAUSES):.0f} seconds: {holders}. Nothing was changed. Let those "
                    "end, or end them (SELECT pg_terminate_backend(…)), and run this again."
                )
                raise MigrationError(message) from None
            progress(f"{tables} is in use by {holders}; trying again in {pause:g} s")
            await asyncio.sleep(pause)
        else:
            return step
    return None


async def _apply(connection: Connection, step: Migration, serving: str | None) -> None:
    await locking.take(connection, step.effect.locks)
    await connection.execute(step.sql)
    await connection.execute(
        "INSERT INTO migratie (nummer, naam, controlegetal) VALUES ($1, $2, $3)",
        step.number,
        step.name,
        step.checksum,
    )
    if serving is not None:
        await grants.grant(connection, serving)
