"""Values that no other test uses, and the bodies that tests start from."""

import random
import uuid
from typing import Any, Final

JsonObject = dict[str, Any]


class Omit:
    """Marks a property that must be left out."""

    def __repr__(self) -> str:
        return "OMIT"


OMIT: Final = Omit()
RSIN: Final = "423182687"
UNKNOWN: Final = "5f0d7a3c-0000-4000-8000-000000000000"  # the uuid of nothing

CONTACTMOMENT_KEYS: Final = [
    "url",
    "vorigContactmoment",
    "volgendContactmoment",
    "bronorganisatie",
    "registratiedatum",
    "kanaal",
    "voorkeurskanaal",
    "voorkeurstaal",
    "tekst",
    "onderwerpLinks",
    "initiatiefnemer",
    "medewerker",
    "medewerkerIdentificatie",
]
MEDEWERKER_KEYS: Final = ["identificatie", "achternaam", "voorletters", "voorvoegselAchternaam"]
KLANT_KEYS: Final = ["url", "contactmoment", "klant", "rol"]
OBJECT_KEYS: Final = ["url", "contactmoment", "object", "objectType"]
AUDIT_KEYS: Final = [
    "uuid",
    "bron",
    "applicatieId",
    "applicatieWeergave",
    "gebruikersId",
    "gebruikersWeergave",
    "actie",
    "actieWeergave",
    "resultaat",
    "hoofdObject",
    "resource",
    "resourceUrl",
    "toelichting",
    "resourceWeergave",
    "aanmaakdatum",
    "wijzigingen",
]


def unique(prefix: str = "t") -> str:
    """Give a short lower-case text that occurs nowhere else in the data."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def unique_rsin() -> str:
    """Give a valid RSIN that (very probably) no other test uses."""
    while True:
        digits = [random.randrange(10) for _ in range(8)]  # noqa: S311 - no secret
        last = sum(d * w for d, w in zip(digits, range(9, 1, -1), strict=True)) % 11
        if last < 10 and any(digits):
            return "".join(map(str, [*digits, last]))


def without_omitted(fields: JsonObject) -> JsonObject:
    """Drop every property whose value is OMIT."""
    return {name: value for name, value in fields.items() if value is not OMIT}


def uuid_of(url: str) -> str:
    """Give the last path segment of a URL."""
    return url.rsplit("/", 1)[-1]
