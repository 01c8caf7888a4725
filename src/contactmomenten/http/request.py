"""One HTTP request as the operations see it."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cached_property
from typing import Any
from uuid import uuid4

from contactmomenten.http.body import Body

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

API_PATH = "/api/v1"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")


class Request:
    """The parts of a request; headers by lower-case name, repeated ones joined by a comma.

    Attributes:
        method: GET, POST, …
        path: the path below the mount path, percent-decoded.
        base: scheme, host and mount path as the client used them; own URLs start with it.
        root: `base` and ``/api/v1``.
        host: host and port as the client used them.
        body: what the client sends after the head.
        client_id: of the client whose token was accepted; None until then.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (the parts, taken once per request)
        self,
        scope: Scope,
        body: Body,
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
        self.body = body
        self.client_id: str | None = None

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
