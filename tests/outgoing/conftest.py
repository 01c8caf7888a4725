"""What the tests of outgoing calls share."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import httpcore
import pytest

from contactmomenten.configuration.model.services import Service
from contactmomenten.outgoing import OutgoingClient, OutgoingSettings, names
from tests.outgoing.neighbour import Neighbour, running

MakeClient = Callable[..., OutgoingClient]


class Names:
    """What names resolve to: each lookup takes the next list, the last one stays.

    Everything that the real resolver reads as an address, it still does.
    """

    def __init__(self) -> None:
        self.table: dict[str, list[list[str]]] = {}
        self.looked_up: list[str] = []

    def __setitem__(self, name: str, lookups: list[list[str]]) -> None:
        self.table[name] = lookups

    def getaddrinfo(self, name: str, _port: object, **kinds: int) -> list[Any]:
        self.looked_up.append(name)
        lookups = self.table.get(name)
        if lookups is None:
            return socket.getaddrinfo(name, None, flags=socket.AI_NUMERICHOST, **kinds)
        found = lookups.pop(0) if len(lookups) > 1 else lookups[0]
        return [(0, 0, 0, "", (address, 0)) for address in found]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Names:
    fake = Names()
    monkeypatch.setattr(names, "getaddrinfo", fake.getaddrinfo)
    return fake


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the addresses that a connection is attempted to."""
    seen: list[str] = []
    real = httpcore.AnyIOBackend.connect_tcp

    async def connect_tcp(
        self: httpcore.AnyIOBackend,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (theirs)
    ) -> httpcore.AsyncNetworkStream:
        seen.append(host)
        return await real(self, host, port, timeout)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_tcp)
    return seen


@pytest.fixture
async def make_client() -> AsyncIterator[MakeClient]:
    """Make clients from services and settings."""
    made: list[OutgoingClient] = []

    def make(*services: Service, **settings: Any) -> OutgoingClient:  # noqa: ANN401 (of any field)
        made.append(OutgoingClient(OutgoingSettings(**settings), lambda: services))
        return made[-1]

    yield make
    for client in made:
        with suppress(OSError):
            await client.aclose()


@pytest.fixture
async def neighbour() -> AsyncIterator[Neighbour]:
    async with running() as one:
        yield one


@pytest.fixture
async def other() -> AsyncIterator[Neighbour]:
    async with running("127.0.0.2") as one:
        yield one
