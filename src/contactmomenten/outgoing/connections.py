"""Keeps connections for the next call, and limits how many each host has.

Not httpcore's pool: there, a call that is cancelled at the wrong moment takes a place for good,
and one pool of many hosts lets the dead ones use up the places of the others.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple

import httpcore

from contactmomenten.outgoing.dialing import Dialer
from contactmomenten.outgoing.settings import OutgoingSettings
from contactmomenten.outgoing.urls import Target

_MOST_IDLE: Final = 100

Connection = httpcore.AsyncHTTP11Connection


class _Key(NamedTuple):
    """What calls that may share a connection have in common.

    Trust is part of it: a connection that was made for a configured service may lead to an
    address, and have shown a certificate, that other URLs of the same host have no right to.
    """

    scheme: str
    host: str
    port: int
    trusted: bool


class Lease(NamedTuple):
    """A connection for one exchange; a reused one may have been closed by the other side."""

    connection: Connection
    reused: bool


@dataclass(eq=False, slots=True)
class _Host:
    free: asyncio.Semaphore
    users: int = 0


class Connections:
    """The connections of one client."""

    def __init__(self, settings: OutgoingSettings) -> None:
        """Begin with none.

        Raises:
            OSError: a certificate file cannot be read.
        """
        self._dialer = Dialer(settings)
        self._most = settings.max_connections_per_host
        self._hosts: dict[_Key, _Host] = {}
        self._idle: dict[Connection, _Key] = {}  # the longest idle first
        self._closed = False

    @asynccontextmanager
    async def lease(self, target: Target, *, trusted: bool, fresh: bool) -> AsyncIterator[Lease]:
        """Lend a connection to `target`, a new one if `fresh`.

        It is kept for another call when the exchange came to its end, and closed otherwise.

        Raises:
            Failure: no connection could be made.
        """
        key = _Key(target.scheme, target.host, target.port, trusted)
        host = self._hosts.setdefault(key, _Host(asyncio.Semaphore(self._most)))
        host.users += 1
        try:
            async with host.free:
                kept = None if fresh else await self._kept(key)
                connection = kept or await self._dialer.dial(target, trusted=trusted)
                try:
                    yield Lease(connection, reused=kept is not None)
                finally:
                    await self._give_back(connection, key)
        finally:
            host.users -= 1
            if not host.users:
                del self._hosts[key]

    async def aclose(self) -> None:
        """Close what is idle now, and the rest as soon as it is."""
        self._closed = True
        while self._idle:
            await self._close_oldest()

    async def _kept(self, key: _Key) -> Connection | None:
        """Take the connection that was used last, as it is the least likely to be stale."""
        while connection := next((c for c, k in reversed(self._idle.items()) if k == key), None):
            del self._idle[connection]
            if not _is_over(connection):
                return connection
            await connection.aclose()
        return None

    async def _give_back(self, connection: Connection, key: _Key) -> None:
        if self._closed or not connection.is_idle():
            await connection.aclose()
            return
        self._idle[connection] = key
        while len(self._idle) > _MOST_IDLE or _is_over(next(iter(self._idle))):
            await self._close_oldest()
            if not self._idle:
                return

    async def _close_oldest(self) -> None:
        oldest = next(iter(self._idle))
        del self._idle[oldest]
        await oldest.aclose()


def _is_over(connection: Connection) -> bool:
    """Tell whether an idle connection was kept long enough, or closed by the other side."""
    try:
        return connection.has_expired()
    except (AttributeError, OSError):  # uvloop: a closed one has no socket to look at
        return True
