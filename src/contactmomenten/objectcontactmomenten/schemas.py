"""The resource ObjectContactMoment (behaviour 4.4)."""

from typing import Annotated

import msgspec

from contactmomenten.fields import Choice, OwnUrl, Reference, Url, field_table


class ObjectContactMoment(msgspec.Struct, rename="camel"):
    """One object of one contactmoment, as it is answered."""

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
    object: Annotated[
        str,
        Url(
            title="Object",
            description="URL van het object, in een andere API.",
            required=True,
            blank=False,
        ),
    ]
    object_type: Annotated[
        str,
        Choice(
            title="Objecttype",
            description="Het soort object: `zaak`.",
            required=True,
            choices=("zaak",),
        ),
    ]


OBJECTCONTACTMOMENT = field_table(ObjectContactMoment)
