"""The four operations on klantcontactmomenten."""

from contactmomenten.autorisaties.scopes import AANMAKEN, LEZEN, VERWIJDEREN
from contactmomenten.http.routing import Operation, Route
from contactmomenten.klantcontactmomenten.relation import KLANTCONTACTMOMENTEN, RELATIE
from contactmomenten.relaties.routes import RelatieHandlers

_TAG = "klantcontactmomenten"

_handlers = RelatieHandlers(RELATIE, KLANTCONTACTMOMENTEN)

ROUTES = (
    Route(
        "/klantcontactmomenten",
        {
            "GET": Operation(
                operation_id="klantcontactmoment_list",
                handler=_handlers.list_relations,
                scope=LEZEN,
                summary="Relaties tussen contactmomenten en klanten opvragen.",
                description="Een pagina van de relaties, te filteren met query parameters.",
                tag=_TAG,
                answer="KlantContactMoment",
                many="page",
                parameters=KLANTCONTACTMOMENTEN.parameters(),
                problems=(400, 404),
            ),
            "POST": Operation(
                operation_id="klantcontactmoment_create",
                handler=_handlers.create,
                scope=AANMAKEN,
                summary="Een relatie tussen een contactmoment en een klant aanmaken.",
                description="Legt vast welke klant in welke rol bij een contactmoment hoort. "
                "`contactmoment` en `klant` moeten bestaan; `contactmoment`, `klant` en `rol` "
                "zijn samen uniek.",
                tag=_TAG,
                success=201,
                answer="KlantContactMoment",
                body="KlantContactMoment",
                problems=(400,),
            ),
        },
    ),
    Route(
        "/klantcontactmomenten/{uuid}",
        {
            "GET": Operation(
                operation_id="klantcontactmoment_read",
                handler=_handlers.read,
                scope=LEZEN,
                summary="Een relatie tussen een contactmoment en een klant opvragen.",
                description="Eén relatie, met alle gegevens.",
                tag=_TAG,
                answer="KlantContactMoment",
                cached=True,
                problems=(404,),
            ),
            "DELETE": Operation(
                operation_id="klantcontactmoment_delete",
                handler=_handlers.delete,
                scope=VERWIJDEREN,
                summary="Een relatie tussen een contactmoment en een klant verwijderen.",
                description="Verwijdert de relatie; contactmoment en klant blijven bestaan.",
                tag=_TAG,
                success=204,
                problems=(404,),
            ),
        },
    ),
)
