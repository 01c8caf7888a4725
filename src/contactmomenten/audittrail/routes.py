"""Reading the audit trail (audittrail_list, audittrail_read)."""

import msgspec

from contactmomenten.audittrail import queries
from contactmomenten.audittrail.schemas import ACTIES, BRON, AuditTrail, Wijzigingen
from contactmomenten.autorisaties.scopes import AUDITTRAILS_LEZEN
from contactmomenten.database.pool import Record
from contactmomenten.fields.reference import parse_uuid
from contactmomenten.http.conditional import cached
from contactmomenten.http.context import Context
from contactmomenten.http.problems import not_found
from contactmomenten.http.response import Response
from contactmomenten.http.routing import Operation, Route


async def list_lines(context: Context) -> Response:
    """Answer all lines of one contactmoment as a plain array, the oldest first."""
    uuid = parse_uuid(context.ids[0])
    rows = await context.database.writer.rows(queries.LIST, uuid) if uuid else []
    if not rows:
        raise not_found()
    lines = [_line_of(row) for row in rows if row["uuid"] is not None]
    return Response(200, msgspec.json.encode(lines))


async def read(context: Context) -> Response:
    """Answer one line of one contactmoment."""
    contactmoment, uuid = (parse_uuid(text) for text in context.ids)
    if contactmoment is None or uuid is None:
        raise not_found()
    row = await context.database.writer.row(queries.READ, contactmoment, uuid)
    if row is None:
        raise not_found()
    return cached(context.request, msgspec.json.encode(_line_of(row)))


def _line_of(row: Record) -> AuditTrail:
    return AuditTrail(
        uuid=row["uuid"],
        bron=BRON,
        applicatie_id=row["applicatie_id"],
        applicatie_weergave=row["applicatie_weergave"],
        gebruikers_id=row["gebruikers_id"],
        gebruikers_weergave=row["gebruikers_weergave"],
        actie=row["actie"],
        actie_weergave=ACTIES[row["actie"]],
        resultaat=row["resultaat"],
        hoofd_object=row["hoofd_object"],
        resource=row["resource"],
        resource_url=row["resource_url"],
        toelichting=row["toelichting"],
        resource_weergave=row["resource_weergave"],
        aanmaakdatum=row["aanmaakdatum"],
        wijzigingen=Wijzigingen(
            oud=msgspec.Raw(row["oud"] or "null"), nieuw=msgspec.Raw(row["nieuw"] or "null")
        ),
    )


ROUTES = (
    Route(
        "/contactmomenten/{contactmoment_uuid}/audittrail",
        {
            "GET": Operation(
                operation_id="audittrail_list",
                handler=list_lines,
                scope=AUDITTRAILS_LEZEN,
                summary="De audit trail van een contactmoment opvragen.",
                description="Alle regels van de audit trail van een contactmoment, "
                "de oudste eerst.",
                tag="contactmomenten",
                answer="AuditTrail",
                many="array",
                problems=(404,),
            )
        },
    ),
    Route(
        "/contactmomenten/{contactmoment_uuid}/audittrail/{uuid}",
        {
            "GET": Operation(
                operation_id="audittrail_read",
                handler=read,
                scope=AUDITTRAILS_LEZEN,
                summary="Een regel van de audit trail opvragen.",
                description="Eén regel van de audit trail van een contactmoment.",
                tag="contactmomenten",
                answer="AuditTrail",
                cached=True,
                problems=(404,),
            )
        },
    ),
)
