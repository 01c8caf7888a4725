"""Locks of the migrations: one program at a time, and never a service that stands still for one.

Who waits for a lock on a table makes all wait who come after it. So a step waits for a moment
only, and gives back what it has before it tries again.
"""

from collections.abc import Callable, Mapping
from typing import Final

from contactmomenten.database.pool import Connection

# Any number will do, as long as all versions of this program use the same.
TURN: Final = 7_220_626_100

# Shorter than a client waits, and than PostgreSQL takes to look for a deadlock.
WAIT: Final = "500ms"

_TRY_TURN: Final = "SELECT pg_try_advisory_xact_lock($1)"
_TAKE_TURN: Final = "SELECT pg_advisory_xact_lock($1)"

_HOLDERS: Final = """
SELECT format(
    'process %s (%s of role %s%s)', pid, coalesce(nullif(application_name, ''), 'a program'),
    usename, ', in a transaction for ' || extract(epoch FROM now() - xact_start)::int || ' s'
)
FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND pid IN (
    SELECT pid FROM pg_locks JOIN pg_class ON pg_class.oid = relation
    WHERE locktype = 'relation' AND granted AND relkind = 'r'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND relnamespace = current_schema()::regnamespace
)
ORDER BY xact_start NULLS LAST, pid
LIMIT 3
"""


async def wait_for_turn(connection: Connection, progress: Callable[[str], None]) -> None:
    """Wait, in a transaction, until no other program migrates; after that, wait for nothing long.

    A step itself may take as long as it takes.
    """
    if not await connection.fetchval(_TRY_TURN, TURN):
        progress("another program is migrating this database; waiting for it")
        await connection.execute("SET LOCAL lock_timeout = 0")
        await connection.execute(_TAKE_TURN, TURN)
    await connection.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
    await connection.execute("SET LOCAL statement_timeout = 0")


async def take(connection: Connection, locks: Mapping[str, str]) -> None:
    """Take the locks of a step before it begins, in the same order each time.

    Raises:
        asyncpg.LockNotAvailableError: others use the tables.
    """
    for table, mode in sorted(locks.items()):
        await connection.execute(f"LOCK TABLE {table} IN {mode} MODE")


async def holders(connection: Connection) -> list[str]:
    """Return who holds locks on our tables, at most three, the one that began first in front.

    What a process of another role is at is shown to members of pg_monitor only.
    """
    return [row[0] for row in await connection.fetch(_HOLDERS)]
