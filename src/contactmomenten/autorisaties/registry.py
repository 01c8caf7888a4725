"""What a worker knows of the configuration: a copy of what is in the database.

The copy is looked after in the background: `Registry.refresh` reads it again as soon as its
version in the database has changed, so that a new secret works and a withdrawn one stops within
a second on every worker.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
import structlog

from contactmomenten.autorisaties.applicaties import Applicatie
from contactmomenten.autorisaties.scopes import COMPONENT
from contactmomenten.configuration.model import Applicatie as ConfiguredApplicatie
from contactmomenten.configuration.model import Autorisaties, Notifications, Service
from contactmomenten.configuration.stored import PROOF_PLACE, Fetch, Stored, read_stored
from contactmomenten.database.pool import Reader
from contactmomenten.secrets import SecretBox, WrongKeyError

T = TypeVar("T")

logger = structlog.get_logger(__name__)

_VERSION = "SELECT versie FROM configuratie"
_PROOF = "SELECT sleutelproef FROM configuratie"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of the configuration.

    Attributes:
        version: its number in the database.
        secrets: the live secrets of each client.
        applicaties: the applications of each client.
        services: the other APIs that may be called.
        notifications: to which Notificaties API notifications go, if any.
        autorisaties: which Autorisaties API is asked, if any.
    """

    version: int
    secrets: Mapping[str, tuple[str, ...]] = field(repr=False)
    applicaties: Mapping[str, tuple[Applicatie, ...]]
    services: tuple[Service, ...] = field(repr=False)
    notifications: Notifications | None
    autorisaties: Autorisaties | None

    def service(self, identifier: str) -> Service | None:
        """Return the service with `identifier`."""
        return next((one for one in self.services if one.identifier == identifier), None)


class Registry:
    """The configuration as this worker knows it now."""

    def __init__(self, box: Callable[[], SecretBox], snapshot: Snapshot) -> None:
        """Start with `snapshot`; `box` gives, each time, what opens the secrets of a later one."""
        self._box = box
        self._told = False
        self.snapshot = snapshot

    async def refresh(self, reader: Reader) -> None:
        """Read the configuration again if it has changed.

        With a key that opens none of it, this worker goes on with what it knew: it was not told
        of a rotation, and without secrets it would refuse every client.
        """
        if await reader.value(_VERSION) == self.snapshot.version:
            return
        box = self._box()
        if not _fits(await reader.value(_PROOF), box):
            if not self._told:
                logger.error("secret_key_is_not_that_of_the_database")
                self._told = True
            return
        self.snapshot = await read_snapshot(reader.rows, box)
        self._told = False
        logger.info("configuration_read", version=self.snapshot.version)


async def read_snapshot(fetch: Fetch, box: SecretBox) -> Snapshot:
    """Read the configuration from the database, by `fetch`.

    The version is read first: a change halfway is then read again at the next refresh. A secret
    that `box` does not open is as good as absent.
    """
    version = (await fetch(_VERSION))[0]["versie"]
    return snapshot_of(await read_stored(fetch, box), version)


def snapshot_of(stored: Stored, version: int = 0) -> Snapshot:
    """Return what a worker would know when this were what is stored."""
    applicaties: dict[str, list[Applicatie]] = defaultdict(list)
    for configured in stored.applicaties.values():
        for client_id in configured.client_ids:
            applicaties[client_id].append(_applicatie(configured))
    return Snapshot(
        version=version,
        secrets=_secrets(stored),
        applicaties={client_id: tuple(values) for client_id, values in applicaties.items()},
        services=tuple(one.service for one in stored.services.values()),
        notifications=_setting(stored, "notifications_config", Notifications),
        autorisaties=_setting(stored, "autorisaties_config", Autorisaties),
    )


def _fits(proof: bytes | None, box: SecretBox) -> bool:
    """Tell whether `box` opens what shows that a key is the right one."""
    if proof is None:
        return True
    try:
        box.decrypt(proof, place=PROOF_PLACE)
    except WrongKeyError:
        return False
    return True


def _secrets(stored: Stored) -> dict[str, tuple[str, ...]]:
    secrets = {}
    for client_id, numbered in stored.secrets.items():
        secrets[client_id] = tuple(secret for secret in numbered.values() if secret)
        if len(secrets[client_id]) < len(numbered):
            logger.warning("secret_of_client_unreadable", client_id=client_id)
    return secrets


def _applicatie(configured: ConfiguredApplicatie) -> Applicatie:
    return Applicatie(
        uuid=str(configured.uuid),
        label=configured.label,
        heeft_alle_autorisaties=configured.heeft_alle_autorisaties,
        scopes=frozenset(
            scope
            for autorisatie in configured.autorisaties
            if autorisatie.component == COMPONENT
            for scope in autorisatie.scopes
        ),
    )


def _setting(stored: Stored, name: str, kind: type[T]) -> T | None:
    value = stored.settings.get(name)
    return None if value is None else msgspec.convert(value, kind)
