"""The rules that hold for every relation (cm-004, cm-005): creating, finding, deleting."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import msgspec

from contactmomenten.audittrail.recording import Line, last_segment, weergave
from contactmomenten.database.pool import Record, Row
from contactmomenten.fields import Faults, clean
from contactmomenten.fields.base import NON_FIELD, Fault
from contactmomenten.fields.reference import DOES_NOT_EXIST, parse_uuid
from contactmomenten.http.context import Context
from contactmomenten.http.problems import Problem, not_found, validation_error
from contactmomenten.relaties.definition import Relatie

# What the name of a relation in the trail is made of.
_MOMENT: Final = """
SELECT bronorganisatie, medewerker, registratiedatum, kanaal FROM contactmoment WHERE uuid = $1
"""

_GONE: Final = Fault("contactmoment", "does_not_exist", DOES_NOT_EXIST)


async def create(
    relatie: Relatie, context: Context, body: Mapping[str, object]
) -> tuple[UUID, bytes]:
    """Register a relation; return its uuid and its JSON.

    Raises:
        Problem: the 400 with all faults of `body`.
    """
    values, moment = await _checked(relatie, context, body)
    contactmoment = values["contactmoment"]
    uuid = uuid4()
    row = {"uuid": uuid, **values}
    nieuw = msgspec.json.encode(relatie.show(row, context.request.root))
    line = _line(relatie, context, row, moment, actie="create", resultaat=201, nieuw=nieuw)
    try:
        await context.database.writer.row(
            relatie.insert,
            uuid,
            contactmoment,
            *(values[column] for column in relatie.data),
            *line.values(context),
        )
    except asyncpg.UniqueViolationError:
        raise _not_unique(relatie) from None
    except asyncpg.ForeignKeyViolationError:
        raise validation_error([_GONE]) from None
    return uuid, nieuw


async def find(relatie: Relatie, context: Context) -> Record:
    """Return the row of the relation that the path names.

    Raises:
        Problem: the 404.
    """
    uuid = parse_uuid(context.ids[0])
    row = await context.database.writer.row(relatie.read, uuid) if uuid else None
    if row is None:
        raise not_found()
    return row


async def delete(relatie: Relatie, context: Context, row: Record) -> None:
    """Remove the relation in `row`.

    Raises:
        Problem: the 404 when it, or its contactmoment, was deleted meanwhile.
    """
    writer = context.database.writer
    moment = await writer.row(_MOMENT, row["contactmoment"])
    if moment is None:
        raise not_found()
    oud = msgspec.json.encode(relatie.show(row, context.request.root))
    line = _line(relatie, context, row, moment, actie="destroy", resultaat=204, oud=oud)
    try:
        removed = await writer.row(relatie.remove, row["uuid"], *line.values(context))
    except asyncpg.ForeignKeyViolationError:
        removed = None
    if removed is None:
        raise not_found()


async def _checked(
    relatie: Relatie, context: Context, body: Mapping[str, object]
) -> tuple[dict[str, Any], Record]:
    """Return the clean values of `body` and the contactmoment they name, or raise the 400."""
    faults = Faults(context.request.subpath)
    values = clean(relatie.fields, body, faults)
    writer = context.database.writer
    moment = None
    if "contactmoment" in values:
        moment = await writer.row(_MOMENT, values["contactmoment"])
        if moment is None:
            faults.add(*_GONE)
    if faults or moment is None:
        raise validation_error(faults.in_order(relatie.fields.names))
    unique = (values[column] for column in relatie.unique_columns)
    if await writer.value(relatie.exists, values["contactmoment"], *unique):
        raise _not_unique(relatie)
    return values, moment


def _not_unique(relatie: Relatie) -> Problem:
    names = ", ".join(relatie.unique)
    reason = f"De velden {names} moeten een unieke set zijn."
    return validation_error([Fault(NON_FIELD, "unique", reason)])


def _line(  # noqa: PLR0913 (one change, told in full)
    relatie: Relatie,
    context: Context,
    row: Row,
    moment: Row,
    *,
    actie: str,
    resultaat: int,
    oud: bytes | None = None,
    nieuw: bytes | None = None,
) -> Line:
    related = last_segment(row[relatie.data[0]])
    return Line(
        contactmoment=row["contactmoment"],
        actie=actie,
        resultaat=resultaat,
        resource=relatie.resource,
        resource_url=relatie.url(context.request.root, row["uuid"]),
        resource_weergave=f"({weergave(moment)}) - {related}",
        oud=oud,
        nieuw=nieuw,
    )
