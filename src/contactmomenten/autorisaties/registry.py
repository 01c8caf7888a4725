"""What a worker knows of clients and applications: a copy of the configuration in the database.

The copy is looked after in the background: `Registry.refresh` reads it again as soon as its
version in the database has changed, so that a new secret works and a withdrawn one stops within
a second on every worker.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import msgspec
import structlog

from contactmomenten.autorisaties.scopes import COMPONENT
from contactmomenten.database.pool import Reader, Record
from contactmomenten.secrets import SecretBox, WrongKeyError

Fetch = Callable[[str], Awaitable[list[Record]]]

logger = structlog.get_logger(__name__)

_VERSION = "SELECT versie FROM configuratie"

_SECRETS = "SELECT client_id, secret FROM client_secret ORDER BY client_id, nummer"

_APPLICATIONS = """
SELECT uuid, label, client_ids, heeft_alle_autorisaties, autorisaties
FROM applicatie
ORDER BY label, uuid
"""


class _Autorisatie(msgspec.Struct):
    component: str
    scopes: list[str]


_autorisaties = msgspec.json.Decoder(list[_Autorisatie])


@dataclass(frozen=True, slots=True)
class Applicatie:
    """An application of the AC or the configuration: what its clients may do here.

    `scopes` are those for this component only; autorisaties for other components do not count.
    """

    uuid: str
    label: str
    client_ids: tuple[str, ...]
    heeft_alle_autorisaties: bool
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of the configuration."""

    version: int
    secrets: Mapping[str, tuple[str, ...]]
    applicaties: Mapping[str, tuple[Applicatie, ...]]


class Registry:
    """The clients and applications as this worker knows them now."""

    def __init__(self, box: SecretBox, snapshot: Snapshot) -> None:
        """Start with `snapshot`; `box` opens the secrets of later ones."""
        self._box = box
        self.snapshot = snapshot

    async def refresh(self, reader: Reader) -> None:
        """Read the configuration again if it has changed."""
        if await reader.value(_VERSION) != self.snapshot.version:
            self.snapshot = await read_snapshot(reader.rows, self._box)
            logger.info("configuration_read", version=self.snapshot.version)


async def read_snapshot(fetch: Fetch, box: SecretBox) -> Snapshot:
    """Read clients and applications from the database, by `fetch`.

    The version is read first: a change halfway is then read again at the next refresh.
    """
    version = (await fetch(_VERSION))[0]["versie"]
    secrets: dict[str, list[str]] = defaultdict(list)
    for row in await fetch(_SECRETS):
        try:
            secret = box.decrypt(row["secret"], place=f"client_secret:{row['client_id']}")
        except WrongKeyError:
            logger.warning("secret_of_client_unreadable", client_id=row["client_id"])
            continue
        secrets[row["client_id"]].append(secret)
    applicaties: dict[str, list[Applicatie]] = defaultdict(list)
    for row in await fetch(_APPLICATIONS):
        applicatie = Applicatie(
            uuid=str(row["uuid"]),
            label=row["label"],
            client_ids=tuple(row["client_ids"]),
            heeft_alle_autorisaties=row["heeft_alle_autorisaties"],
            scopes=frozenset(
                scope
                for autorisatie in _autorisaties.decode(row["autorisaties"])
                if autorisatie.component == COMPONENT
                for scope in autorisatie.scopes
            ),
        )
        for client_id in applicatie.client_ids:
            applicaties[client_id].append(applicatie)
    return Snapshot(
        version=version,
        secrets={client_id: tuple(values) for client_id, values in secrets.items()},
        applicaties={client_id: tuple(values) for client_id, values in applicaties.items()},
    )
