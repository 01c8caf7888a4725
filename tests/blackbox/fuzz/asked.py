"""Valid requests of every kind, as data that can be damaged."""

import json
from dataclasses import dataclass, field
from typing import Final

from tests.blackbox.support.api import Api
from tests.blackbox.support.operations import OPERATIONS
from tests.blackbox.support.values import OMIT

Fields = list[tuple[bytes, bytes]]

# Pages and documents besides the operations.
_OTHERS: Final = [
    "/api/v1/schema/openapi.yaml",
    "/api/v1/schema/openapi.json",
    "/api/v1/schema/",
    "/api/v1/",
    "/ref/fouten/NotFound/",
    "/ref/scopes/",
    "/ref/kanalen/",
    "/",
    "/niets",
]


@dataclass
class Request:
    """One request, taken apart.

    Attributes:
        framed: where the request ends is still clear, so an answer must come.
        head: the bytes before the body, once they were damaged as bytes.
        payload: the bytes of the body as sent, once they differ from `body`.
    """

    method: bytes
    target: bytes
    headers: Fields
    body: bytes = b""
    version: bytes = b"HTTP/1.1"
    eol: bytes = b"\r\n"
    colon: bytes = b": "
    framed: bool = True
    payload: bytes | None = None
    lengths: Fields = field(default_factory=list)

    def render(self) -> bytes:
        """Return the bytes; the length is added unless `lengths` has something else."""
        lengths = self.lengths
        if not lengths and self.body:
            lengths = [(b"Content-Length", b"%d" % len(self.body))]
        lines = [b"%b %b %b" % (self.method, self.target, self.version)]
        lines += [name + self.colon + value for name, value in [*self.headers, *lengths]]
        payload = self.body if self.payload is None else self.payload
        return self.eol.join([*lines, b"", b""]) + payload


def valid(api: Api) -> list[Request]:
    """Return one request for every operation and page; what they name exists."""
    found = []
    for operation in OPERATIONS:
        path, body = operation.prepare(api)
        content = b"" if body is OMIT else json.dumps(body).encode()
        found.append(_request(api, operation.method, f"/api/v1{path}", content))
    identified = api.moment_body(medewerkerIdentificatie={"identificatie": "x"}, tekst="één")
    del identified["medewerker"]
    found += [
        _request(api, "POST", "/api/v1/contactmomenten", json.dumps(identified).encode())
        for _ in range(6)
    ]
    found += [_request(api, "GET", path, b"") for path in _OTHERS]
    notification = {
        "kanaal": "autorisaties",
        "hoofdObject": "http://a.nl/1",
        "resource": "applicatie",
        "resourceUrl": "http://a.nl/1",
        "actie": "update",
        "aanmaakdatum": "2026-01-01T00:00:00Z",
    }
    found.append(_request(api, "POST", "/api/v1/callbacks", json.dumps(notification).encode()))
    return found


def _request(api: Api, method: str, target: str, body: bytes) -> Request:
    headers = [(b"Host", api.host.encode())]
    headers += [(n.encode(), v.encode()) for n, v in api.authorization().items()]
    if body:
        headers.append((b"Content-Type", b"application/json"))
    return Request(method.encode(), target.encode(), headers, body)
