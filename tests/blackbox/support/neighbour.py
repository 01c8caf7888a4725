"""A neighbour that does as it is told: any API, on loopback, well or ill behaved."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .values import JsonObject


@dataclass(frozen=True)
class Asked:
    """One request that arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> JsonObject:
        content: JsonObject = json.loads(self.body)
        return content


@dataclass(frozen=True)
class Reply:
    """What is answered; `drip` sends a byte per this many seconds, `endless` never stops."""

    status: int = 200
    content: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    drip: float = 0.0
    endless: bool = False


Answerer = Callable[[Asked], Reply]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Neighbour"

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        split = urlsplit(self.path)
        length = int(self.headers.get("Content-Length", 0))
        asked = Asked(
            method=self.command,
            path=split.path,
            query={name: values[-1] for name, values in parse_qs(split.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        self.server.asked.append(asked)
        reply = self.server.answer(asked)
        time.sleep(reply.wait)
        content = reply.content
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.endless:
            self.end_headers()
            self.close_connection = True
            for _ in range(10_000):
                self.wfile.write(b" " * 65_536)
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not reply.drip:
            self.wfile.write(body)
            return
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(reply.drip)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
        pass


class Neighbour(ThreadingHTTPServer):
    """Answers by `answer`, which a test may replace at any time; keeps what it was `asked`."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.asked: list[Asked] = []
        self.answer: Answerer = lambda _: Reply()
        self.port: int = self.server_address[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent when a caller goes away."""

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join(5)

    def forget(self) -> None:
        """Forget what was asked, and answer as in the beginning."""
        self.asked.clear()
        self.answer = lambda _: Reply()
