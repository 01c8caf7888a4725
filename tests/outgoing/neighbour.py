"""Real HTTP servers on loopback that play the neighbours, well-behaved or not."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network

from contactmomenten.configuration.model.services import Service


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader = field(repr=False, compare=False)  # ends when they hang up


Scripted = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]
Script = bytes | Scripted


def networks(*texts: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return networks, as ALLOWED_PRIVATE_NETWORKS gives them."""
    return tuple(ip_network(text) for text in texts)


def reply(status: int, body: bytes = b"", *headers: str) -> bytes:
    """Return a complete answer."""
    length = () if status == 204 else (f"Content-Length: {len(body)}",)
    lines = [f"HTTP/1.1 {status} X", *headers, *length]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(location: str, status: int = 302) -> bytes:
    """Return a redirect."""
    return reply(status, b"", f"Location: {location}")


@dataclass
class Neighbour:
    """A server: `script` by path says what it answers, 404 to the rest."""

    host: str = "127.0.0.1"
    port: int = 0
    scheme: str = "http"
    script: dict[str, Script] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    most_open: int = 0

    @property
    def root(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    def service(self, path: str = "/", **values: str) -> Service:
        """Return the configuration of this neighbour as a service, without sign-in by default."""
        fields = {"auth_type": "no_auth", "identifier": "buur", "label": "Buur", **values}
        return Service(api_root=self.root + path, **fields)  # type: ignore[arg-type]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while not writer.is_closing():
                    await self._answer(reader, writer)
        finally:
            self.open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        asked = Asked(method, path, headers, body, reader)
        self.asked.append(asked)
        script = self.script.get(path.partition("?")[0], reply(404))
        if isinstance(script, bytes):
            writer.write(script)
        else:
            await script(asked, writer)
        await writer.drain()


@asynccontextmanager
async def running(
    host: str = "127.0.0.1", context: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[Neighbour]:
    """Run a neighbour on `host`."""
    neighbour = Neighbour(scheme="https" if context else "http")
    tasks = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await neighbour.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(serve, host, port, ssl=context)
    neighbour.port = server.sockets[0].getsockname()[1]
    neighbour.host = f"[{host}]" if ":" in host else host
    try:
        yield neighbour
    finally:
        server.close()
        for task in [task for task in tasks if task]:
            task.cancel()
        await asyncio.sleep(0)
