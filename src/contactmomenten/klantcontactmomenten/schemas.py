"""The resource KlantContactMoment (behaviour 4.3)."""

from typing import Annotated

import msgspec

from contactmomenten.fields import Choice, OwnUrl, Reference, Url, field_table


class KlantContactMoment(msgspec.Struct, rename="camel"):
    """One customer in one role in one contactmoment, as it is answered."""

    url: Annotated[
        str,
        OwnUrl(title="Url", description="De URL waarop deze relatie te vinden is."),
    ]
    contactmoment: Annotated[
        str,
        Reference(
            title="Contactmoment",
            description="URL van het contactmoment.",
            required=True,
        ),
    ]
    klant: Annotated[
        str,
        Url(
            title="Klant",
            description="URL van de klant in de Klanten API.",
            required=True,
            blank=False,
        ),
    ]
    rol: Annotated[
        str,
        Choice(
            title="Rol",
            description="Als wie de klant bij het contactmoment hoort. Een klant met twee rollen "
            "krijgt twee klantcontactmomenten.",
            required=True,
            choices=("belanghebbende", "gesprekspartner"),
        ),
    ]


KLANTCONTACTMOMENT = field_table(KlantContactMoment)
