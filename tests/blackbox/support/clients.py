"""The clients of the shared program, one per set of scopes, and its configuration."""

from typing import Final

from .tokens import Credentials
from .values import JsonObject

LEZEN: Final = "contactmomenten.lezen"
AANMAKEN: Final = "contactmomenten.aanmaken"
BIJWERKEN: Final = "contactmomenten.bijwerken"
VERWIJDEREN: Final = "contactmomenten.verwijderen"
AUDITTRAILS: Final = "audittrails.lezen"
SCOPES: Final = [LEZEN, AANMAKEN, BIJWERKEN, VERWIJDEREN, AUDITTRAILS]


def _credentials(name: str) -> Credentials:
    return Credentials(f"bb-{name}", f"geheim-van-{name}-met-meer-dan-32-tekens")


ALLES: Final = _credentials("alles")
ALLEEN: Final = {
    LEZEN: _credentials("lezen"),
    AANMAKEN: _credentials("aanmaken"),
    BIJWERKEN: _credentials("bijwerken"),
    VERWIJDEREN: _credentials("verwijderen"),
    AUDITTRAILS: _credentials("audittrails"),
}
GEEN: Final = _credentials("geen")
ZONDER_APPLICATIE: Final = _credentials("zonder-applicatie")
ANDER_COMPONENT: Final = _credentials("ander-component")
UNIE: Final = _credentials("unie")
EVERYONE: Final = [ALLES, *ALLEEN.values(), GEEN, ZONDER_APPLICATIE, ANDER_COMPONENT, UNIE]

APPLICATIE_ALLES: Final = "78591bab-9a00-4887-849c-53b21a67782f"
APPLICATIE_UNIE: Final = "0d1a7e5e-5d5c-4b53-8f0e-3a1c6b7d9e01"
LABEL_ALLES: Final = "Alle rechten – één"
LABEL_UNIE: Final = "Unie eerste"


def applicatie(
    uuid: str,
    label: str,
    credentials: Credentials,
    autorisaties: list[JsonObject],
    *,
    alles: bool = False,
) -> JsonObject:
    """Give one application in the form of the configuration file."""
    return {
        "uuid": uuid,
        "client_ids": [credentials.client_id],
        "label": label,
        "heeft_alle_autorisaties": alles,
        "autorisaties": autorisaties,
    }


def configuration(credentials: list[Credentials], applicaties: list[JsonObject]) -> JsonObject:
    """Give a whole configuration file (JSON is YAML)."""
    return {
        "vng_api_common_credentials_config_enable": True,
        "vng_api_common_credentials": {
            "items": [{"identifier": c.client_id, "secret": c.secret} for c in credentials]
        },
        "vng_api_common_applicaties_config_enable": True,
        "vng_api_common_applicaties": {"items": applicaties},
    }


def shared_configuration() -> JsonObject:
    """Give the configuration of the instance that most tests share."""
    single = [
        applicatie(
            f"11111111-0000-4000-8000-{number:012d}",
            f"Alleen {scope}",
            ALLEEN[scope],
            [{"component": "cmc", "scopes": [scope]}],
        )
        for number, scope in enumerate(SCOPES)
    ]
    return configuration(
        EVERYONE,
        [
            applicatie(APPLICATIE_ALLES, LABEL_ALLES, ALLES, [], alles=True),
            *single,
            applicatie("22222222-0000-4000-8000-000000000000", "Geen", GEEN, []),
            applicatie(
                "33333333-0000-4000-8000-000000000000",
                "Ander component",
                ANDER_COMPONENT,
                [{"component": "zrc", "scopes": SCOPES}],
            ),
            applicatie(
                APPLICATIE_UNIE, LABEL_UNIE, UNIE, [{"component": "cmc", "scopes": [LEZEN]}]
            ),
            applicatie(
                "44444444-0000-4000-8000-000000000000",
                "Unie tweede",
                UNIE,
                [
                    {"component": "cmc", "scopes": [AANMAKEN]},
                    {"component": "zrc", "scopes": [VERWIJDEREN]},
                ],
            ),
        ],
    )
