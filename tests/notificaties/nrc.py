"""A Notificaties API of our own: HTTP on loopback, with any answer a test wants."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """How a request is answered, and after how many seconds."""

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None
    delay: float = 0.0


CREATED = Reply()
Decide = Callable[[Message], Reply]


class Nrc:
    """Answers `POST notificaties` as `decide` says; remembers what came and what it accepted."""

    def __init__(self) -> None:
        self.decide: Decide = lambda _: CREATED
        self.received: list[Message] = []
        self.accepted: list[Message] = []
        self.kanalen: list[Message] = []
        self.times: list[float] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.connections = 0
        self.arrived = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1/"

    async def up(self) -> None:
        """Listen, at the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections, and cut off those there are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving)

    def per_object(self) -> dict[str, list[int]]:
        """Return, for each contactmoment, the numbers of its messages as they were accepted."""
        numbers = defaultdict(list)
        for message in self.accepted:
            numbers[message["hoofdObject"]].append(number_of(message))
        return numbers

    async def until(self, done: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until `done`, which is asked at each arrival."""
        async with asyncio.timeout(seconds):
            while not done():
                self.arrived.clear()
                try:
                    async with asyncio.timeout(0.1):
                        await self.arrived.wait()
                except TimeoutError:
                    continue

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        self.connections += 1
        try:
            while True:
                method, path, body = await _read(reader)
                reply = await self._answer(method, path, body)
                writer.write(_written(reply))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other side went away, or `down` was called
        finally:
            writer.close()

    async def _answer(self, method: str, path: str, body: bytes) -> Reply:
        if path.startswith("/api/v1/kanaal"):
            return self._kanaal(method, body)
        message: Message = json.loads(body)
        self.received.append(message)
        self.times.append(asyncio.get_running_loop().time())
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            reply = self.decide(message)
            if reply.delay:
                await asyncio.sleep(reply.delay)
            if 200 <= reply.status < 300:
                self.accepted.append(message)
            return reply
        finally:
            self.in_flight -= 1
            self.arrived.set()

    def _kanaal(self, method: str, body: bytes) -> Reply:
        if method == "GET":
            return Reply(200, body=self.kanalen)
        self.kanalen.append(json.loads(body))
        return Reply(201, body=self.kanalen[-1])


def number_of(message: Message) -> int:
    """Return the number that `write` gave a message."""
    return int(message["kenmerken"]["kanaal"])


async def _read(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    start, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines if line)
    method, path, _ = start.split()
    return method, path, await reader.readexactly(int(headers.get("content-length", 0)))


def _written(reply: Reply) -> bytes:
    body = json.dumps(reply.body).encode()
    headers = {"Content-Type": "application/json", "Content-Length": len(body), **reply.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} X\r\n{lines}\r\n".encode() + body
