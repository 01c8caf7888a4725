"""The words of the OAS document, Dutch as all that a user of the API reads."""

from collections.abc import Mapping

INFO = {
    "title": "Contactmomenten API",
    "version": "1.0.0",
    "contact": {
        "url": "https://zaakgerichtwerken.vng.cloud",
        "email": "standaarden.ondersteuning@vng.nl",
    },
    "license": {
        "name": "EUPL 1.2",
        "url": "https://opensource.org/licenses/EUPL-1.2",
    },
}

DESCRIPTION = """\
Leg contactmomenten met klanten vast en vraag ze op: telefoongesprekken, berichten, bezoeken.

**Toegang**

Elk verzoek draagt een JWT in de header `Authorization: Bearer <token>`. Het token is getekend
met HS256 en bevat ten minste `client_id` en `iat`. Bij elke operatie staat welke scope de
applicatie in de Autorisaties API moet hebben. Zonder die scope volgt status 403; status 401
staat in de standaard, maar komt hier niet voor.

**Andere API's**

* Autorisaties API: wat een applicatie mag.
* Notificaties API: ontvangt de notificaties van deze API.
* Klanten API: de klanten van klantcontactmomenten.
* Zaken API: de zaken van objectcontactmomenten.

**Notificaties**

Wijzigingen van een contactmoment worden gemeld op het kanaal `contactmomenten`.

* Hoofdobject en resource: `contactmoment`
* Acties: `create`, `update` en `destroy`
* Kenmerk `bronorganisatie`: RSIN van de organisatie die het contactmoment vastlegde.
* Kenmerk `kanaal`: het communicatiekanaal van het contactmoment.
"""

# The groups of operations, in the order in which they are shown.
TAGS: Mapping[str, str] = {
    "contactmomenten": "Contacten met klanten, met de audit trail van elk.",
    "klantcontactmomenten": "Welke klant in welke rol bij een contactmoment hoort. "
    "De klant zelf staat in de Klanten API.",
    "objectcontactmomenten": "Over welk object een contactmoment ging, zoals een zaak in de "
    "Zaken API.",
}

STATUSES: Mapping[int, str] = {
    200: "Gelukt",
    201: "Aangemaakt",
    204: "Verwijderd, het antwoord is leeg",
    400: "De aanvraag klopt niet",
    401: "Niet geauthenticeerd",
    403: "Geen toestemming",
    404: "Niet gevonden",
    406: "Gevraagd formaat is er niet",
    409: "Conflict",
    410: "Bestaat niet meer",
    412: "Aan een voorwaarde is niet voldaan",
    415: "Formaat van de body is onbekend",
    429: "Te veel aanvragen",
    500: "Fout in de server",
}

API_VERSION = "De versie van de API die antwoordt, bijvoorbeeld 1.0.0."
LOCATION = "De URL van wat is aangemaakt."
ETAG = (
    "Kenmerk van deze inhoud. Stuur het in `If-None-Match` mee om te vragen of er iets is "
    "veranderd."
)
IF_NONE_MATCH = (
    "Eén of meer eerder ontvangen ETags, gescheiden door komma's. Is een daarvan nog de "
    "huidige, dan volgt status 304 zonder body."
)
CONTENT_TYPE = "Het formaat van de body."
NLX_LOGRECORD_ID = "Kenmerk waarmee het verzoek in het NLX-netwerk is terug te vinden."
AUDIT_TOELICHTING = "De reden van dit verzoek; komt in de audit trail."

PATH_PARAMETERS: Mapping[str, str] = {
    "contactmoment_uuid": "UUID van het contactmoment.",
    "uuid": "UUID van de resource.",
}
