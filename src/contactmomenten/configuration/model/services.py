"""Which other APIs this one calls, and for what."""

from typing import Annotated, Final, Literal

from msgspec import Meta

from contactmomenten.configuration.model.part import WRITE_ONLY, Part

# The keys that each way of signing in needs, and those it looks at besides.
AUTH_NEEDS: Final = {
    "zgw": ("client_id", "secret"),
    "api_key": ("header_key", "header_value"),
    "no_auth": (),
}
AUTH_USES: Final = {
    "zgw": ("client_id", "secret", "user_id", "user_representation"),
    "api_key": ("header_key", "header_value"),
    "no_auth": (),
}

MOST: Final = 2_147_483_647


class Service(Part, frozen=True, kw_only=True):
    """Another API that this one calls, and how to sign in there."""

    identifier: Annotated[
        str,
        Meta(
            max_length=255,
            pattern=r"^[A-Za-z0-9_-]+$",
            description="A short name, by which other blocks refer to the service.",
            examples=["notificaties-api"],
            extra={"reason": "must be a name of letters, digits, - and _"},
        ),
    ]
    label: Annotated[
        str, Meta(min_length=1, max_length=100, description="Its name, for people to read.")
    ]
    api_root: Annotated[
        str,
        Meta(
            max_length=255,
            pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#@]+(/[^\s?#]*)?$",
            description="The URL that all URLs of the API begin with; it ends in a slash.",
            examples=["https://notificaties.example.nl/api/v1/"],
            extra={
                "reason": "must be an absolute URL (https://host/path/) "
                "without user, query and fragment"
            },
        ),
    ]
    api_type: Annotated[
        Literal["ac", "nrc", "zrc", "ztc", "drc", "brc", "cmc", "kc", "vrc", "orc"],
        Meta(description="The kind of API: ac Autorisaties, nrc Notificaties, …, orc any other."),
    ] = "orc"
    auth_type: Annotated[
        Literal["zgw", "api_key", "no_auth"],
        Meta(
            description="How to sign in. zgw: a token made with client_id and secret; api_key: the "
            "header of header_key and header_value; no_auth: not at all."
        ),
    ] = "zgw"
    client_id: Annotated[
        str, Meta(max_length=255, description="zgw: how this installation is known there.")
    ] = ""
    secret: Annotated[
        str,
        Meta(
            max_length=255,
            description="zgw: the secret that belongs to client_id.",
            extra_json_schema=WRITE_ONLY,
        ),
    ] = ""
    user_id: Annotated[str, Meta(max_length=255, description="zgw: user_id in the token.")] = ""
    user_representation: Annotated[
        str, Meta(max_length=255, description="zgw: user_representation in the token.")
    ] = ""
    header_key: Annotated[
        str,
        Meta(
            max_length=100,
            pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]*$",
            description="api_key: the name of the header.",
            examples=["Authorization"],
            extra={"reason": "must be the name of an HTTP header"},
        ),
    ] = ""
    header_value: Annotated[
        str,
        Meta(
            max_length=4000,
            pattern=r"^[ -~]*$",
            description="api_key: the value of the header; a secret.",
            examples=["Token ${API_TOKEN}"],
            extra={"reason": "must hold nothing but printable ASCII, as a header demands"},
            extra_json_schema=WRITE_ONLY,
        ),
    ] = ""


class Services(Part, frozen=True, kw_only=True):
    """All other APIs that this one calls with a sign-in of its own."""

    services: Annotated[
        list[Service], Meta(description="All services; one that is no longer listed is removed.")
    ]


class Notifications(Part, frozen=True, kw_only=True):
    """To which Notificaties API notifications go, and how often that is tried."""

    notifications_api_service_identifier: Annotated[
        str,
        Meta(
            max_length=255,
            description="The service (zgw_consumers) of the Notificaties API; '' for none.",
            examples=["notificaties-api"],
        ),
    ]
    notification_delivery_max_retries: Annotated[
        int,
        Meta(ge=0, le=MOST, description="How often delivery is tried again; 0 is never."),
    ] = 5
    notification_delivery_retry_backoff: Annotated[
        int,
        Meta(
            ge=0,
            le=MOST,
            description="Seconds: the first wait; each next one is twice as long.",
        ),
    ] = 3
    notification_delivery_retry_backoff_max: Annotated[
        int, Meta(ge=0, le=MOST, description="Seconds: no wait is longer.")
    ] = 48


class Autorisaties(Part, frozen=True, kw_only=True):
    """Which Autorisaties API is asked for the rights of applications not in this file."""

    autorisaties_api_service_identifier: Annotated[
        str,
        Meta(
            max_length=255,
            description="The service (zgw_consumers) of the Autorisaties API; '' for none.",
            examples=["autorisaties-api"],
        ),
    ]
