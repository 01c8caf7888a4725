"""The resource ContactMoment: its fields in the order of the standard (behaviour 4.1, 4.2)."""

from datetime import datetime
from typing import Annotated

import msgspec

from contactmomenten.fields import (
    Choice,
    ListOf,
    Moment,
    Nested,
    OwnUrl,
    Reference,
    Rsin,
    Text,
    Url,
    field_table,
)


class Medewerker(msgspec.Struct, rename="camel"):
    """The employee who had the conversation, when no URL can be given."""

    identificatie: Annotated[
        str,
        Text(title="Identificatie", description="Korte, unieke aanduiding.", max_length=24),
    ] = ""
    achternaam: Annotated[
        str,
        Text(
            title="Achternaam",
            description="De achternaam die dagelijks wordt gebruikt.",
            max_length=200,
        ),
    ] = ""
    voorletters: Annotated[
        str,
        Text(
            title="Voorletters",
            description="De eerste letters van de voornamen, op volgorde.",
            max_length=20,
        ),
    ] = ""
    voorvoegsel_achternaam: Annotated[
        str,
        Text(
            title="Voorvoegsel achternaam",
            description="Het deel van de naam dat voor de achternaam staat.",
            max_length=10,
        ),
    ] = ""


MEDEWERKER = field_table(Medewerker)


class ContactMoment(msgspec.Struct, rename="camel"):
    """One conversation, as it is answered.

    `medewerker_identificatie` is the JSON of a `Medewerker` (or ``null``), as it is stored.
    """

    url: Annotated[
        str,
        OwnUrl(title="Url", description="De URL waarop dit contactmoment te vinden is."),
    ]
    vorig_contactmoment: Annotated[
        str | None,
        Reference(
            title="Vorig contactmoment",
            description="URL van het contactmoment waarop dit contactmoment een vervolg is.",
            nullable=True,
        ),
    ]
    volgend_contactmoment: Annotated[
        str | None,
        OwnUrl(
            title="Volgend contactmoment",
            description="URL van het contactmoment dat op dit contactmoment volgt.",
            nullable=True,
        ),
    ]
    bronorganisatie: Annotated[
        str,
        Rsin(
            title="Bronorganisatie",
            description="RSIN van de organisatie die het contactmoment heeft vastgelegd: "
            "9 cijfers die aan de elfproef voldoen.",
            required=True,
        ),
    ]
    registratiedatum: Annotated[
        datetime,
        Moment(
            title="Registratiedatum",
            description="Het tijdstip waarop het contactmoment is vastgelegd.",
        ),
    ]
    kanaal: Annotated[
        str,
        Text(
            title="Kanaal",
            description="Het communicatiekanaal waarlangs het contact verloopt.",
            max_length=50,
        ),
    ]
    voorkeurskanaal: Annotated[
        str,
        Text(
            title="Voorkeurskanaal",
            description="Het communicatiekanaal dat de klant voor een vervolg het liefst heeft.",
            max_length=50,
        ),
    ]
    voorkeurstaal: Annotated[
        str,
        Text(
            title="Voorkeurstaal",
            description="Taal van de inhoud, als code volgens ISO 639-2/B, zoals `nld`.",
            max_length=3,
        ),
    ]
    tekst: Annotated[
        str,
        Text(title="Tekst", description="Beschrijving van de inhoud van het contact."),
    ]
    onderwerp_links: Annotated[
        list[str],
        ListOf(
            title="Onderwerp links",
            description="Links naar de onderwerpen van het contact, "
            "waarmee contactmomenten te groeperen zijn.",
            item=Url(
                title="Onderwerp link",
                description="URL van een product, webpagina of ander onderwerp.",
                blank=False,
            ),
        ),
    ]
    initiatiefnemer: Annotated[
        str,
        Choice(
            title="Initiatiefnemer",
            description="De partij die het initiatief tot het contact nam.",
            choices=("gemeente", "klant"),
            blank=True,
        ),
    ]
    medewerker: Annotated[
        str,
        Url(title="Medewerker", description="URL van de medewerker die het contact had."),
    ]
    medewerker_identificatie: Annotated[
        msgspec.Raw,
        Nested(
            title="Medewerker identificatie",
            description="De medewerker die het contact had, als er geen URL van is.",
            nullable=True,
            struct=Medewerker,
            table=MEDEWERKER,
        ),
    ]


CONTACTMOMENT = field_table(ContactMoment)
