"""The resource AuditTrail (behaviour 4.5); it is never sent by a client."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from contactmomenten.fields import Plain, field_table

# The components of the ZGW standards (OAS AuditTrail.bron).
COMPONENTEN = {
    "ac": "Autorisaties API",
    "nrc": "Notificaties API",
    "zrc": "Zaken API",
    "ztc": "Catalogi API",
    "drc": "Documenten API",
    "brc": "Besluiten API",
    "cmc": "Contactmomenten API",
    "kc": "Klanten API",
}
BRON = "cmc"

ACTIES = {
    "create": "Object aangemaakt",
    "list": "Lijst van objecten opgehaald",
    "retrieve": "Object opgehaald",
    "destroy": "Object verwijderd",
    "update": "Object bijgewerkt",
    "partial_update": "Object deels bijgewerkt",
}


def _explained(values: dict[str, str]) -> str:
    lines = "".join(f"\n\n* `{value}` - {meaning}" for value, meaning in values.items())
    return "\n\nBetekenis van de waarden:" + lines


class Wijzigingen(msgspec.Struct):
    """The resource before and after a change, as JSON; ``null`` where there was none."""

    oud: Annotated[
        msgspec.Raw,
        Plain(
            title="Oud",
            description="De volledige JSON van het object vóór de actie.",
            type="object",
            nullable=True,
        ),
    ]
    nieuw: Annotated[
        msgspec.Raw,
        Plain(
            title="Nieuw",
            description="De volledige JSON van het object na de actie.",
            type="object",
            nullable=True,
        ),
    ]


class AuditTrail(msgspec.Struct, rename="camel"):
    """One line of the trail, as it is answered."""

    uuid: Annotated[
        UUID,
        Plain(title="Uuid", description="Unieke aanduiding van de regel.", format="uuid"),
    ]
    bron: Annotated[
        str,
        Plain(
            title="Bron",
            description="Het component waarin de wijziging is gedaan." + _explained(COMPONENTEN),
            enum=tuple(COMPONENTEN),
            required=True,
        ),
    ]
    applicatie_id: Annotated[
        str,
        Plain(
            title="Applicatie id",
            description="Unieke aanduiding van de applicatie binnen de organisatie.",
            max_length=100,
        ),
    ]
    applicatie_weergave: Annotated[
        str,
        Plain(
            title="Applicatie weergave",
            description="Leesbare naam van de applicatie.",
            max_length=200,
        ),
    ]
    gebruikers_id: Annotated[
        str,
        Plain(
            title="Gebruikers id",
            description="Unieke aanduiding van de gebruiker, binnen de organisatie te herleiden "
            "tot een persoon.",
            max_length=255,
        ),
    ]
    gebruikers_weergave: Annotated[
        str,
        Plain(
            title="Gebruikers weergave",
            description="Leesbare naam van de gebruiker.",
            max_length=255,
        ),
    ]
    actie: Annotated[
        str,
        Plain(
            title="Actie",
            description="De handeling die is uitgevoerd. Andere waarden zijn mogelijk."
            + _explained(ACTIES),
            min_length=1,
            max_length=50,
            required=True,
        ),
    ]
    actie_weergave: Annotated[
        str,
        Plain(
            title="Actie weergave",
            description="Leesbare naam van de actie.",
            max_length=200,
        ),
    ]
    resultaat: Annotated[
        int,
        Plain(
            title="Resultaat",
            description="HTTP-status van het antwoord op de handeling.",
            type="integer",
            minimum=100,
            maximum=599,
            required=True,
        ),
    ]
    hoofd_object: Annotated[
        str,
        Plain(
            title="Hoofd object",
            description="URL van het contactmoment.",
            format="uri",
            min_length=1,
            max_length=1000,
            required=True,
        ),
    ]
    resource: Annotated[
        str,
        Plain(
            title="Resource",
            description="Het soort resource waarop de handeling plaatsvond.",
            min_length=1,
            max_length=50,
            required=True,
        ),
    ]
    resource_url: Annotated[
        str,
        Plain(
            title="Resource url",
            description="URL van de resource.",
            format="uri",
            min_length=1,
            max_length=1000,
            required=True,
        ),
    ]
    toelichting: Annotated[
        str,
        Plain(title="Toelichting", description="De reden van de handeling."),
    ]
    resource_weergave: Annotated[
        str,
        Plain(
            title="Resource weergave",
            description="Leesbare aanduiding van de resource.",
            min_length=1,
            max_length=200,
            required=True,
        ),
    ]
    aanmaakdatum: Annotated[
        datetime,
        Plain(
            title="Aanmaakdatum",
            description="Het tijdstip van de handeling.",
            format="date-time",
            read_only=True,
        ),
    ]
    wijzigingen: Annotated[
        Wijzigingen,
        Plain(title="Wijzigingen", ref="Wijzigingen", required=True),
    ]


WIJZIGINGEN = field_table(Wijzigingen)
AUDITTRAIL = field_table(AuditTrail)
