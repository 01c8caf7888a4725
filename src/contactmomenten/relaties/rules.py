"""The rules that hold for every relation (cm-004, cm-005): creating, finding, deleting."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from contactmomenten.audittrail.recording import Author, Line, last_segment, weergave
from contactmomenten.database.pool import Record, Row, Writer
from contactmomenten.fields import Faults, clean
from contactmomenten.fields.base import NON_FIELD, Fault
from contactmomenten.fields.reference import DOES_NOT_EXIST, parse_uuid
from contactmomenten.http.context import Context
from contactmomenten.http.problems import Problem, not_found, validation_error
from contactmomenten.relaties.definition import Relatie
from contactmomenten.uuids import new_uuid

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
    if relatie.check_create:
        await relatie.check_create(context, values)
        await context.request.body.stop_if_client_gone()
    uuid = new_uuid()
    author = Author.of(context)
    row = {"uuid": uuid, **values}
    nieuw = msgspec.json.encode(relatie.show(row, author.root))
    line = _line(relatie, author, row, moment, actie="create", resultaat=201, nieuw=nieuw)
    try:
        await context.database.writer.row(
            relatie.insert,
            *(row[column] for column in relatie.stored),
            *line.values(author),
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
    row = await context.database.writer.by_uuid(relatie.read, uuid) if uuid else None
    if row is None:
        raise not_found()
    return row


async def delete(relatie: Relatie, context: Context, row: Record) -> None:
    """Remove the relation in `row`.

    Raises:
        Problem: the 404 when it, or its contactmoment, was deleted meanwhile.
    """
    if relatie.check_delete:
        await relatie.check_delete(context, row)
    if not await remove(relatie, context.database.writer, Author.of(context), row):
        raise not_found()


async def remove(relatie: Relatie, writer: Writer, author: Author, row: Row) -> bool:
    """Remove the relation in `row`, with its line in the trail; False when it was gone already."""
    moment = await writer.row(_MOMENT, row["contactmoment"])
    if moment is None:
        return False
    oud = msgspec.json.encode(relatie.show(row, author.root))
    line = _line(relatie, author, row, moment, actie="destroy", resultaat=204, oud=oud)
    try:
        removed = await writer.row(relatie.remove, row["uuid"], *line.values(author))
    except asyncpg.ForeignKeyViolationError:
        return False
    return removed is not None


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
    if relatie.check_fields:
        await relatie.check_fields(context, values, faults)
    if faults or moment is None:
        raise validation_error(faults.in_order(relatie.fields.names))
    unique = (values[column] for column in relatie.unique_columns)
    if await writer.value(relatie.exists, values["contactmoment"], *unique):
        raise _not_unique(relatie)
    if relatie.enrich:
        relatie.enrich(body, values)
    return values, moment


def _not_unique(relatie: Relatie) -> Problem:
    names = ", ".join(relatie.unique)
    reason = f"De velden {names} moeten een unieke set zijn."
    return validation_error([Fault(NON_FIELD, "unique", reason)])


def _line(  # noqa: PLR0913 (one change, told in full)
    relatie: Relatie,
    author: Author,
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
        resource_url=relatie.url(author.root, row["uuid"]),
        resource_weergave=f"({weergave(moment)}) - {related}",
        oud=oud,
        nieuw=nieuw,
    )
