"""Indexes and constraints that are taken away for a while: making them at once costs far less."""

from collections.abc import Sequence
from typing import Final

from contactmomenten.database.pool import Connection

# Foreign keys first when they go, and last when they come: they need the others.
_CONSTRAINTS: Final = """
SELECT conrelid::regclass::text AS tabel, quote_ident(conname) AS naam,
    pg_get_constraintdef(oid) AS definitie
FROM pg_constraint
WHERE contype IN ('f', 'p', 'u')
    AND (conrelid = ANY($1::text[]::regclass[]) OR confrelid = ANY($1::text[]::regclass[]))
ORDER BY contype <> 'f', tabel, naam
"""

# Those that belong to no constraint.
_INDEXES: Final = """
SELECT indexrelid::regclass::text AS naam, pg_get_indexdef(indexrelid) AS definitie
FROM pg_index
WHERE indrelid = ANY($1::text[]::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')
ORDER BY indrelid, naam
"""


async def take_away(connection: Connection, tables: Sequence[str]) -> list[str]:
    """Drop the indexes of `tables`, with the keys that are indexes and all that refers to them.

    Only in a transaction: its end is what makes sure that they come back.

    Returns:
        The statements that make them again, in the order in which that is possible.
    """
    constraints = await connection.fetch(_CONSTRAINTS, tables)
    indexes = await connection.fetch(_INDEXES, tables)
    for row in constraints:
        await connection.execute(f"ALTER TABLE {row['tabel']} DROP CONSTRAINT {row['naam']}")
    for row in indexes:
        await connection.execute(f"DROP INDEX {row['naam']}")
    return [row["definitie"] for row in indexes] + [
        f"ALTER TABLE {row['tabel']} ADD CONSTRAINT {row['naam']} {row['definitie']}"
        for row in reversed(constraints)
    ]
