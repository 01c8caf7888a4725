"""What the steps that a database needs will do to it, and roughly for how long."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from contactmomenten.database.migrations.effects import Effect
from contactmomenten.database.pool import Connection

# Seconds per row, on two cores of 2026 with the database on the same machine: measured with 10^5
# contactmomenten. A machine may be a few times faster or slower.
_REWRITE: Final = 20e-6
_INDEX: Final = 1.5e-6
# Bytes of an index per row, and how much more a row takes once it is written anew.
_INDEX_BYTES: Final = 40
_GROWTH: Final = 2

_TABLE: Final = """
SELECT pg_table_size(oid) AS bytes, reltuples::bigint AS rows,
    has_table_privilege(oid, 'SELECT') AS may_read
FROM pg_class WHERE oid = to_regclass($1)
"""
# A table up to this size is counted: what PostgreSQL thinks of a small one may be far off.
_COUNTED: Final = 64 * 2**20
# Bytes of a row, for a table of which PostgreSQL knows nothing and that we may not read.
_ROW: Final = 1000


@dataclass(frozen=True, slots=True)
class Table:
    """How large a table is: its rows (roughly) and its bytes, without indexes."""

    name: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Use:
    """What a step does to one table that is there.

    Attributes:
        table: the table as it is now.
        lock: the heaviest lock on it.
        rewritten: whether it is written anew.
        indexes: how many are made on it.
    """

    table: Table
    lock: str
    rewritten: bool
    indexes: int

    @property
    def seconds(self) -> float:
        """Return roughly how long it takes."""
        return self.table.rows * (self.indexes * _INDEX + self.rewritten * _REWRITE)

    @property
    def bytes(self) -> int:
        """Return roughly what room it takes, until the step is done."""
        rewriting = self.table.bytes * _GROWTH if self.rewritten else 0
        return rewriting + self.table.rows * self.indexes * _INDEX_BYTES


async def uses(connection: Connection, effect: Effect) -> list[Use]:
    """Return what a step with this effect does to each table that it touches and that is there."""
    found = []
    for name, lock in effect.locks.items():
        row = await connection.fetchrow(_TABLE, name)
        if row is None:
            continue
        rows = row["rows"]
        if row["may_read"] and (row["bytes"] <= _COUNTED or rows < 0):
            rows = await connection.fetchval(f"SELECT count(*) FROM {name}", timeout=None)
        elif rows < 0:
            rows = row["bytes"] // _ROW
        table = Table(name, rows, row["bytes"])
        found.append(Use(table, lock, name in effect.rewrites, effect.builds.get(name, 0)))
    return found


def told(use: Use) -> str:
    """Return in words what a step does to a table."""
    table = use.table
    size = f"{table.name} ({table.rows:,} rows, {in_bytes(table.bytes)})"
    work = list(_work(use))
    how_long = f" for {in_seconds(use.seconds)}" if work else " for a moment"
    who = "reads and writes" if use.lock == "ACCESS EXCLUSIVE" else "writes"
    what = f": {' and '.join(work)}" if work else ""
    return f"{size}: {who} wait{how_long}{what}."


def _work(use: Use) -> Iterator[str]:
    if use.rewritten:
        yield "it is written anew"
    if use.indexes:
        yield f"{use.indexes} {'index is' if use.indexes == 1 else 'indexes are'} made"


def total(of: Iterable[Use]) -> tuple[float, int]:
    """Return the seconds and bytes of them together."""
    listed = list(of)
    return sum(use.seconds for use in listed), sum(use.bytes for use in listed)


def in_seconds(seconds: float) -> str:
    """Return a time as a rough one: under a second, some 40 s, some 5 min, some 3 h."""
    if seconds < 1:
        return "less than a second"
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"some {seconds / size:.0f} {unit}"
    return f"some {seconds:.0f} s"


def in_bytes(number: int) -> str:
    """Return a size in the unit that fits."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= size:
            return f"{number / size:.{0 if number >= 10 * size else 1}f} {unit}"
    return f"{number} bytes"
