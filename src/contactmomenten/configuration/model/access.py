"""Who may call this API: the secrets of clients and the rights of applications."""

from typing import Annotated, Final, Literal
from uuid import UUID

from msgspec import Meta, field

from contactmomenten.autorisaties.scopes import NOTIFICATIES_PUBLICEREN
from contactmomenten.autorisaties.scopes import SCOPES as OWN_SCOPES
from contactmomenten.configuration.model.part import WRITE_ONLY, Part

SCOPES: Final = (*OWN_SCOPES, NOTIFICATIES_PUBLICEREN)

Component = Literal["ac", "nrc", "zrc", "ztc", "drc", "brc", "cmc", "kc", "vrc"]
ClientId = Annotated[str, Meta(min_length=1, max_length=50)]


class Credential(Part, frozen=True, kw_only=True):
    """A secret with which one client signs its tokens."""

    identifier: Annotated[
        ClientId,
        Meta(
            description="The client_id in the tokens of the client. It may stand twice, each time "
            "with a secret of its own, so that the client can change to a new secret at leisure.",
            examples=["portal"],
        ),
    ]
    secret: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=255,
            description="The secret the client signs with; 32 characters or more. Better not in "
            "this file: use ${VARIABLE} or value_from.",
            examples=["${PORTAL_SECRET}"],
            extra_json_schema=WRITE_ONLY,
        ),
    ]


class Credentials(Part, frozen=True, kw_only=True):
    """The secrets of all clients that may call this API."""

    items: Annotated[
        list[Credential],
        Meta(description="All secrets; one that is no longer listed is withdrawn."),
    ]


class Autorisatie(Part, frozen=True, kw_only=True):
    """What an application may do in one component."""

    component: Annotated[
        Component, Meta(description="The component the scopes are for; this API is `cmc`.")
    ]
    scopes: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=100)]],
        Meta(
            min_length=1,
            description=f"Known for cmc: {', '.join(SCOPES)}.",
            examples=[["contactmomenten.lezen", "contactmomenten.aanmaken"]],
        ),
    ]


class Applicatie(Part, frozen=True, kw_only=True):
    """An application and its rights."""

    uuid: Annotated[
        UUID,
        Meta(
            description="Identifies the application, in audit trails too: do not change it.",
            examples=["8a6a1d3c-6e1b-4f0e-9d0a-2f6f0a9b6c11"],
        ),
    ]
    client_ids: Annotated[
        list[ClientId],
        Meta(
            min_length=1,
            description="The clients (client_id in their tokens) that belong to the application. "
            "A client in several applications has the rights of all of them.",
            examples=[["portal"]],
        ),
    ]
    label: Annotated[
        str, Meta(min_length=1, max_length=100, description="Its name, for people to read.")
    ]
    heeft_alle_autorisaties: Annotated[
        bool, Meta(description="Everything is allowed; give no autorisaties then.")
    ] = False
    autorisaties: Annotated[
        list[Autorisatie], Meta(description="What is allowed, per component.")
    ] = field(default_factory=list)


class Applicaties(Part, frozen=True, kw_only=True):
    """All applications that have rights here."""

    items: Annotated[
        list[Applicatie],
        Meta(description="All applications; one that is no longer listed loses its rights."),
    ]
