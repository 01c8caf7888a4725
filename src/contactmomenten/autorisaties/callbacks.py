"""The webhook on which the Notificaties API tells of changed rights (behaviour 3.4).

It is no operation of the Contactmomenten API: it belongs to the standard for consumers of
notifications, and its path is free.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
import structlog

from contactmomenten.autorisaties.ac import AcUnreachableError, applicatie_at
from contactmomenten.autorisaties.ac_cache import AcCache
from contactmomenten.autorisaties.applicaties import client_ids_of
from contactmomenten.fields import Faults, Moment, Text, Url, clean, field_table
from contactmomenten.fields.base import NON_FIELD
from contactmomenten.fields.nested import not_an_object
from contactmomenten.fields.reference import parse_uuid
from contactmomenten.http.negotiation import read_object
from contactmomenten.http.problems import validation_error
from contactmomenten.http.request import Request
from contactmomenten.http.response import Response, no_content
from contactmomenten.outgoing import OutgoingClient

logger = structlog.get_logger(__name__)

PATH: Final = "/callbacks"
KANAAL: Final = "autorisaties"

_MAX_BODY: Final = 100_000
_MAX_DEPTH: Final = 8
_MAX_KENMERK: Final = 1000


class Notificatie(msgspec.Struct, rename="camel"):
    """A notification as the Notificaties API sends it."""

    kanaal: Annotated[str, Text(title="Kanaal", required=True, blank=False, max_length=50)]
    hoofd_object: Annotated[str, Url(title="Hoofd object", required=True, blank=False)]
    resource: Annotated[str, Text(title="Resource", required=True, blank=False, max_length=100)]
    resource_url: Annotated[str, Url(title="Resource url", required=True, blank=False)]
    actie: Annotated[str, Text(title="Actie", required=True, blank=False, max_length=100)]
    aanmaakdatum: Annotated[datetime, Moment(title="Aanmaakdatum", required=True)]


NOTIFICATIE = field_table(Notificatie)


async def receive(
    request: Request, cache: AcCache, client: OutgoingClient, *, leeway: float
) -> Response:
    """Take a notification in; what is remembered of a changed application is renewed.

    Args:
        request: whose sender was found to have the scope notificaties.publiceren.
        cache: what is remembered of the AC.
        client: to fetch a changed application with.
        leeway: seconds that the clock of the sender may be ahead.

    Raises:
        Problem: the 400 with all faults of the body.
    """
    body = await read_object(request, _MAX_BODY, _MAX_DEPTH)
    faults = Faults(request.subpath)
    values = clean(NOTIFICATIE, body, faults)
    moment = values.get("aanmaakdatum")
    if moment and moment > datetime.now(UTC) + timedelta(seconds=leeway):
        faults.add(
            "aanmaakdatum", "future_not_allowed", "Deze waarde mag niet in de toekomst liggen."
        )
    _check_kenmerken(body.get("kenmerken"), faults)
    if faults:
        raise validation_error(faults.in_order(NOTIFICATIE.names))
    logger.info("notification_received", ours=values["kanaal"] == KANAAL)
    if values["kanaal"] == KANAAL:
        await _renew(values["resource_url"], values["actie"], cache, client)
    return no_content()


def _check_kenmerken(kenmerken: object, faults: Faults) -> None:
    if kenmerken is None:
        return
    field = Text(title="Kenmerk", max_length=_MAX_KENMERK)
    if not isinstance(kenmerken, dict):
        faults.add(f"kenmerken.{NON_FIELD}", "invalid", not_an_object(kenmerken))
        return
    for name, value in kenmerken.items():
        shown = name.encode("utf-8", "replace").decode()
        field.accept(value, f"kenmerken.{shown}", faults)


async def _renew(url: str, actie: str, cache: AcCache, client: OutgoingClient) -> None:
    """Forget the application at `url` and whose it was; whose it is now is asked anew.

    What cannot be fetched is forgotten all the same: rights that may have been withdrawn are not
    given on.
    """
    uuid = parse_uuid(url.rstrip("/").rpartition("/")[2])
    if uuid is None:
        return
    client_ids: list[str] = []
    if actie != "destroy":
        try:
            client_ids = client_ids_of(await applicatie_at(client, url))
        except AcUnreachableError as error:
            logger.warning("changed_application_not_fetched", reason=str(error))
    await cache.forget(str(uuid), client_ids)
    for client_id in client_ids:
        cache.fetch_soon(client_id)
