"""What an answer must look like, in one line per expectation."""

import re
from dataclasses import dataclass
from typing import Final

import httpx

from .values import JsonObject

UUID4: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
MOMENT_OUT: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z"

COLLECTION: Final = "GET, POST, HEAD, OPTIONS"
MOMENT: Final = "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"
RELATION: Final = "GET, DELETE, HEAD, OPTIONS"
TRAIL: Final = "GET, HEAD, OPTIONS"

REQUIRED: Final = ("required", "Dit veld is vereist.")
NULL: Final = ("null", "Dit veld mag niet leeg zijn.")
BLANK: Final = ("blank", "Dit veld mag niet leeg zijn.")
NUL: Final = ("null_characters_not_allowed", "Null-tekens zijn niet toegestaan.")
NO_STRING: Final = ("invalid", "Not a valid string.")
NO_URL: Final = ("invalid", "Voer een geldige URL in.")
UNIQUE: Final = ("unique", "Dit veld moet uniek zijn.")
DATETIME: Final = (
    "invalid",
    (
        "Datetime heeft een ongeldig formaat, gebruik 1 van de volgende formaten: "
        "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
    ),
)
OVERFLOW: Final = ("overflow", "Datetime value out of range.")
FILTER_DATETIME: Final = ("invalid", "Voer een geldige datum/tijd in.")
NO_MATCH: Final = ("no_match", "Ongeldige hyperlink - Geen overeenkomende URL.")
INCORRECT_MATCH: Final = ("incorrect_match", "Ongeldige hyperlink - Ongeldige URL")
DOES_NOT_EXIST: Final = ("does_not_exist", "Ongeldige hyperlink - Object bestaat niet.")

Fault = tuple[str, str]
Entry = tuple[str, str, str]


def max_length(limit: int) -> Fault:
    return "max_length", f"Zorg ervoor dat dit veld niet meer dan {limit} karakters bevat."


def invalid_choice(value: str) -> Fault:
    return "invalid_choice", f'"{value}" is een ongeldige keuze.'


def invalid_option(value: str) -> Fault:
    return (
        "invalid_choice",
        f"Selecteer een geldige keuze. {value} is geen beschikbare keuze.",
    )


def not_a_dictionary(kind: str) -> Fault:
    return "invalid", f"Ongeldige data. Verwacht een dictionary, kreeg een {kind}."


def not_a_list(kind: str) -> Fault:
    return "not_a_list", f'Verwachtte een lijst met items, maar kreeg type "{kind}".'


def incorrect_type(kind: str) -> Fault:
    return "incorrect_type", f"Ongeldig type. Verwacht een URL, ontving {kind}."


def at(name: str, fault: Fault) -> Entry:
    """Put a fault on a field."""
    return name, *fault


@dataclass(frozen=True, slots=True)
class Problem:
    """One class of fault, as the table of section 7.2 has it."""

    name: str
    status: int
    code: str
    title: str
    detail: str


