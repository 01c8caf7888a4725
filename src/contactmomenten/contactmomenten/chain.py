"""The chain vorig/volgend: both ends change together, each with its audit line (cm-001, cm-002).

The rules: a contactmoment has at most one predecessor and one successor. The database holds it
(table ``keten``), and the rows of all moments concerned are locked in one fixed order before
anything is written.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from contactmomenten.audittrail.recording import Author, Line, record, weergave
from contactmomenten.contactmomenten import queries
from contactmomenten.contactmomenten.rendering import RESOURCE, moment_url, rendered
from contactmomenten.database.pool import Connection, Reader
from contactmomenten.fields.base import Fault, Faults
from contactmomenten.fields.reference import DOES_NOT_EXIST
from contactmomenten.http.context import Context
from contactmomenten.http.problems import validation_error

FIELD: Final = "vorigContactmoment"

_NOT_UNIQUE: Final = Fault(FIELD, "unique", "Dit veld moet uniek zijn.")
_GONE: Final = Fault(FIELD, "does_not_exist", DOES_NOT_EXIST)

# A contactmoment as a dictionary of its columns.
Moment = dict[str, Any]


async def check_predecessor(reader: Reader, uuid: UUID, own: UUID | None, faults: Faults) -> None:
    """Note a fault when `uuid` does not exist, or has a successor other than `own` (cm-001)."""
    row = await reader.row(queries.FOLLOWED_BY, uuid)
    if row is None:
        faults.add(*_GONE)
    elif row["volgend_contactmoment"] not in {None, own}:
        faults.add(*_NOT_UNIQUE)


async def lock(
    connection: Connection, uuids: Iterable[UUID | None], *, sql: str = queries.LOCK_FOR_UPDATE
) -> dict[UUID, Moment]:
    """Lock the moments with `uuids` (None is skipped) and return those that exist.

    In the order of their uuid, so that two requests never wait for each other; and one at a time,
    as they may be on different machines one day.
    """
    rows = [await connection.fetchrow(sql, one) for one in sorted({*uuids} - {None}, key=_bytes)]
    return {row["uuid"]: dict(row) for row in rows if row is not None}


def _bytes(uuid: UUID | None) -> bytes:
    """Return what uuids are ordered by, here as in PostgreSQL."""
    return uuid.bytes if uuid is not None else b""


def claim(locked: Mapping[UUID, Moment], predecessor: UUID, own: UUID) -> None:
    """Make sure, now that it is locked, that `predecessor` is still there and free for `own`.

    Raises:
        Problem: the 400 of cm-001, or that of the one-to-one rule.
    """
    found = locked.get(predecessor)
    if found is None:
        raise validation_error([_GONE])
    if found["volgend_contactmoment"] not in {None, own}:
        raise validation_error([_NOT_UNIQUE])


async def set_successor(
    connection: Connection, context: Context, moment: Moment, successor: UUID | None
) -> None:
    """Set volgendContactmoment of a locked `moment`, with a line in its own trail."""
    await _set_neighbour(
        connection, context, moment, "volgend_contactmoment", successor, queries.SET_VOLGEND
    )


async def clear_predecessor(connection: Connection, context: Context, moment: Moment) -> None:
    """Set vorigContactmoment of a locked `moment` to null, with a line in its own trail."""
    await _set_neighbour(
        connection, context, moment, "vorig_contactmoment", None, queries.SET_VORIG
    )


async def _set_neighbour(  # noqa: PLR0913, PLR0917 (one change, told in full)
    connection: Connection,
    context: Context,
    moment: Moment,
    column: str,
    neighbour: UUID | None,
    sql: str,
) -> None:
    root = context.request.root
    uuid = moment["uuid"]
    line = Line(
        contactmoment=uuid,
        actie="partial_update",
        resultaat=200,
        resource=RESOURCE,
        resource_url=moment_url(root, uuid),
        resource_weergave=weergave(moment),
        oud=rendered(moment, root),
        nieuw=rendered({**moment, column: neighbour}, root),
    )
    await connection.execute(sql, uuid, neighbour)
    await record(connection, Author.of(context), line)
