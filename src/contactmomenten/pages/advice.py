"""What to do about each class of errors, in Markdown."""

from collections.abc import Mapping

_NOT_USED = "De standaard kent deze fout; deze API stuurt haar nu niet."

ADVICE: Mapping[str, str] = {
    "ValidationError": "Kijk in `invalidParams`: daar staat per veld een code en een reden. "
    "Verbeter die velden en stuur het verzoek opnieuw.",
    "ParseError": "De body is geen geldige JSON in UTF-8; in `detail` staat waar het misgaat. "
    "Controleer komma's, aanhalingstekens en de codering van wat is verstuurd.",
    "AuthenticationFailed": f"{_NOT_USED} Kloppen de gegevens in het JWT niet, dan volgt "
    "`PermissionDenied` met status 403.",
    "NotAuthenticated": f"{_NOT_USED} Ontbreekt het JWT, dan volgt `PermissionDenied` met "
    "status 403.",
    "PermissionDenied": "Controleer of het JWT een bekende `client_id` en een recente `iat` "
    "heeft en met het juiste geheim is getekend; de `code` in het antwoord zegt wat eraan "
    "scheelt. Is het JWT in orde, vraag dan de beheerder of de applicatie in de Autorisaties "
    "API de scope heeft die de operatie vraagt.",
    "NotFound": "Controleer de URL: er is niets (meer) op dit adres. Bij een lijst kan het ook "
    "zijn dat de gevraagde pagina niet bestaat.",
    "MethodNotAllowed": "Deze URL kent de gebruikte methode niet. In de header `Allow` van het "
    "antwoord staat welke methoden er wel zijn.",
    "NotAcceptable": "Deze API antwoordt met JSON. Stuur `Accept: application/json`, of laat de "
    "header weg.",
    "RequestTimeout": "De body was niet op tijd helemaal binnen; er is niets vastgelegd. Stuur het "
    "verzoek opnieuw over een snellere verbinding, of stuur minder gegevens.",
    "Conflict": f"{_NOT_USED} Zij betekent dat het verzoek botst met de huidige toestand.",
    "Gone": f"{_NOT_USED} Vraag de resource niet opnieuw op: zij komt niet terug.",
    "PreconditionFailed": f"{_NOT_USED} Zij betekent dat een voorwaarde in een header van het "
    "verzoek niet opgaat.",
    "PayloadTooLarge": "De body is groter dan deze API toestaat; in `detail` staat de grens. "
    "Stuur minder gegevens, of vraag de beheerder de grens te verhogen.",
    "UnsupportedMediaType": "Stuur de body als JSON, met de header "
    "`Content-Type: application/json`.",
    "Throttled": "Er zijn te veel JWT's geweigerd, of deze client vraagt te veel tegelijk (`code` "
    "zegt welk van beide). Een geldig JWT wordt nooit geweigerd: maak een nieuw als het daaraan "
    "ligt. Wacht anders zo lang als de header `Retry-After` zegt, en doe minder tegelijk.",
    "APIException": "Er ging iets mis dat niet aan het verzoek hoeft te liggen. Probeer het "
    "opnieuw; blijft het misgaan, geef de beheerder dan de waarde van `instance`, waarmee de "
    "fout in de logs te vinden is.",
    "ServiceUnavailable": "Iets wat deze API nodig heeft, zoals de database, is even niet "
    "bereikbaar, of er is te veel werk tegelijk. Wacht zo lang als de header `Retry-After` zegt en "
    "probeer het dan opnieuw. Zegt `detail` dat niet zeker is of een wijziging is vastgelegd, kijk "
    "dat dan eerst na.",
}
