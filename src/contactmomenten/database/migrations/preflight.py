"""What is in the way of a migration, found before it begins; nothing is changed by looking."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

from contactmomenten.database.migrations.effects import Effect
from contactmomenten.database.migrations.locking import TURN
from contactmomenten.database.pool import Connection

# The newest PostgreSQL that the tests of this version run on.
NEWEST_TRIED: Final = 18

_SERVER: Final = """
SELECT current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS is_standby,
    current_schema()::text AS schema, current_user::text AS role,
    EXISTS (SELECT FROM pg_language WHERE lanname = 'plpgsql') AS has_plpgsql,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create
"""
_OURS: Final = "relnamespace = current_schema()::regnamespace"
_NOT_OWNED: Final = f"""
SELECT relname FROM pg_class
WHERE {_OURS} AND relkind = 'r' AND relname = ANY($1)
    AND NOT pg_has_role(relowner, 'USAGE')
ORDER BY relname
"""
_INVALID_INDEXES: Final = f"""
SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE {_OURS} AND NOT indisvalid ORDER BY 1
"""
_DISABLED_TRIGGERS: Final = f"""
SELECT format('%s on %s', tgname, tgrelid::regclass)
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE {_OURS} AND tgenabled IN ('D', 'R') ORDER BY 1
"""
_UNPROVED_RULES: Final = """
SELECT format('%s on %s', conname, conrelid::regclass) FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND NOT convalidated ORDER BY 1
"""
_GAP: Final = """
SELECT min(n) FROM generate_series(1, (SELECT max(nummer) FROM migratie)) n
WHERE n NOT IN (SELECT nummer FROM migratie)
"""
_MIGRATING: Final = f"""
SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32 | objid::bigint) = {TURN}
)
"""
_LONG: Final = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND xact_start < now() - interval '1 minute'
ORDER BY xact_start LIMIT 3
"""
_PREPARED: Final = """
SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared LIMIT 3
"""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something in the way.

    Attributes:
        text: what, and what to do about it.
        blocks: whether the migration cannot or should not be tried; it is only unwise otherwise.
    """

    text: str
    blocks: bool


async def obstacles(
    connection: Connection, effects: Mapping[int, Effect], *, reading: bool = False
) -> AsyncIterator[Obstacle]:
    """Look for what is in the way of steps, by their number, on a supported database.

    With `reading` the role of `connection` is not the one that will migrate.
    """
    async for one in _of_server(connection, effects, reading=reading):
        yield one
    if await connection.fetchval("SELECT to_regclass('migratie')") is None:
        return
    async for one in _of_tables(connection):
        yield one
    async for one in _of_rows(connection, effects):
        yield one


async def _of_server(
    connection: Connection, effects: Mapping[int, Effect], *, reading: bool
) -> AsyncIterator[Obstacle]:
    found = await connection.fetchrow(_SERVER)
    assert found is not None  # noqa: S101 (a SELECT without FROM has one row)
    major = connection.get_server_version().major
    if major > NEWEST_TRIED:
        text = f"PostgreSQL {major} is newer than what this version was tried on ({NEWEST_TRIED})."
        yield Obstacle(text, blocks=False)
    if found["encoding"] != "UTF8":
        text = (
            f"The encoding of the database is {found['encoding']}: texts will not fit. Make a "
            "database with ENCODING 'UTF8' TEMPLATE template0."
        )
        yield Obstacle(text, blocks=True)
    if found["is_standby"]:
        text = "This server is a standby and takes no writes: migrate on the primary."
        yield Obstacle(text, blocks=not reading)
    if found["schema"] is None:
        text = "The role's search_path names no schema that exists. Make it, or set search_path."
        yield Obstacle(text, blocks=True)
        return
    if not found["has_plpgsql"]:
        text = "The language plpgsql was dropped: CREATE EXTENSION plpgsql (by a superuser)."
        yield Obstacle(text, blocks=True)
    touched = sorted({table for effect in effects.values() for table in effect.locks})
    others = [row[0] for row in await connection.fetch(_NOT_OWNED, touched)]
    if effects and (others or not found["may_create"]):
        text = f"The role {found['role']} may not create tables in schema {found['schema']}."
        if others:
            text = f"The role {found['role']} does not own {', '.join(others)}."
        advice = (
            "Set DATABASE_MIGRATION_URL to the role that owns the tables, or run `contactmomenten "
            "migrate` where it is set."
        )
        yield Obstacle(f"{text} {advice}", blocks=not reading)


async def _of_tables(connection: Connection) -> AsyncIterator[Obstacle]:
    if (gap := await connection.fetchval(_GAP)) is not None:
        text = (
            f"Step {gap} is not in the table migratie, and later ones are: somebody changed that "
            "table. Restore a backup, or put the row back if the step was taken."
        )
        yield Obstacle(text, blocks=True)
    if indexes := await _names(connection, _INVALID_INDEXES):
        text = (
            f"Not valid, as making it was broken off: index {indexes}. It costs at each write and "
            "serves nobody: REINDEX INDEX or DROP INDEX it."
        )
        yield Obstacle(text, blocks=False)
    if triggers := await _names(connection, _DISABLED_TRIGGERS):
        text = (
            f"Disabled: trigger {triggers}. Counts and audit trail lean on it: ALTER TABLE … "
            "ENABLE TRIGGER, and then `contactmomenten counts check` and `audit verify`."
        )
        yield Obstacle(text, blocks=True)
    if rules := await _names(connection, _UNPROVED_RULES):
        text = f"Never compared with all rows: constraint {rules}. ALTER TABLE … VALIDATE it."
        yield Obstacle(text, blocks=False)
    if await connection.fetchval(_MIGRATING):
        yield Obstacle("Another program is migrating this database now.", blocks=False)
    if processes := await _names(connection, _LONG):
        text = f"In a transaction for over a minute: process {processes}. A lock may wait for it."
        yield Obstacle(text, blocks=False)
    if transactions := await _names(connection, _PREPARED):
        text = (
            f"Prepared and never ended: transaction {transactions}. Steps will not get their locks "
            "while it holds them: COMMIT PREPARED or ROLLBACK PREPARED."
        )
        yield Obstacle(text, blocks=False)


async def _of_rows(
    connection: Connection, effects: Mapping[int, Effect]
) -> AsyncIterator[Obstacle]:
    newest = await connection.fetchval("SELECT max(nummer) FROM migratie") or 0
    for number, effect in effects.items():
        for requirement in effect.requires:
            if requirement.since > newest:
                continue  # its tables come with these steps, without rows
            wrong = await connection.fetchval(requirement.query, timeout=None)
            if wrong:
                yield Obstacle(f"Step {number}: {wrong} {requirement.text}", blocks=True)


async def _names(connection: Connection, query: str) -> str:
    return ", ".join(str(row[0]) for row in await connection.fetch(query))
