"""HTTP/1.1 written byte by byte, for what an HTTP library would not send."""

import contextlib
import select
import socket
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import httpx

Header = tuple[str, str | bytes]


def _head(origin: str, method: str, target: str, headers: Sequence[Header]) -> bytes:
    names = {name.lower() for name, _ in headers}
    usual: list[Header] = []
    if "host" not in names:
        usual.append(("Host", urlsplit(origin).netloc))
    if "connection" not in names:
        usual.append(("Connection", "close"))
    lines = [f"{method} {target} HTTP/1.1".encode()]
    for name, value in [*usual, *headers]:
        content = value if isinstance(value, bytes) else value.encode("latin-1")
        lines.append(name.encode() + b": " + content)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _connect(origin: str, limit: float) -> socket.socket:
    split = urlsplit(origin)
    return socket.create_connection((split.hostname or "", split.port or 80), limit)


def _unchunk(body: bytes) -> bytes:
    content = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        if length == 0:
            break
        content += rest[:length]
        body = rest[length + 2 :]
    return content


def parse(data: bytes, request: httpx.Request) -> httpx.Response:
    """Read an answer that ended with the connection; its headers stay as they were sent."""
    head, _, body = data.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    headers = []
    for line in lines:
        name, _, value = line.partition(b":")
        headers.append((name, value.strip()))
    if {n.lower(): v.lower() for n, v in headers}.get(b"transfer-encoding") == b"chunked":
        body = _unchunk(body)
    response = httpx.Response(
        int(status.split()[1]), headers=headers, stream=httpx.ByteStream(body), request=request
    )
    response.read()
    return response


def send(
    origin: str,
    method: str,
    target: str,
    headers: Sequence[Header] = (),
    body: bytes = b"",
    *,
    limit: float = 10,
) -> httpx.Response:
    """Send one request literally (Host and Connection are added when missing)."""
    head = _head(origin, method, target, headers)
    with _connect(origin, limit) as connection:
        connection.sendall(head + body)
        data = b""
        while block := connection.recv(65536):
            data += block
    host = next((v for n, v in headers if n.lower() == "host"), urlsplit(origin).netloc)
    sent = host if isinstance(host, bytes) else host.encode("latin-1")
    return parse(data, httpx.Request(method, origin, headers=[(b"Host", sent)]))


@contextlib.contextmanager
def opened(
    origin: str, method: str, target: str, headers: Sequence[Header], body: bytes
) -> Iterator[socket.socket]:
    """Send the beginning of a request and keep its connection open."""
    with _connect(origin, 10) as connection:
        connection.sendall(_head(origin, method, target, headers) + body)
        yield connection


def upload(
    origin: str,
    target: str,
    headers: Sequence[Header],
    blocks: Iterator[bytes],
    *,
    method: str = "POST",
    limit: float = 20,
) -> tuple[float, httpx.Response]:
    """Send a body block by block until an answer begins; give seconds taken and the answer."""
    started = time.monotonic()
    data = b""
    with _connect(origin, limit) as connection:
        connection.sendall(_head(origin, method, target, headers))
        connection.settimeout(0)
        pending = next(blocks, b"")
        while time.monotonic() - started < limit:
            wanted = [connection] if pending else []
            readable, writable, _ = select.select([connection], wanted, [], limit)
            try:
                if readable:
                    block = connection.recv(65536)
                    data += block
                    if not block or _complete(data):
                        break
                elif writable:
                    pending = pending[connection.send(pending) :] or next(blocks, b"")
            except (BrokenPipeError, ConnectionResetError):
                pending = b""
                if data:
                    break
    taken = time.monotonic() - started
    assert data, "the connection was cut without an answer"
    return taken, parse(data, httpx.Request(method, origin))


def _complete(data: bytes) -> bool:
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
    return body.endswith(b"0\r\n\r\n")
