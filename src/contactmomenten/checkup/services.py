"""Whether the services in the configuration answer, and the secrets are good enough."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Final, Protocol

from contactmomenten.autorisaties.registry import Snapshot
from contactmomenten.checkup.finding import Finding, good, unwise, wrong
from contactmomenten.checkup.settings import SHORTEST_SECRET
from contactmomenten.configuration.model import Service
from contactmomenten.outgoing import Answer, CallFailed
from contactmomenten.settings import Settings

_REFUSED: Final = (401, 403)
_BROKEN: Final = 500

# What only somebody with rights gets, by the kind of API.
_ASKED: Final = {"ac": "applicaties", "nrc": "kanaal"}


class Client(Protocol):
    """What calls other APIs."""

    async def get(self, url: str) -> Answer:
        """Return the answer to GET `url`; raises CallFailed if there is none."""


def of_lacks(snapshot: Snapshot, settings: Settings) -> Iterator[Finding]:
    """Look for what is not configured at all."""
    if not snapshot.secrets:
        yield unwise("clients", "No client has a secret: nobody can call this API.")
    if snapshot.notifications is None and not settings.notifications_disabled:
        yield unwise(
            "notifications_config",
            "No Notificaties API is configured: notifications are kept until there is one.",
        )


def of_clients(snapshot: Snapshot) -> Iterator[Finding]:
    """Look at the secrets of the clients."""
    for client_id, secrets in snapshot.secrets.items():
        if not secrets:
            yield wrong(f"client {client_id}", "None of its secrets can be read with SECRET_KEY.")
        elif min(map(len, secrets)) < SHORTEST_SECRET:
            yield unwise(
                f"client {client_id}", f"A secret has fewer than {SHORTEST_SECRET} characters."
            )


async def of_services(snapshot: Snapshot, client: Client) -> AsyncIterator[Finding]:
    """Call each service once."""
    calls = [_of_service(service, client) for service in snapshot.services]
    for finding in await asyncio.gather(*calls):
        yield finding


async def _of_service(service: Service, client: Client) -> Finding:
    subject = f"service {service.identifier}"
    url = service.api_root + _ASKED.get(service.api_type, "")
    try:
        answer = await client.get(url)
    except CallFailed as failure:
        return wrong(subject, f"{url} cannot be used: {failure.reason}.")
    if answer.status in _REFUSED:
        return wrong(
            subject,
            f"{url} refuses us ({answer.status}): check client_id and secret on both sides.",
        )
    if answer.status >= _BROKEN:
        return wrong(subject, f"{url} answers {answer.status}.")
    return good(subject, f"{url} answers ({answer.status}).")
