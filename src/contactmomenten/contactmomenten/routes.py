"""The six operations on contactmomenten."""

from contactmomenten.autorisaties.scopes import AANMAKEN, BIJWERKEN, LEZEN, VERWIJDEREN
from contactmomenten.contactmomenten import rules
from contactmomenten.contactmomenten.lists import CONTACTMOMENTEN
from contactmomenten.contactmomenten.rendering import moment_url
from contactmomenten.fields.reference import parse_uuid
from contactmomenten.http.conditional import cached
from contactmomenten.http.context import Context
from contactmomenten.http.response import Response, no_content
from contactmomenten.http.routing import Operation, Route
from contactmomenten.lists import list_answer

_TAG = "contactmomenten"


async def list_moments(context: Context) -> Response:
    """Answer a page of contactmomenten."""
    return await list_answer(CONTACTMOMENTEN, context)


async def create(context: Context) -> Response:
    """Register a contactmoment."""
    body = await context.body()
    uuid, created = await rules.create(context, body)
    context.services.delivery.wake()
    location = moment_url(context.request.root, uuid).encode()
    return Response(201, created, headers=((b"location", location),))


async def read(context: Context) -> Response:
    """Answer one contactmoment."""
    return cached(context.request, await rules.read(context, parse_uuid(context.ids[0])))


async def update(context: Context) -> Response:
    """Change a contactmoment, with all that is required."""
    return await _update(context, partial=False)


async def partial_update(context: Context) -> Response:
    """Change a part of a contactmoment."""
    return await _update(context, partial=True)


async def _update(context: Context, *, partial: bool) -> Response:
    stored = await rules.find(context, parse_uuid(context.ids[0]))
    body = await context.body()
    updated = await rules.update(context, stored, body, partial=partial)
    context.services.delivery.wake()
    return Response(200, updated)


async def delete(context: Context) -> Response:
    """Remove a contactmoment."""
    stored = await rules.find(context, parse_uuid(context.ids[0]))
    await rules.delete(context, stored)
    context.services.delivery.wake()
    return no_content()


ROUTES = (
    Route(
        "/contactmomenten",
        {
            "GET": Operation(
                operation_id="contactmoment_list",
                handler=list_moments,
                scope=LEZEN,
                summary="Contactmomenten opvragen.",
                description="Een pagina van de contactmomenten, te filteren en te ordenen.",
                tag=_TAG,
                answer="ContactMoment",
                many="page",
                parameters=CONTACTMOMENTEN.parameters(),
                problems=(400, 404),
            ),
            "POST": Operation(
                operation_id="contactmoment_create",
                handler=create,
                scope=AANMAKEN,
                summary="Een contactmoment aanmaken.",
                description="Legt een contactmoment vast. Een opgegeven `vorigContactmoment` "
                "moet bestaan en mag nog geen vervolg hebben.",
                tag=_TAG,
                success=201,
                answer="ContactMoment",
                body="ContactMoment",
                audited=True,
                problems=(400,),
            ),
        },
    ),
    Route(
        "/contactmomenten/{uuid}",
        {
            "GET": Operation(
                operation_id="contactmoment_read",
                handler=read,
                scope=LEZEN,
                summary="Een contactmoment opvragen.",
                description="Eén contactmoment, met alle gegevens.",
                tag=_TAG,
                answer="ContactMoment",
                cached=True,
                problems=(404,),
            ),
            "PUT": Operation(
                operation_id="contactmoment_update",
                handler=update,
                scope=BIJWERKEN,
                summary="Een contactmoment bijwerken.",
                description="Wijzigt een contactmoment. Wat niet is opgegeven, blijft zoals het "
                "was.",
                tag=_TAG,
                answer="ContactMoment",
                body="ContactMoment",
                audited=True,
                problems=(400, 404),
            ),
            "PATCH": Operation(
                operation_id="contactmoment_partial_update",
                handler=partial_update,
                scope=BIJWERKEN,
                summary="Een deel van een contactmoment bijwerken.",
                description="Wijzigt alleen de opgegeven gegevens van een contactmoment.",
                tag=_TAG,
                answer="ContactMoment",
                body="ContactMoment",
                audited=True,
                problems=(400, 404),
            ),
            "DELETE": Operation(
                operation_id="contactmoment_delete",
                handler=delete,
                scope=VERWIJDEREN,
                summary="Een contactmoment verwijderen.",
                description="Verwijdert een contactmoment, met zijn relaties en zijn audit trail.",
                tag=_TAG,
                success=204,
                audited=True,
                problems=(404,),
            ),
        },
    ),
)
