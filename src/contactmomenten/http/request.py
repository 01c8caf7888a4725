"""One HTTP request as the operations see it."""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cached_property
from typing import Any
from uuid import uuid4

from contactmomenten.http.problems import PAYLOAD_TOO_LARGE, Problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

API_PATH = "/api/v1"

# Seconds: just long enough to hear what was said already.
_GLANCE_SECONDS = 0.001

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")


class ClientGoneError(Exception):
    """The client hung up before its request was complete, or its body is no HTTP."""


class Request:
    """The parts of a request; headers by lower-case name, repeated ones joined by a comma.

    Attributes:
        method: GET, POST, …
        path: the path below the mount path, percent-decoded.
        base: scheme, host and mount path as the client used them; own URLs start with it.
        root: `base` and ``/api/v1``.
        host: host and port as the client used them.
        reading: whether its body is being waited for.
        client_id: of the client whose token was accepted; None until then.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (the parts, taken once per request)
        self,
        scope: Scope,
        receive: Receive,
        headers: dict[bytes, bytes],
        origin: tuple[str, str],
        path: str,
        subpath: str,
    ) -> None:
        """Take the parts from an ASGI scope; `origin` is the scheme and host of the client."""
        self.method: str = scope["method"]
        self.path = path
        self.query: bytes = scope["query_string"]
        self.host = origin[1]
        self.subpath = subpath
        self.base = f"{origin[0]}://{self.host}{subpath}"
        self.root = self.base + API_PATH
        self.headers = headers
        self._client: tuple[str, int] | None = scope.get("client")
        self.reading = False
        self.client_id: str | None = None
        self._receive = receive

    def header(self, name: bytes) -> str | None:
        """Return a header as text, byte for byte (Latin-1)."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def peer(self) -> str:
        """Return the address that we speak with; empty when there is none."""
        return self._client[0] if self._client else ""

    @cached_property
    def id(self) -> str:
        """Return what names this request in the log; the client may give it."""
        return id_of(self.headers)

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

    async def body(self, limit: int) -> bytes:
        """Return the whole body.

        Raises:
            Problem: 413, as soon as it is known to be longer than `limit` bytes.
            ClientGoneError: the client hung up halfway, or its chunks are broken.
        """
        announced = self.headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced[:19]) > limit:
            raise _too_large(limit)
        chunks: list[bytes] = []
        length = 0
        self.reading = True
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            chunk = message.get("body", b"")
            length += len(chunk)
            if length > limit:
                raise _too_large(limit)
            if chunk:
                chunks.append(chunk)
            if not message.get("more_body", False):
                self.reading = False
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """Return the headers of an ASGI scope."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


def id_of(headers: dict[bytes, bytes]) -> str:
    """Return the X-Request-ID among `headers` if it is one, else a new one."""
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _too_large(limit: int) -> Problem:
    return Problem(
        PAYLOAD_TOO_LARGE,
        f"De body mag niet groter zijn dan {limit} bytes.",
        headers=((b"connection", b"close"),),
    )
