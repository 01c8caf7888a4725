"""The body of a request: read within limits, or let pass when nobody wants it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from contactmomenten.http.problems import PAYLOAD_TOO_LARGE, Problem
from contactmomenten.http.response import CLOSE, Response

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

# How much of a body that nobody wants is let pass, to be able to go on with its connection. Its
# client sent it together with the head, or shortly after: at once, or after a moment on the way.
_PASSING_BYTES: Final = 65_536
_PASSING_SECONDS: Final = 1.0

# Seconds: just long enough to hear what was said already.
_GLANCE_SECONDS: Final = 0.001

_NOTHING: Final = frozenset({b"", b"0"})


class ClientGoneError(Exception):
    """The client hung up before its request was complete, or its body is no HTTP."""


class Body:
    """The body of one request, that can be read once.

    Attributes:
        reading: whether it is being waited for.
    """

    __slots__ = ("_complete", "_length", "_receive", "_waits", "reading")

    def __init__(self, headers: dict[bytes, bytes], receive: Receive) -> None:
        """Take what these headers announce."""
        announced = headers.get(b"content-length", b"")
        self._length = int(announced[:19]) if announced.isdigit() else 0
        self._complete = announced in _NOTHING and b"transfer-encoding" not in headers
        self._waits = b"expect" in headers
        self._receive = receive
        self.reading = False

    async def read(self, limit: int) -> bytes:
        """Return it whole.

        Raises:
            Problem: 413, as soon as it is known to be longer than `limit` bytes.
            ClientGoneError: the client hung up halfway, or its chunks are broken.
        """
        if self._length > limit:
            raise _too_large(limit)
        chunks: list[bytes] = []
        length = 0
        self.reading = True
        while True:
            chunk, more = await self._next()
            length += len(chunk)
            if length > limit:
                raise _too_large(limit)
            if chunk:
                chunks.append(chunk)
            if not more:
                self.reading = False
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def stop_if_client_gone(self) -> None:
        """Stop before anything is written when nobody waits for the answer any more.

        To be called once the whole body was read.

        Raises:
            ClientGoneError: the client has hung up.
        """
        listening = asyncio.ensure_future(self._receive())
        done, _ = await asyncio.wait([listening], timeout=_GLANCE_SECONDS)
        if not done:
            listening.cancel()
        elif listening.result()["type"] == "http.disconnect":
            raise ClientGoneError

    async def let_pass(self, response: Response) -> Response:
        """Return `response`, which ends the connection when what is left of the body is too much.

        The server closes a connection of which it did not read the whole request. Unless the answer
        says so, the client takes it for one that it can use again.
        """
        if self._complete or CLOSE in response.headers or await self._passes():
            return response
        return response.closing()

    async def _passes(self) -> bool:
        # Who waits to be asked for the body does not send it after this answer.
        if self._waits or self._length > _PASSING_BYTES:
            return False
        passed = 0
        try:
            async with asyncio.timeout(_PASSING_SECONDS):
                while passed <= _PASSING_BYTES:
                    chunk, more = await self._next()
                    passed += len(chunk)
                    if not more:
                        return True
        except (TimeoutError, ClientGoneError):
            pass
        return False

    async def _next(self) -> tuple[bytes, bool]:
        """Return the next part, and whether there is more."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        self._complete = not message.get("more_body", False)
        return message.get("body", b""), not self._complete


def _too_large(limit: int) -> Problem:
    return Problem(
        PAYLOAD_TOO_LARGE,
        f"De body mag niet groter zijn dan {limit} bytes.",
        headers=(CLOSE,),
    )
