"""A server on loopback that answers with the pages alone, for a browser."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote

from contactmomenten.http.problems import Problem
from contactmomenten.http.response import Response
from contactmomenten.http.routing import Route
from contactmomenten.pages import answer
from tests.openapi.routes import ROUTES
from tests.pages.asking import request

SUBPATH = "/contactmomenten"


class _Handler(BaseHTTPRequestHandler):
    routes: Sequence[Route] = ROUTES

    def do_GET(self) -> None:
        """Answer with a page."""
        path, _, query = self.path.partition("?")
        asked = request(
            unquote(path).removeprefix(SUBPATH),
            query=query.encode(),
            subpath=SUBPATH,
            origin=("http", self.headers["Host"]),
        )
        try:
            response = answer(asked, self.routes) if path.startswith(SUBPATH) else None
        except Problem as problem:
            response = Response(problem.kind.status)
        response = response or Response(404)
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name.decode(), value.decode())
        if response.content_type:
            self.send_header("Content-Type", response.content_type.decode())
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """Serve the pages while the context lasts; give the URL of the mount path."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{SUBPATH}"
        finally:
            server.shutdown()
            thread.join()
