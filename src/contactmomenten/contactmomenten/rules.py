"""The rules of contactmomenten: what a create, an update and a delete do (cm-001 to cm-003)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

import asyncpg

from contactmomenten.audittrail.recording import Author, Line, weergave
from contactmomenten.contactmomenten import chain, queries
from contactmomenten.contactmomenten.chain import Moment
from contactmomenten.contactmomenten.rendering import (
    RESOURCE,
    merged_identificatie,
    moment_url,
    rendered,
)
from contactmomenten.contactmomenten.schemas import CONTACTMOMENT
from contactmomenten.database.pool import Connection, Row
from contactmomenten.fields import Faults, clean
from contactmomenten.fields.base import NON_FIELD, Fault
from contactmomenten.http.context import Context
from contactmomenten.http.problems import not_found, validation_error
from contactmomenten.notificaties.outbox import notificatie
from contactmomenten.stored_json import filled
from contactmomenten.uuids import new_uuid

_NO_MEDEWERKER: Final = Fault(
    NON_FIELD, "invalid-medewerker", "medewerker or medewerkerIdentificatie must be provided"
)

_DEFAULTS: Final[Mapping[str, Any]] = {
    "kanaal": "",
    "voorkeurskanaal": "",
    "voorkeurstaal": "",
    "tekst": "",
    "onderwerp_links": [],
    "initiatiefnemer": "",
    "medewerker": "",
    "medewerker_identificatie": None,
    "vorig_contactmoment": None,
    "volgend_contactmoment": None,
}

_LARGE: Final = 100_000  # bytes of JSON

_of_new: Final = itemgetter(*queries.NEW_COLUMNS)


class _ChainMovedError(Exception):
    """The predecessor changed between looking and locking: look again."""


async def create(context: Context, body: Mapping[str, object]) -> tuple[UUID, bytes]:
    """Register a contactmoment; return its uuid and its JSON (contactmoment_create).

    Raises:
        Problem: the 400 with all faults of `body`.
    """
    values = await _checked(context, body, stored=None, partial=False)
    uuid = new_uuid()
    moment: Moment = {
        "uuid": uuid,
        "registratiedatum": datetime.now(UTC),
        **_DEFAULTS,
        **values,
        "medewerker_identificatie": merged_identificatie(
            None, values.get("medewerker_identificatie")
        ),
    }
    nieuw = rendered(moment, context.request.root)
    insert = _insert_values(context, moment, nieuw)
    writer = context.database.writer
    predecessor = moment["vorig_contactmoment"]
    if predecessor is None:
        # A large one should not hold up the others, nor make a group that takes much memory.
        if len(nieuw) > _LARGE:
            await writer.row(queries.INSERT, *_alone(insert))
        else:
            await writer.together(queries.INSERT, *insert)
        return uuid, nieuw

    async def work(connection: Connection) -> None:
        locked = await chain.lock(connection, [predecessor])
        chain.claim(locked, predecessor, uuid)
        await connection.execute(queries.INSERT, *_alone(insert))
        await connection.execute(queries.LINK, predecessor, uuid)
        await chain.set_successor(connection, context, locked[predecessor], uuid)

    await writer.in_transaction(work)
    return uuid, nieuw


async def update(
    context: Context, stored: Row, body: Mapping[str, object], *, partial: bool
) -> bytes:
    """Change the contactmoment `stored`; return its JSON.

    PUT (contactmoment_update) differs from PATCH (contactmoment_partial_update) only in that
    bronorganisatie is required: what is not given keeps its value (behaviour 4.1.5).

    Raises:
        Problem: the 400 with all faults of `body`; the 404 when it was deleted meanwhile.
    """
    values = await _checked(context, body, stored=stored, partial=partial)
    uuid: UUID = stored["uuid"]
    actie = "partial_update" if partial else "update"
    seen_predecessor: UUID | None = stored["vorig_contactmoment"]
    moves = "vorig_contactmoment" in values

    async def work(connection: Connection) -> bytes:
        wanted = [uuid, seen_predecessor, values["vorig_contactmoment"]] if moves else [uuid]
        locked = await chain.lock(connection, wanted)
        old = locked.get(uuid)
        if old is None:
            raise not_found()
        if moves and old["vorig_contactmoment"] != seen_predecessor:
            raise _ChainMovedError(old["vorig_contactmoment"])
        moment = {
            **old,
            **values,
            "medewerker_identificatie": merged_identificatie(
                old["medewerker_identificatie"], values.get("medewerker_identificatie")
            ),
        }
        if moves:
            await _move(connection, context, locked, moment)
        nieuw = rendered(moment, context.request.root)
        oud = rendered(old, context.request.root)
        await connection.execute(
            queries.UPDATE,
            *_update_values(context, actie, moment, weergave(old), oud, nieuw),
        )
        return nieuw

    while True:
        try:
            return await context.database.writer.in_transaction(work)
        except _ChainMovedError as moved:
            seen_predecessor = moved.args[0]


async def _move(
    connection: Connection, context: Context, locked: Mapping[UUID, Moment], moment: Moment
) -> None:
    """Give the locked `moment` the predecessor that it names, and take it from the old one.

    A moment may follow on itself; its own row is then written by the update that comes after.
    """
    uuid = moment["uuid"]
    old = locked[uuid]["vorig_contactmoment"]
    new = moment["vorig_contactmoment"]
    if old == new:
        return
    if new is not None:
        chain.claim(locked, new, uuid)
    await connection.execute(queries.UNLINK, uuid)
    if new is not None:
        await connection.execute(queries.LINK, new, uuid)
    for neighbour, successor in ((old, None), (new, uuid)):
        if neighbour == uuid:
            moment["volgend_contactmoment"] = successor
        elif neighbour is not None:
            await chain.set_successor(connection, context, locked[neighbour], successor)


async def delete(context: Context, stored: Row) -> None:
    """Remove the contactmoment `stored` with its relations and trail (contactmoment_delete).

    Its neighbours lose their reference to it, each with a line in its own trail (D-04).

    Raises:
        Problem: the 404 when it was deleted meanwhile.
    """
    uuid: UUID = stored["uuid"]
    seen = (stored["vorig_contactmoment"], stored["volgend_contactmoment"])

    async def work(connection: Connection) -> None:
        locked = await chain.lock(connection, [uuid, *seen], sql=queries.LOCK_FOR_DELETE)
        moment = locked.get(uuid)
        if moment is None:
            raise not_found()
        vorig, volgend = moment["vorig_contactmoment"], moment["volgend_contactmoment"]
        if (vorig, volgend) != seen:
            raise _ChainMovedError((vorig, volgend))
        if vorig is not None and vorig != uuid:
            await chain.set_successor(connection, context, locked[vorig], None)
            if vorig == volgend:  # a circle of two: the other one changes twice
                locked[vorig]["volgend_contactmoment"] = None
        if volgend is not None and volgend != uuid:
            await chain.clear_predecessor(connection, context, locked[volgend])
        url = moment_url(context.request.root, uuid)
        disabled = context.settings.notifications_disabled
        values = notificatie(uuid, url, "destroy", moment, disabled=disabled)
        await connection.execute(queries.DELETE, uuid, *values)

    while True:
        try:
            return await context.database.writer.in_transaction(work)
        except _ChainMovedError as moved:
            seen = moved.args[0]


async def _checked(
    context: Context,
    body: Mapping[str, object],
    *,
    stored: Row | None,
    partial: bool,
) -> dict[str, Any]:
    """Return the clean values of `body`, or raise the 400 with everything that is wrong."""
    faults = Faults(context.request.subpath)
    values = clean(CONTACTMOMENT, body, faults, partial=partial)
    predecessor, medewerker = values.get("vorig_contactmoment"), values.get("medewerker")
    if predecessor is not None:
        own = stored["uuid"] if stored else None
        await chain.check_predecessor(context.database.writer, predecessor, own, faults)
    if medewerker:
        fault = await context.existence.fault(medewerker, "medewerker", context.served)
        if fault:
            faults.add(*fault)
    if faults:
        raise validation_error(faults.in_order(CONTACTMOMENT.names))
    given = values.get("medewerker") or values.get("medewerker_identificatie")
    known = stored and (stored["medewerker"] or stored["medewerker_identificatie"])
    if not (given or known):
        raise validation_error([_NO_MEDEWERKER])
    return values


def _insert_values(context: Context, moment: Moment, nieuw: bytes) -> tuple[object, ...]:
    """Return what `queries.INSERT` takes for one moment."""
    uuid: UUID = moment["uuid"]
    url = moment_url(context.request.root, uuid)
    disabled = context.settings.notifications_disabled
    _, bericht = notificatie(uuid, url, "create", moment, disabled=disabled)
    values = {**moment, "onderwerp_links": queries.text_array(moment["onderwerp_links"])}
    line = Line(uuid, "create", 201, RESOURCE, url, weergave(moment), None, nieuw)
    return (
        uuid,
        *_of_new(values),
        *line.first_values(Author.of(context)),
        bericht,
    )


def _alone(values: Sequence[object]) -> list[list[object]]:
    """Return the parameters of `queries.INSERT` for one moment with `values`."""
    return [[value] for value in values]


def _update_values(  # noqa: PLR0913, PLR0917 (one write, told in full)
    context: Context,
    actie: str,
    moment: Moment,
    resource_weergave: str,
    oud: bytes,
    nieuw: bytes,
) -> tuple[object, ...]:
    """Return the values of `queries.UPDATE`."""
    uuid: UUID = moment["uuid"]
    url = moment_url(context.request.root, uuid)
    line = Line(
        contactmoment=uuid,
        actie=actie,
        resultaat=200,
        resource=RESOURCE,
        resource_url=url,
        resource_weergave=resource_weergave,
        oud=oud,
        nieuw=nieuw,
    )
    return (
        uuid,
        *(moment[column] for column in queries.DATA_COLUMNS),
        *line.values(Author.of(context)),
        *notificatie(uuid, url, actie, moment, disabled=context.settings.notifications_disabled),
    )


async def find(context: Context, uuid: UUID | None) -> asyncpg.Record:
    """Return the row of the contactmoment `uuid`.

    Raises:
        Problem: the 404; also for None, which stands for a malformed uuid.
    """
    row = await context.database.writer.row(queries.READ, uuid) if uuid else None
    if row is None:
        raise not_found()
    return row


async def read(context: Context, uuid: UUID | None) -> bytes:
    """Return the JSON of the contactmoment `uuid`.

    Raises:
        Problem: as `find`.
    """
    row = await context.database.writer.by_uuid(queries.READ_JSON, uuid) if uuid else None
    if row is None:
        raise not_found()
    return filled(row["json"], context.request.root)
