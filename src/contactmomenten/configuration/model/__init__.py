"""What a configuration file may hold: the one source of its checks and of its JSON Schema."""

from contactmomenten.configuration.model.access import (
    SCOPES,
    Applicatie,
    Applicaties,
    Autorisatie,
    Credential,
    Credentials,
)
from contactmomenten.configuration.model.document import BLOCKS, Document
from contactmomenten.configuration.model.part import Part
from contactmomenten.configuration.model.services import (
    AUTH_NEEDS,
    AUTH_USES,
    Autorisaties,
    Notifications,
    Service,
    Services,
)

__all__ = [
    "AUTH_NEEDS",
    "AUTH_USES",
    "BLOCKS",
    "SCOPES",
    "Applicatie",
    "Applicaties",
    "Autorisatie",
    "Autorisaties",
    "Credential",
    "Credentials",
    "Document",
    "Notifications",
    "Part",
    "Service",
    "Services",
]
