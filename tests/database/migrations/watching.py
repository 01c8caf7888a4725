"""What a step really does to the tables that are there, as PostgreSQL shows it."""

from dataclasses import dataclass, field
from typing import Final

from contactmomenten.database.pool import Connection

# From light to heavy.
_MODES: Final = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)

_OBJECTS: Final = """
SELECT 'table ' || relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'S', 'v')
UNION ALL
-- With their numbers, as one that is made again under its name was gone for a while.
SELECT format('index %s (%s)', relname, oid) FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'i'
UNION ALL
SELECT format('column %s.%s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod))
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
    AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT format('default of %s.%s', adrelid::regclass, attname)
FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
UNION ALL
SELECT format('constraint %s on %s (%s)', conname, conrelid::regclass, oid) FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND contype <> 'n'
UNION ALL
SELECT format('trigger %s on %s', tgname, tgrelid::regclass) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function ' || oid::regprocedure FROM pg_proc
WHERE pronamespace = current_schema()::regnamespace
"""
_FILES: Final = """
SELECT relname, relfilenode::bigint FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
"""
_INDEXES: Final = """
SELECT indexrelid::bigint AS oid, relname AS tabel FROM pg_index
JOIN pg_class ON pg_class.oid = indrelid
WHERE relnamespace = current_schema()::regnamespace
"""
_RULES: Final = """
SELECT format('%s: %s (%s)', conrelid::regclass, conname, oid) FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND contype <> 'n'
UNION ALL
SELECT format('%s: %s not null', attrelid::regclass, attname)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attnum > 0
    AND attnotnull AND NOT attisdropped AND NOT atthasdef
"""
_LOCKS: Final = """
SELECT relname, mode FROM pg_locks JOIN pg_class ON pg_class.oid = relation
WHERE pid = pg_backend_pid() AND granted AND relkind = 'r'
    AND relnamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True)
class State:
    """What there is in a database."""

    objects: frozenset[str]
    files: dict[str, int]
    indexes: dict[int, str]
    rules: frozenset[str]


@dataclass
class Seen:
    """What a step did to what was there before it."""

    gone: set[str]
    rewritten: set[str]
    locks: dict[str, str] = field(default_factory=dict)
    built: dict[str, int] = field(default_factory=dict)
    rules: set[str] = field(default_factory=set)


async def look(connection: Connection) -> State:
    """Return what there is now."""
    return State(
        frozenset(row[0] for row in await connection.fetch(_OBJECTS)),
        {row[0]: row[1] for row in await connection.fetch(_FILES)},
        {row["oid"]: row["tabel"] for row in await connection.fetch(_INDEXES)},
        frozenset(row[0] for row in await connection.fetch(_RULES)),
    )


async def watch(connection: Connection, sql: str) -> Seen:
    """Run `sql` in the transaction of `connection`, and tell what it did."""
    before = await look(connection)
    held = {tuple(row) for row in await connection.fetch(_LOCKS)}
    await connection.execute(sql)
    locks = [tuple(row) for row in await connection.fetch(_LOCKS)]
    after = await look(connection)
    seen = Seen(
        gone=set(before.objects - after.objects),
        rewritten={
            table for table, file in before.files.items() if after.files.get(table, file) != file
        },
        rules={rule for rule in after.rules - before.rules if rule.split(":")[0] in before.files},
    )
    for table, mode in locks:
        if table in before.files and (table, mode) not in held:
            heaviest = max(_MODES.index(mode), _MODES.index(seen.locks.get(table, _MODES[0])))
            seen.locks[table] = _MODES[heaviest]
    for oid, table in after.indexes.items():
        if oid not in before.indexes and table in before.files:
            seen.built[table] = seen.built.get(table, 0) + 1
    return seen


def as_told(mode: str) -> str:
    """Return a mode of pg_locks as LOCK TABLE calls it: ACCESS EXCLUSIVE."""
    words = "".join(f" {letter}" if letter.isupper() else letter for letter in mode)
    return words.removesuffix(" Lock").strip().upper()
