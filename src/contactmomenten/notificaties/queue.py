"""The queue of notifications as an operator sees it: its length and age, its lines, by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contactmomenten.database.pool import Connection, Reader, Record, Row
from contactmomenten.notificaties import queries

QUEUE_STATE: Final = """
SELECT length, failed, extract(epoch FROM greatest(now(), oldest) - oldest)::float8 AS age
FROM (
    SELECT
        count(*) AS length,
        count(*) FILTER (WHERE mislukt_sinds IS NOT NULL) AS failed,
        min(aanmaakdatum) FILTER (WHERE mislukt_sinds IS NULL) AS oldest
    FROM notificatie
) AS queue
"""

# A lease that has ended is nobody's: a line is in flight only until then.
_IN_FLIGHT: Final = "(houder IS NOT NULL AND niet_voor > now())"

# $1 whether only those that are parked, $2 how many. `head` is the line of the same contactmoment
# that goes first. The fields of the message that may tell of people are not read.
_LIST: Final = f"""
SELECT
    line.id, line.contactmoment, line.bericht ->> 'actie' AS actie, line.pogingen, line.uitkomst,
    extract(epoch FROM now() - line.aanmaakdatum)::float8 AS age,
    extract(epoch FROM line.niet_voor - now())::float8 AS wait,
    line.mislukt_sinds IS NOT NULL AS parked,
    {_IN_FLIGHT} AS in_flight,
    (SELECT min(head.id) FROM notificatie head WHERE head.contactmoment = line.contactmoment)
        AS head
FROM notificatie line
WHERE NOT $1 OR line.mislukt_sinds IS NOT NULL
ORDER BY line.id
LIMIT $2
"""

_RETRY: Final = """
UPDATE notificatie
SET niet_voor = aanmaakdatum, houder = NULL, pogingen = 0, afwijzingen = 0, mislukt_sinds = NULL
"""
_RETRY_THESE: Final = f"{_RETRY} WHERE id = ANY($1::bigint[]) AND NOT {_IN_FLIGHT} RETURNING id"
_RETRY_PARKED: Final = f"{_RETRY} WHERE mislukt_sinds IS NOT NULL"

_SKIP: Final = f"""
DELETE FROM notificatie WHERE id = ANY($1::bigint[]) AND NOT {_IN_FLIGHT}
RETURNING id, contactmoment
"""


@dataclass(frozen=True, slots=True)
class QueueState:
    """The queue at one moment.

    Attributes:
        length: how many notifications have not been accepted yet, parked ones included.
        failed: how many of these are parked: they wait for an operator.
        age: seconds since the oldest that is not parked was written; None without any.
    """

    length: int
    failed: int
    age: float | None

    @classmethod
    def of(cls, row: Row | None) -> "QueueState":
        """Return what the row of `QUEUE_STATE` tells."""
        assert row is not None  # noqa: S101 (an aggregate always has a row)
        return cls(row["length"], row["failed"], row["age"])


async def queue_state(reader: Reader) -> QueueState:
    """Return how the queue is now; reads the whole of it (0.1 s per million lines)."""
    return QueueState.of(await reader.row(QUEUE_STATE))


async def queue_of(connection: Connection) -> QueueState:
    """Return the same, read by `connection`."""
    return QueueState.of(await connection.fetchrow(QUEUE_STATE))


async def list_lines(connection: Connection, *, failed: bool, limit: int) -> list[Record]:
    """Return the oldest lines; with `failed` only those that are parked."""
    return await connection.fetch(_LIST, failed, limit)


async def retry_lines(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Have these lines tried again now, as if for the first time; return those it was done for.

    Left out are lines that are gone or in flight.
    """
    return [row["id"] for row in await connection.fetch(_RETRY_THESE, ids)]


async def retry_parked(connection: Connection) -> int:
    """Do the same for all parked lines; return how many they were."""
    return int((await connection.execute(_RETRY_PARKED)).split()[-1])


async def skip_lines(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Remove these lines, which will never be sent; return those it was done for.

    Left out are lines that are gone or in flight.
    """
    async with connection.transaction():
        rows = await connection.fetch(_SKIP, ids)
        await connection.execute(queries.HAND_OVER, [row["contactmoment"] for row in rows])
    return [row["id"] for row in rows]
