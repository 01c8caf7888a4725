"""One request and its answer over one connection."""

import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpcore

from contactmomenten.outgoing.connections import Connection, Connections
from contactmomenten.outgoing.failures import NO_CONNECTION, NO_HTTP, TLS, TOO_LARGE, Failure
from contactmomenten.outgoing.urls import Target

# At DEBUG it writes down the headers of answers; a Location may tell of a person.
logging.getLogger("httpcore").setLevel(logging.INFO)

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class _Stale(Exception):  # noqa: N818 (it says what the connection is)
    """A kept connection turned out to be closed, before there was any answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of `target`; a `trusted` one is a configured service."""

    method: str
    target: Target
    headers: Mapping[str, str]
    body: bytes
    trusted: bool

    @property
    def is_safe(self) -> bool:
        """Whether asking it twice does no harm."""
        return self.method == "GET"


@dataclass(frozen=True, slots=True)
class Response:
    """What came back; without its body when `location` says where to go instead."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    location: str | None


async def exchange(connections: Connections, request: Request, max_answer: int) -> Response:
    """Send `request` and read the answer.

    A kept connection that turns out to be closed is no reason to fail: what is safe to repeat is
    sent again over a new one.

    Raises:
        Failure: there is no answer, or none that can be used.
    """
    try:
        return await _once(connections, request, max_answer, fresh=False)
    except _Stale:
        return await _once(connections, request, max_answer, fresh=True)


async def _once(
    connections: Connections, request: Request, max_answer: int, *, fresh: bool
) -> Response:
    async with connections.lease(request.target, trusted=request.trusted, fresh=fresh) as lease:
        try:
            try:
                answer = await _send(lease.connection, request)
            except (httpcore.NetworkError, httpcore.RemoteProtocolError):
                if lease.reused and request.is_safe:
                    raise _Stale from None
                raise
            try:
                response = await _read(answer, request, max_answer)
                surplus, _ = lease.connection._h11_state.trailing_data  # noqa: SLF001 (no other way)
            finally:
                await answer.aclose()
        except (httpcore.NetworkError, OSError) as error:
            raise Failure(_reason(error)) from None
        except httpcore.RemoteProtocolError:
            raise Failure(NO_HTTP) from None
        if surplus:  # it would pass for the answer to the next call
            await lease.connection.aclose()
        return response


async def _send(connection: Connection, request: Request) -> httpcore.Response:
    target = request.target
    headers = {"host": target.authority, **request.headers}
    if request.method == "POST":
        headers["content-length"] = str(len(request.body))
    return await connection.handle_async_request(
        httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=target.scheme, host=target.host, port=target.port, target=target.path
            ),
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            content=request.body,
        )
    )


async def _read(answer: httpcore.Response, request: Request, max_answer: int) -> Response:
    headers: dict[str, str] = {}
    for raw_name, raw_value in answer.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    location = headers.get("location")
    if request.is_safe and answer.status in _REDIRECTS and location:
        return Response(answer.status, headers, b"", location)
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_answer:
        raise Failure(TOO_LARGE)
    body = bytearray()
    async for chunk in answer.aiter_stream():
        body += chunk
        if len(body) > max_answer:
            raise Failure(TOO_LARGE)
    return Response(answer.status, headers, bytes(body), None)


def _reason(error: BaseException) -> str:
    """TLS, when that is what is behind `error`: a refused client certificate shows late."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return TLS
        cause = cause.__cause__
    return NO_CONNECTION
