"""What the database holds of the configuration."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec

from contactmomenten.configuration.model import Applicatie, Autorisatie, Service
from contactmomenten.database.pool import Record
from contactmomenten.secrets import SecretBox, WrongKeyError

Fetch = Callable[[str], Awaitable[list[Record]]]

# Only one run at a time: the next one waits here and then sees what this one did.
LOCK: Final = "SELECT versie FROM configuratie FOR UPDATE"

# Where the value stands that shows whether a key is the right one.
PROOF_PLACE: Final = "sleutelproef"

_SECRETS = "SELECT client_id, nummer, secret FROM client_secret ORDER BY client_id, nummer"
_APPLICATIES = """
SELECT uuid, label, client_ids, heeft_alle_autorisaties, autorisaties::text AS autorisaties
FROM applicatie
ORDER BY label, uuid
"""
_SERVICES = """
SELECT identifier, label, api_root, api_type, auth_type, client_id, secret, user_id,
       user_representation, header_key, header_value
FROM service
ORDER BY identifier
"""
_SETTINGS = "SELECT naam, waarde::text AS waarde FROM instelling"


@dataclass(frozen=True)
class StoredService:
    """A service, and which of its values cannot be read with the present key."""

    service: Service
    unreadable: frozenset[str]


@dataclass(frozen=True)
class Stored:
    """All of it; for a secret that the present key does not open: None."""

    secrets: dict[str, dict[int, str | None]] = field(repr=False)  # client → number → secret
    applicaties: dict[UUID, Applicatie]
    services: dict[str, StoredService]
    settings: dict[str, dict[str, object]]


NOTHING: Final = Stored({}, {}, {}, {})


async def read_stored(fetch: Fetch, box: SecretBox) -> Stored:
    """Return what is stored, read by `fetch`, its secrets decrypted with `box`."""
    secrets: dict[str, dict[int, str | None]] = {}
    for row in await fetch(_SECRETS):
        client = row["client_id"]
        secret = _opened(box, row["secret"], client_secret_place(client))
        secrets.setdefault(client, {})[row["nummer"]] = secret
    applicaties = [
        Applicatie(
            uuid=row["uuid"],
            label=row["label"],
            client_ids=row["client_ids"],
            heeft_alle_autorisaties=row["heeft_alle_autorisaties"],
            autorisaties=msgspec.json.decode(row["autorisaties"], type=list[Autorisatie]),
        )
        for row in await fetch(_APPLICATIES)
    ]
    services = [_service(row, box) for row in await fetch(_SERVICES)]
    return Stored(
        secrets=secrets,
        applicaties={applicatie.uuid: applicatie for applicatie in applicaties},
        services={stored.service.identifier: stored for stored in services},
        settings={
            row["naam"]: msgspec.json.decode(row["waarde"], type=dict[str, object])
            for row in await fetch(_SETTINGS)
        },
    )


def client_secret_place(client: str) -> str:
    """Return where a secret of `client` stands, as `SecretBox` wants to know."""
    return f"client_secret:{client}"


def service_place(identifier: str, column: str) -> str:
    """Return where the secret in `column` of a service stands."""
    return f"service:{identifier}:{column}"


def _service(row: Record, box: SecretBox) -> StoredService:
    values = dict(row)
    unreadable = set()
    for column in ("secret", "header_value"):
        encrypted = values[column]
        place = service_place(values["identifier"], column)
        opened = "" if encrypted is None else _opened(box, encrypted, place)
        values[column] = opened or ""
        if opened is None:
            unreadable.add(column)
    return StoredService(Service(**values), frozenset(unreadable))


def _opened(box: SecretBox, value: bytes, place: str) -> str | None:
    try:
        return box.decrypt(value, place=place)
    except WrongKeyError:
        return None
