"""Requests, made in advance as the bytes that go over the line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import urlencode

API_PATH: Final = "/api/v1"


class Prepared(NamedTuple):
    """A request, and the answer that is right.

    Attributes:
        raw: head and body of the request.
        status: that the answer must have.
        contains: what the body of the answer must have in it somewhere.
    """

    raw: bytes
    status: int = 200
    contains: bytes = b""


@dataclass(frozen=True, slots=True)
class Target:
    """A server that is measured.

    Attributes:
        name: of the server, in reports.
        port: at 127.0.0.1, where it listens.
        token: that it accepts.
    """

    name: str
    port: int
    token: str

    @property
    def root(self) -> str:
        """Return the root of its API, as it names it in its answers."""
        return f"http://127.0.0.1:{self.port}{API_PATH}"

    def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        status: int = 200,
        contains: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Prepared:
        """Prepare a GET of `path` below the root."""
        target = f"{path}?{urlencode(query)}" if query else path
        return Prepared(self._head("GET", target, headers or {}) + b"\r\n", status, contains)

    def send(
        self, method: str, path: str, body: bytes = b"", *, status: int, contains: bytes = b""
    ) -> Prepared:
        """Prepare a request that changes something; `body` is JSON, or empty."""
        headers = {"Content-Length": str(len(body))}
        if body:
            headers["Content-Type"] = "application/json"
        return Prepared(self._head(method, path, headers) + b"\r\n" + body, status, contains)

    def _head(self, method: str, path: str, headers: Mapping[str, str]) -> bytes:
        lines = [
            f"{method} {API_PATH}{path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Authorization: Bearer {self.token}",
            "Accept: application/json",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def head_size(received: bytes | bytearray) -> int:
    """Return where the body of an answer starts; 0 when its head is not complete yet."""
    return received.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in received else 0


def body_size(head: bytes) -> int:
    """Return how many bytes the body after `head` has; an answer that does not say has none.

    Raises:
        ValueError: the body comes in chunks, which none of our servers does.
    """
    status, *lines = head.lower().split(b"\r\n")
    if status[9:12] in {b"204", b"304"}:
        return 0
    for line in lines:
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    raise ValueError("The answer has no Content-Length.")
