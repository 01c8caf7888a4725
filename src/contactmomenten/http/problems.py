"""Errors and the problem document (behaviour 7): every error of the program has one root.

The document itself is made in one place, `Problem.document`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

import msgspec

from contactmomenten.fields.base import NON_FIELD, Fault

CONTENT_TYPE = b"application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemClass:
    """One row of the table of errors: what is the same for all errors of a kind."""

    name: str
    status: int
    code: str
    title: str
    detail: str


VALIDATION_ERROR = ProblemClass(
    "ValidationError", 400, "invalid", "Ongeldige invoer.", "Ongeldige invoer."
)
PARSE_ERROR = ProblemClass(
    "ParseError",
    400,
    "parse_error",
    "Ongeldig samengestelde request.",
    "Ongeldig samengestelde request.",
)
AUTHENTICATION_FAILED = ProblemClass(
    "AuthenticationFailed",
    401,
    "authentication_failed",
    "Ongeldige authenticatiegegevens.",
    "Ongeldige authenticatiegegevens.",
)
NOT_AUTHENTICATED = ProblemClass(
    "NotAuthenticated",
    401,
    "not_authenticated",
    "Authenticatiegegevens zijn niet opgegeven.",
    "Authenticatiegegevens zijn niet opgegeven.",
)
PERMISSION_DENIED = ProblemClass(
    "PermissionDenied",
    403,
    "permission_denied",
    "Je hebt geen toestemming om deze actie uit te voeren.",
    "Je hebt geen toestemming om deze actie uit te voeren.",
)
NOT_FOUND = ProblemClass("NotFound", 404, "not_found", "Niet gevonden.", "Niet gevonden.")
METHOD_NOT_ALLOWED = ProblemClass(
    "MethodNotAllowed",
    405,
    "method_not_allowed",
    "Methode niet toegestaan.",
    "Methode niet toegestaan.",
)
NOT_ACCEPTABLE = ProblemClass(
    "NotAcceptable",
    406,
    "not_acceptable",
    "Kan niet voldoen aan de opgegeven Accept header.",
    "Kan niet voldoen aan de opgegeven Accept header.",
)
REQUEST_TIMEOUT = ProblemClass(
    "RequestTimeout",
    408,
    "request_timeout",
    "De aanvraag kwam te langzaam binnen.",
    "De aanvraag was niet op tijd helemaal binnen; er is niets vastgelegd.",
)
CONFLICT = ProblemClass("Conflict", 409, "conflict", "Er is een conflict", "Er is een conflict")
GONE = ProblemClass(
    "Gone", 410, "gone", "De resource bestaat niet meer", "De resource bestaat niet meer"
)
PRECONDITION_FAILED = ProblemClass(
    "PreconditionFailed",
    412,
    "precondition_failed",
    "Voorwaarde is niet vervuld",
    "Voorwaarde is niet vervuld",
)
PAYLOAD_TOO_LARGE = ProblemClass(
    "PayloadTooLarge",
    413,
    "payload_too_large",
    "De aanvraag is te groot.",
    "De aanvraag is te groot.",
)
UNSUPPORTED_MEDIA_TYPE = ProblemClass(
    "UnsupportedMediaType",
    415,
    "unsupported_media_type",
    "Niet-ondersteund mediatype.",
    "Niet-ondersteund mediatype.",
)
THROTTLED = ProblemClass(
    "Throttled", 429, "throttled", "Aanvraag was verstikt.", "Aanvraag was verstikt."
)
API_EXCEPTION = ProblemClass(
    "APIException", 500, "error", "Er is een serverfout opgetreden.", "Internal Server Error"
)
SERVICE_UNAVAILABLE = ProblemClass(
    "ServiceUnavailable",
    503,
    "service_unavailable",
    "De dienst is tijdelijk niet beschikbaar.",
    "De dienst is tijdelijk niet beschikbaar. Probeer het later opnieuw.",
)

# The same request may succeed later.
LATER = ((b"retry-after", b"1"),)

PROBLEM_CLASSES: Mapping[str, ProblemClass] = {
    problem.name: problem
    for problem in (
        VALIDATION_ERROR,
        PARSE_ERROR,
        AUTHENTICATION_FAILED,
        NOT_AUTHENTICATED,
        PERMISSION_DENIED,
        NOT_FOUND,
        METHOD_NOT_ALLOWED,
        NOT_ACCEPTABLE,
        REQUEST_TIMEOUT,
        CONFLICT,
        GONE,
        PRECONDITION_FAILED,
        PAYLOAD_TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        THROTTLED,
        API_EXCEPTION,
        SERVICE_UNAVAILABLE,
    )
}


class Problem(Exception):  # noqa: N818 (a problem document, RFC 7807)
    """An answer that is not a success; raised anywhere, answered in one place.

    Args:
        kind: the row of the table of errors.
        detail: what is specific to this case; never empty.
        code: a more specific code than that of the row.
        invalid_params: for a validation error, the faulty fields in order.
        headers: extra response headers, such as ``Retry-After``.
        logged: whether each one is worth a line in the log.
    """

    def __init__(  # noqa: PLR0913 (all that an answer may tell)
        self,
        kind: ProblemClass,
        detail: str | None = None,
        *,
        code: str | None = None,
        invalid_params: Sequence[Fault] | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
        logged: bool = True,
    ) -> None:
        """Describe the problem; it gets its id here, by which the log knows it."""
        super().__init__(kind.name)
        self.kind = kind
        self.detail = detail or kind.detail
        self.code = code or kind.code
        self.invalid_params = invalid_params
        self.headers = headers
        self.logged = logged
        self.id = str(uuid4())

    def document(self, base: str) -> bytes:
        """Return the problem document as JSON; `base` is scheme, host and mount path."""
        document: dict[str, object] = {
            "type": f"{base}/ref/fouten/{self.kind.name}/",
            "code": self.code,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": f"urn:uuid:{self.id}",
        }
        if self.invalid_params is not None:
            document["invalidParams"] = [fault._asdict() for fault in self.invalid_params]
        return msgspec.json.encode(document)


def validation_error(faults: Sequence[Fault]) -> Problem:
    """Return the 400 for `faults`; its detail is one sentence that names the fields."""
    names = list(dict.fromkeys(fault.name for fault in faults if fault.name != NON_FIELD))
    detail = f"Ongeldige waarde voor: {', '.join(names)}." if names else faults[0].reason
    return Problem(VALIDATION_ERROR, detail, invalid_params=faults)


def not_found(detail: str | None = None) -> Problem:
    """Return the 404 for something that is not there."""
    return Problem(NOT_FOUND, detail)
