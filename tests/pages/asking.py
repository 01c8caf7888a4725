"""Asks for pages without a server between."""

from contactmomenten.http.body import Body
from contactmomenten.http.request import Request
from contactmomenten.http.response import Response
from contactmomenten.pages import answer
from tests.openapi.routes import ROUTES


async def _no_body() -> dict[str, object]:
    raise AssertionError("a page has no need of a body")


def request(
    path: str,
    *,
    method: str = "GET",
    accept: str | None = None,
    query: bytes = b"",
    subpath: str = "",
    origin: tuple[str, str] = ("https", "example.nl"),
) -> Request:
    """Return a request for `path`, which is below the mount path `subpath`."""
    headers = {} if accept is None else {b"accept": accept.encode()}
    scope = {"method": method, "query_string": query}
    return Request(scope, Body(headers, _no_body), headers, origin, path, subpath)


def ask(path: str, **parts: object) -> Response:
    """Return the answer to a request for `path`."""
    found = answer(request(path, **parts), ROUTES)  # type: ignore[arg-type]
    assert found is not None
    return found


def headers_of(response: Response) -> dict[str, str]:
    """Return the headers of an answer as text."""
    return {name.decode(): value.decode() for name, value in response.headers}
