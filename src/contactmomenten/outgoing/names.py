"""Resolves names in threads of its own.

The thread pool of asyncio is shared, and its threads hold up the end of the program. A name whose
server never answers would take a thread of it for half a minute.
"""

import asyncio
import socket
from contextlib import suppress
from ipaddress import ip_address
from socket import getaddrinfo
from threading import Thread
from typing import Any

from contactmomenten.outgoing.failures import NAME_UNKNOWN, Failure
from contactmomenten.outgoing.urls import Address


class Resolver:
    """Resolves at most `most` names at the same time; others wait."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    async def addresses(self, name: str) -> list[Address]:
        """Return the addresses of `name`, in the order of preference of the system.

        Raises:
            Failure: it has none.
        """
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[Address]] = loop.create_future()

        # Called for each lookup, also for one that is no longer waited for.
        def done(addresses: list[Address]) -> None:
            self._free.release()
            if not found.done():
                found.set_result(addresses)

        def look_up() -> None:
            addresses = _look_up(name)
            with suppress(RuntimeError):  # the loop is gone
                loop.call_soon_threadsafe(done, addresses)

        try:
            Thread(target=look_up, name="outgoing-names", daemon=True).start()
        except RuntimeError:  # no more threads to be had
            done([])
        addresses = await found
        if not addresses:
            raise Failure(NAME_UNKNOWN)
        return addresses


def _look_up(name: str) -> list[Address]:
    try:
        found: list[Any] = getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(ip_address(place[0]) for *_, place in found))
