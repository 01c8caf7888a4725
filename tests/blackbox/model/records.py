"""What the model keeps, and how that is written down."""

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from tests.blackbox.support.values import JsonObject

UUID: Final = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
# The words for each action, and the status it is answered with.
ACTIES: Final = {
    "create": ("Object aangemaakt", 201),
    "update": ("Object bijgewerkt", 200),
    "partial_update": ("Object deels bijgewerkt", 200),
    "destroy": ("Object verwijderd", 204),
}


@dataclass(eq=False)
class Moment:
    """A contactmoment; `identified` tells when it first had a medewerkerIdentificatie."""

    uuid: str
    values: JsonObject
    vorig: "Moment | None" = None
    identified: float = math.inf
    trail: list[JsonObject] = field(default_factory=list)


@dataclass(eq=False)
class Relation:
    """A klantcontactmoment or objectcontactmoment."""

    uuid: str
    moment: Moment
    values: JsonObject


@dataclass(frozen=True)
class Change:
    """One line of a trail: what was done, the name of what it was done to, before and after."""

    actie: str
    name: str
    resource: str = "contactmoment"
    oud: JsonObject | None = None
    nieuw: JsonObject | None = None


@dataclass(frozen=True)
class Kind:
    """What the two kinds of relations differ in."""

    path: str
    target: str
    word: str
    words: tuple[str, ...]
    unique: tuple[str, ...]
    filters: tuple[str, ...]

    def named(self, relation: Relation) -> tuple[str, str]:
        """Return the name that a relation has in the trail, and its resource."""
        last = relation.values[self.target].rstrip("/").rpartition("/")[2]
        return f"({weergave(relation.moment)}) - {last}", f"{self.target}contactmoment"


KLANT: Final = Kind(
    "klantcontactmomenten",
    "klant",
    "rol",
    ("belanghebbende", "gesprekspartner"),
    ("contactmoment", "klant", "rol"),
    ("contactmoment", "klant", "rol", "page"),
)
OBJECT: Final = Kind(
    "objectcontactmomenten",
    "object",
    "objectType",
    ("zaak",),
    ("contactmoment", "object"),
    ("object", "contactmoment", "objectType", "page"),
)
KINDS: Final = {kind.path: kind for kind in (KLANT, OBJECT)}


def stamp(moment: datetime) -> str:
    """Return a date-time as it is answered (4.1.3)."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def weergave(moment: Moment) -> str:
    """Return the name of a contactmoment in the trail (9.2)."""
    values = moment.values
    medewerker = values["medewerker"].rstrip("/").rpartition("/")[2]
    datum = values["registratiedatum"].isoformat(sep=" ")
    return f"{values['bronorganisatie']} {medewerker} at {datum} via {values['kanaal']}"


def plain(uuid: str) -> str:
    """Return a UUID in its usual spelling; other text as it is."""
    if not UUID.fullmatch(uuid):
        return uuid
    text = uuid.lower().replace("-", "")
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
