"""Makes connections: from name to permitted address to TLS, without a second look at the name."""

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final

import httpcore

from contactmomenten.outgoing.addresses import is_allowed
from contactmomenten.outgoing.failures import ADDRESS_REFUSED, NO_CONNECTION, TIME_OUT, TLS, Failure
from contactmomenten.outgoing.names import Resolver
from contactmomenten.outgoing.settings import OutgoingSettings
from contactmomenten.outgoing.tls import make_context
from contactmomenten.outgoing.urls import Address, Target

# Shorter than most servers keep a connection open.
_KEPT: Final = 15.0
_MOST_LOOKUPS: Final = 16
_MOST_ADDRESSES: Final = 4


class Dialer:
    """Makes connections; the trusted ones are those for URLs of configured services."""

    def __init__(self, settings: OutgoingSettings) -> None:
        """Prepare.

        Raises:
            OSError: a certificate file cannot be read.
        """
        self._settings = settings
        # Both apart by trust: the certificate is for services only, and names that anybody gives
        # us must not make those of the services wait.
        bare = make_context(settings, with_certificate=False)
        shown = (
            make_context(settings, with_certificate=True) if settings.client_certificate else bare
        )
        self._contexts = {False: bare, True: shown}
        self._resolvers = {trusted: Resolver(_MOST_LOOKUPS) for trusted in (False, True)}
        self._backend = httpcore.AnyIOBackend()

    async def dial(self, target: Target, *, trusted: bool) -> httpcore.AsyncHTTP11Connection:
        """Return a new connection to `target`.

        Raises:
            Failure: there is no permitted address, or none that answers in time.
        """
        addresses = await self._addresses(target, trusted=trusted)
        try:
            async with asyncio.timeout(self._settings.connect_timeout):
                stream = await self._connect(addresses, target.port)
                if target.scheme == "https":
                    stream = await self._secure(stream, target, self._contexts[trusted])
        except TimeoutError:
            raise Failure(TIME_OUT) from None
        origin = httpcore.Origin(target.scheme.encode(), target.host.encode(), target.port)
        return httpcore.AsyncHTTP11Connection(origin, stream, keepalive_expiry=_KEPT)

    async def _addresses(self, target: Target, *, trusted: bool) -> list[Address]:
        if target.address is None:
            found = await self._resolvers[trusted].addresses(target.host)
        else:
            found = [target.address]
        if trusted:
            return found[:_MOST_ADDRESSES]
        private = self._settings.allowed_private_networks
        allowed = [address for address in found if is_allowed(address, private)]
        if not allowed:
            raise Failure(ADDRESS_REFUSED)
        return allowed[:_MOST_ADDRESSES]

    async def _connect(
        self, addresses: Sequence[Address], port: int
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers; a silent one does not use up all the time."""
        time_each = self._settings.connect_timeout / len(addresses)
        reason = NO_CONNECTION
        for address in addresses:
            try:
                return await self._backend.connect_tcp(str(address), port, timeout=time_each)
            except httpcore.ConnectTimeout:
                reason = TIME_OUT
            except httpcore.ConnectError:
                reason = NO_CONNECTION
        raise Failure(reason)

    async def _secure(
        self, stream: httpcore.AsyncNetworkStream, target: Target, context: ssl.SSLContext
    ) -> httpcore.AsyncNetworkStream:
        """Begin TLS; the certificate must be for the host of the URL."""
        try:
            return await stream.start_tls(context, target.host.removesuffix("."))
        except (httpcore.ConnectError, OSError):
            await stream.aclose()
            raise Failure(TLS) from None
        except BaseException:
            await stream.aclose()
            raise
