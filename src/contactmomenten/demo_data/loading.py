"""Demo data into a database: all of it, or nothing."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from io import BytesIO
from typing import Final

from contactmomenten.counts.rebuilding import rebuild
from contactmomenten.counts.tables import emptying_counts
from contactmomenten.database.indexes import take_away
from contactmomenten.database.pool import Connection
from contactmomenten.demo_data import making, trail
from contactmomenten.demo_data.parts import COLUMNS
from contactmomenten.demo_data.plan import Plan
from contactmomenten.demo_data.world import World

# Is told what is being done, how far it is, and how far it goes.
Report = Callable[[str, int, int], None]

ROWS: Final = "Contactmomenten"
TRAIL: Final = "Audit trail"
INDEXES: Final = "Indexes"

_TABLES: Final = (
    "contactmoment",
    "keten",
    "klantcontactmoment",
    "objectcontactmoment",
    "audittrail",
)

# Much memory, for one connection and not for long.
_SETTINGS: Final = """
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL work_mem = '128MB';
SET LOCAL maintenance_work_mem = '512MB';
SET LOCAL max_parallel_maintenance_workers = 2;
"""

# Rather fail than make every request wait behind a lock that we wait for.
_PATIENCE: Final = "SET LOCAL lock_timeout = '10s'"

_LOCK: Final = f"LOCK TABLE {', '.join(_TABLES)} IN ACCESS EXCLUSIVE MODE"

# All as after the migrations: numbers begin anew, and so do the counts of what has them. Rows that
# come into a table in the transaction that emptied it need neither a log of their own nor a vacuum.
_BEGIN_ANEW: Final = f"""
TRUNCATE {", ".join(_TABLES)} RESTART IDENTITY;
ALTER SEQUENCE medewerker_identificatie_volgnummer RESTART;
{emptying_counts()}
"""

_NUMBER_IDENTIFICATIONS: Final = "SELECT setval('medewerker_identificatie_volgnummer', $1)"


class NotEmptyError(Exception):
    """There are contactmomenten already, and nobody said that these may be added."""


async def load(connection: Connection, plan: Plan, *, add: bool, report: Report) -> dict[str, int]:
    """Load what `plan` asks for, in one transaction; its `after` and `identified` are found here.

    Into an empty database nobody else can look before it is done. Into one with rows, anybody can
    go on with those.

    Returns:
        How many rows each table got.

    Raises:
        NotEmptyError: there are contactmomenten and not `add`.
        asyncpg.PostgresError: it failed, and nothing was loaded.
    """
    if await _is_empty(connection):
        return await _load_into_empty(connection, plan, report)
    if not add:
        raise NotEmptyError
    return await _add(connection, plan, report)


async def finish(connection: Connection, helper: "Connection | None" = None) -> None:
    """Bring up to date what PostgreSQL and the lists know of the tables.

    `helper` is another connection, that does half of the counting.

    The trail is read by its contactmoment only, so it can wait for the vacuum of PostgreSQL itself.
    """
    await connection.execute(f"VACUUM (ANALYZE) {', '.join(_TABLES[:-1])}")
    await connection.execute("ANALYZE audittrail")
    await rebuild(connection, helper=helper)


async def _load_into_empty(connection: Connection, plan: Plan, report: Report) -> dict[str, int]:
    async with connection.transaction():
        await connection.execute(_SETTINGS + _PATIENCE)
        await connection.execute(_LOCK)
        if not await _is_empty(connection):
            raise NotEmptyError
        definitions = await take_away(connection, _TABLES)
        await connection.execute(_BEGIN_ANEW)
        await connection.execute(_NUMBER_IDENTIFICATIONS, plan.identifications)
        loaded = await _write(connection, plan, report, freeze=True)
        for done, definition in enumerate(definitions):
            report(INDEXES, done, len(definitions))
            await connection.execute(definition)
        report(INDEXES, len(definitions), len(definitions))
    return loaded


async def _add(connection: Connection, plan: Plan, report: Report) -> dict[str, int]:
    async with connection.transaction():
        await connection.execute(_PATIENCE)
        # Nobody else takes a number between these two.
        await connection.execute("LOCK TABLE contactmoment IN EXCLUSIVE MODE")
        first = await connection.fetchval("SELECT nextval('medewerker_identificatie_volgnummer')")
        await connection.execute(_NUMBER_IDENTIFICATIONS, first + plan.identifications - 1)
    # In one snapshot: rows that others make meanwhile are none of ours.
    async with connection.transaction(isolation="repeatable_read"):
        await connection.execute(_SETTINGS)
        after = await connection.fetchval("SELECT coalesce(max(id), 0) FROM contactmoment")
        plan = replace(plan, after=after, identified=first - 1)
        return await _write(connection, plan, report, freeze=False)


async def _is_empty(connection: Connection) -> bool:
    return not await connection.fetchval("SELECT EXISTS (SELECT FROM contactmoment)")


async def _write(
    connection: Connection, plan: Plan, report: Report, *, freeze: bool
) -> dict[str, int]:
    """Write all rows; return how many each table got."""
    world = World(plan.seed, plan.count)
    await connection.execute(trail.CREATE_HELPERS)
    await connection.copy_records_to_table("demo_auteur", records=trail.authors(world))
    loaded = dict.fromkeys(_TABLES, 0)
    report(ROWS, 0, plan.count)
    async with aclosing(making.texts(plan, world)) as parts:
        async for part in parts:
            for table, (rows, text) in part.items():
                kept = table in _TABLES
                if kept or plan.trail:  # the others are what the trail is made of
                    await connection.copy_to_table(
                        table,
                        source=BytesIO(text),
                        columns=COLUMNS[table],
                        freeze=freeze and kept,
                    )
                if kept:
                    loaded[table] += rows
            report(ROWS, loaded["contactmoment"], plan.count)
    if not plan.trail:
        return loaded
    done = 0
    report(TRAIL, done, trail.STEPS)
    async for lines in trail.write_trail(connection, plan.after, plan.root):
        loaded["audittrail"] += lines
        done += 1
        report(TRAIL, done, trail.STEPS)
    return loaded
