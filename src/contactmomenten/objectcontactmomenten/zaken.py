"""What the Zaken API says of a zaak and its contactmomenten (cm-005, cm-006, behaviour 5)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from contactmomenten.existence import Existence
from contactmomenten.fields.base import Fault
from contactmomenten.outgoing import Answer, CallFailed, OutgoingClient, Served
from contactmomenten.outgoing.urls import without_user

_OK: Final = 200
_ZAAK_HEADERS: Final = {"accept": "application/json", "accept-crs": "EPSG:4326"}
_LIST_HEADERS: Final = {"accept": "application/json", "content-type": "application/json"}

_REQUIRED: Final = ("bronorganisatie", "zaaktype", "verantwoordelijkeOrganisatie", "startdatum")
_TEXTS: Final = (
    *_REQUIRED,
    "url",
    "uuid",
    "identificatie",
    "omschrijving",
    "toelichting",
    "registratiedatum",
    "communicatiekanaal",
    "vertrouwelijkheidaanduiding",
    "betalingsindicatie",
    "betalingsindicatieWeergave",
    "selectielijstklasse",
    "archiefstatus",
)
_NULLABLE_TEXTS: Final = (
    "einddatum",
    "einddatumGepland",
    "uiterlijkeEinddatumAfdoening",
    "publicatiedatum",
    "laatsteBetaaldatum",
    "hoofdzaak",
    "status",
    "archiefnominatie",
    "archiefactiedatum",
    "resultaat",
)
_LISTS: Final = ("productenOfDiensten", "deelzaken", "relevanteAndereZaken", "kenmerken")

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(_TEXTS, (str,)),
    **dict.fromkeys(_NULLABLE_TEXTS, (str, type(None))),
    **dict.fromkeys(_LISTS, (list,)),
}


class LookupFailedError(Exception):
    """The source did not tell whether it has the relation; the text says why, in Dutch.

    Attributes:
        outcome: the same without anything that may tell of a person, such as ``HTTP 500``.
    """

    def __init__(self, message: str, outcome: str) -> None:
        super().__init__(message)
        self.outcome = outcome


def is_zaak(body: object) -> bool:
    """Tell whether `body` has the shape of a zaak; formats and values are not looked at."""
    if not isinstance(body, dict) or not all(name in body for name in _REQUIRED):
        return False
    return all(isinstance(body[name], allowed) for name, allowed in _TYPES.items() if name in body)


async def zaak_fault(existence: Existence, url: str, served: Served) -> Fault | None:
    """Return the fault of the field object when `url` gives no zaak (cm-005), else None."""
    answer = await existence.get(url, "object", served, _ZAAK_HEADERS)
    if isinstance(answer, Fault):
        return answer
    if _has_shape(answer):
        return None
    reason = (
        f"De URL {without_user(url)} resource lijkt niet op een `Zaak`. Geef een validate URL op."
    )
    return Fault("object", "invalid-resource", reason)


def _has_shape(answer: Answer) -> bool:
    try:
        return is_zaak(answer.json())
    except CallFailed:
        return False


def list_url(zaak: str) -> str:
    """Return the URL of the zaakcontactmomenten of the API that `zaak` belongs to."""
    parts = urlsplit(zaak)
    segments = parts.path.rstrip("/").split("/")
    root = "/".join(segments[:-2]) if len(segments) > 2 else ""  # noqa: PLR2004 (…/zaken/uuid)
    return urlunsplit((parts.scheme, parts.netloc, f"{root}/zaakcontactmomenten", "", ""))


async def is_related(
    client: OutgoingClient, zaak: str, contactmomenten: Iterable[str], served: Served
) -> bool:
    """Tell whether the source of `zaak` has a relation with the contactmoment (cm-006).

    Args:
        client: to ask with.
        zaak: the URL of the zaak, to the letter as its creator gave it.
        contactmomenten: spellings of the URL of the contactmoment, asked one after another.
        served: the request that is served.

    Raises:
        LookupFailedError: the source does not answer with a list.
    """
    for contactmoment in dict.fromkeys(contactmomenten):
        query = urlencode({"zaak": zaak, "contactmoment": contactmoment})
        if await _count(client, f"{list_url(zaak)}?{query}", served):
            return True
    return False


async def _count(client: OutgoingClient, url: str, served: Served) -> int:
    try:
        answer = await client.get(url, headers=_LIST_HEADERS, served=served)
        body = answer.json() if answer.status == _OK else None
    except CallFailed as error:
        message = f"{_without_query(error.url)} kon niet opgehaald worden: {error.reason}"
        raise LookupFailedError(client.without_secrets(message), error.reason) from None
    if answer.status != _OK:
        where = f"{_without_query(answer.url)} gaf als antwoord HTTP {answer.status}"
        # Cleaned before it is cut off: half a secret would not be known as one.
        detail = client.without_secrets(_detail(answer))[:500]
        message = client.without_secrets(where) + (f": {detail}" if detail else ".")
        raise LookupFailedError(message, f"HTTP {answer.status}")
    results: Any = body.get("results") if isinstance(body, dict) else body
    if not isinstance(results, list):
        message = f"{_without_query(answer.url)} gaf geen lijst van relaties."
        raise LookupFailedError(client.without_secrets(message), "geen lijst")
    return len(results)


def _detail(answer: Answer) -> str:
    """Return the detail that the source gives itself, empty if there is none."""
    try:
        body = answer.json()
    except CallFailed:
        return ""
    detail = body.get("detail") if isinstance(body, dict) else None
    return detail if isinstance(detail, str) else ""


def _without_query(url: str) -> str:
    return url.partition("?")[0]