DENIED: Final = "Je hebt geen toestemming om deze actie uit te voeren."
VALIDATION: Final = Problem("ValidationError", 400, "invalid", "Ongeldige invoer.", "")
PARSE: Final = Problem("ParseError", 400, "parse_error", "Ongeldig samengestelde request.", "")
FORBIDDEN: Final = Problem("PermissionDenied", 403, "permission_denied", DENIED, DENIED)
NOT_FOUND: Final = Problem("NotFound", 404, "not_found", "Niet gevonden.", "Niet gevonden.")
METHOD: Final = Problem(
    "MethodNotAllowed", 405, "method_not_allowed", "Methode niet toegestaan.", ""
)
NOT_ACCEPTABLE: Final = Problem(
    "NotAcceptable",
    406,
    "not_acceptable",
    "Kan niet voldoen aan de opgegeven Accept header.",
    "Kan niet voldoen aan de opgegeven Accept header.",
)
MEDIA_TYPE: Final = Problem(
    "UnsupportedMediaType", 415, "unsupported_media_type", "Niet-ondersteund mediatype.", ""
)
TOO_SLOWLY: Final = Problem(
    "RequestTimeout",
    408,
    "request_timeout",
    "De aanvraag kwam te langzaam binnen.",
    "De aanvraag was niet op tijd helemaal binnen; er is niets vastgelegd.",
)
TOO_LARGE: Final = Problem(
    "PayloadTooLarge", 413, "payload_too_large", "De aanvraag is te groot.", ""
)
THROTTLED: Final = Problem("Throttled", 429, "throttled", "Aanvraag was verstikt.", "")
UNAVAILABLE: Final = Problem(
    "ServiceUnavailable",
    503,
    "service_unavailable",
    "De dienst is tijdelijk niet beschikbaar.",
    "",
)
INVALID_PAGE: Final = "Ongeldige pagina."
INVALID_VERSION: Final = "Ongeldige versie in URL-pad."
ALL_PROBLEMS: Final = [
    VALIDATION,
    PARSE,
    Problem(
        "AuthenticationFailed", 401, "authentication_failed", "Ongeldige authenticatiegegevens.", ""
    ),
    Problem(
        "NotAuthenticated",
        401,
        "not_authenticated",
        "Authenticatiegegevens zijn niet opgegeven.",
        "",
    ),
    FORBIDDEN,
    NOT_FOUND,
    METHOD,
    NOT_ACCEPTABLE,
    TOO_SLOWLY,
    Problem("Conflict", 409, "conflict", "Er is een conflict", ""),
    Problem("Gone", 410, "gone", "De resource bestaat niet meer", ""),
    Problem("PreconditionFailed", 412, "precondition_failed", "Voorwaarde is niet vervuld", ""),
    TOO_LARGE,
    MEDIA_TYPE,
    THROTTLED,
    Problem("APIException", 500, "error", "Er is een serverfout opgetreden.", ""),
    UNAVAILABLE,
]


def problem(
    response: httpx.Response, kind: Problem, *, code: str = "", detail: str | None = None
) -> JsonObject:
    """Expect a problem document of this class; detail None takes the text of the class."""
    assert response.status_code == kind.status, (response.status_code, response.text)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers.get_list("api-version") == ["1.0.0"]
    document: JsonObject = response.json()
    keys = ["type", "code", "title", "status", "detail", "instance"]
    assert list(document) == (keys if kind is not VALIDATION else [*keys, "invalidParams"])
    host = response.request.headers["host"]
    assert document["type"] == f"http://{host}/ref/fouten/{kind.name}/"
    assert document["code"] == (code or kind.code)
    assert document["title"] == kind.title
    assert document["status"] == kind.status
    wanted = kind.detail if detail is None else detail
    assert document["detail"] == (wanted or document["detail"])
    assert document["detail"]
    assert re.fullmatch(f"urn:uuid:{UUID4}", document["instance"])
    return document


def entries(response: httpx.Response) -> list[Entry]:
    """Expect a validation problem and give its entries."""
    document = problem(response, VALIDATION)
    for entry in document["invalidParams"]:
        assert list(entry) == ["name", "code", "reason"]
    return [(e["name"], e["code"], e["reason"]) for e in document["invalidParams"]]


def invalid(response: httpx.Response, *wanted: Entry, ignoring: str = "") -> None:
    """Expect a 400 with exactly these entries in this order; one code may be ignored."""
    found = [entry for entry in entries(response) if entry[1] != ignoring]
    assert found == list(wanted)
    detail = response.json()["detail"]
    for name, _, _ in wanted:
        field = name.split(".", 1)[0]
        assert field == "nonFieldErrors" or field in detail, "detail names the faulty fields"


def forbidden(response: httpx.Response, code: str = "", detail: str | None = None) -> None:
    """Expect a refusal; a code of its own has a text of its own."""
    free = "" if code and detail is None else detail
    problem(response, FORBIDDEN, code=code, detail=free)


def not_found(response: httpx.Response, detail: str | None = None) -> None:
    problem(response, NOT_FOUND, detail=detail)


def answer(response: httpx.Response, status: int, allow: str) -> JsonObject:
    """Expect a normal answer with a JSON object and the headers every answer has."""
    assert response.status_code == status, (response.status_code, response.text)
    assert response.headers["content-type"] == "application/json"
    headers(response, allow)
    content: JsonObject = response.json()
    return content


def headers(response: httpx.Response, allow: str) -> None:
    """Expect the headers that every answer of the API has."""
    assert response.headers.get_list("api-version") == ["1.0.0"]
    assert response.headers.get_list("allow") == [allow]


def deleted(response: httpx.Response, allow: str) -> None:
    """Expect an empty 204."""
    assert response.status_code == 204, response.text
    assert response.content == b""
    assert "content-type" not in response.headers
    headers(response, allow)
