"""Loading demo data in tests, and what can be compared of a database."""

from datetime import date

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection
from contactmomenten.demo_data import loading
from contactmomenten.demo_data.plan import Plan
from tests.application import ROOT
from tests.databases import connected

TABLES = ("contactmoment", "keten", "klantcontactmoment", "objectcontactmoment", "audittrail")

_SCHEMA = """
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'constraint', conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'column', attrelid::regclass || '.' || attname, attnotnull || ' ' || atttypid
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0
UNION ALL
SELECT 'trigger', tgrelid::regclass || '.' || tgname, tgenabled::text
FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1, 2, 3
"""


def ignore(stage: str, done: int, total: int) -> None:
    """Take a report and do nothing."""


def plan(count: int = 1000, seed: int = 1) -> Plan:
    return Plan(count=count, seed=seed, until=date(2026, 11, 1), root=ROOT)


async def load(
    info: ConnectionInfo, count: int = 1000, *, seed: int = 1, add: bool = False
) -> dict[str, int]:
    """Load demo data, as the command does."""
    async with connected(info) as connection:
        loaded = await loading.load(connection, plan(count, seed), add=add, report=ignore)
        await loading.finish(connection)
    return loaded


async def rows(connection: Connection) -> dict[str, list[str]]:
    """Return all rows of all tables, as text."""
    return {
        table: [
            row[0]
            for row in await connection.fetch(f"SELECT t::text FROM {table} t ORDER BY t.{key}")
        ]
        for table, key in zip(TABLES, ("id", "voorganger", "id", "id", "id"), strict=True)
    }


async def schema(connection: Connection) -> list[tuple[str, ...]]:
    """Return all indexes, constraints, columns and triggers."""
    return [tuple(row) for row in await connection.fetch(_SCHEMA)]
