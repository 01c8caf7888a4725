"""The four operations on objectcontactmomenten."""

from contactmomenten.autorisaties.scopes import AANMAKEN, LEZEN, VERWIJDEREN
from contactmomenten.http.routing import Operation, Route
from contactmomenten.objectcontactmomenten.relation import OBJECTCONTACTMOMENTEN, RELATIE
from contactmomenten.relaties.routes import RelatieHandlers

_TAG = "objectcontactmomenten"

_handlers = RelatieHandlers(RELATIE, OBJECTCONTACTMOMENTEN)

ROUTES = (
    Route(
        "/objectcontactmomenten",
        {
            "GET": Operation(
                operation_id="objectcontactmoment_list",
                handler=_handlers.list_relations,
                scope=LEZEN,
                summary="Relaties tussen contactmomenten en objecten opvragen.",
                description="Een pagina van de relaties, te filteren met query parameters.",
                tag=_TAG,
                answer="ObjectContactMoment",
                many="page",
                parameters=OBJECTCONTACTMOMENTEN.parameters(),
                problems=(400, 404),
            ),
            "POST": Operation(
                operation_id="objectcontactmoment_create",
                handler=_handlers.create,
                scope=AANMAKEN,
                summary="Een relatie tussen een contactmoment en een object aanmaken.",
                description="Legt vast op welk object een contactmoment betrekking heeft. Bedoeld "
                "voor de API die de bron van het object is (zoals de Zaken API): de relatie moet "
                "daar al bestaan.",
                tag=_TAG,
                success=201,
                answer="ObjectContactMoment",
                body="ObjectContactMoment",
                problems=(400,),
            ),
        },
    ),
    Route(
        "/objectcontactmomenten/{uuid}",
        {
            "GET": Operation(
                operation_id="objectcontactmoment_read",
                handler=_handlers.read,
                scope=LEZEN,
                summary="Een relatie tussen een contactmoment en een object opvragen.",
                description="Eén relatie, met alle gegevens.",
                tag=_TAG,
                answer="ObjectContactMoment",
                cached=True,
                problems=(404,),
            ),
            "DELETE": Operation(
                operation_id="objectcontactmoment_delete",
                handler=_handlers.delete,
                scope=VERWIJDEREN,
                summary="Een relatie tussen een contactmoment en een object verwijderen.",
                description="Verwijdert de relatie. Bedoeld voor de API die de bron van het object "
                "is: daar mag de relatie niet meer bestaan.",
                tag=_TAG,
                success=204,
                problems=(400, 404),
            ),
        },
    ),
)
