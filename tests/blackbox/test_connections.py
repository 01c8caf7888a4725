"""A connection goes on after each answer, or the answer says that it does not."""

import time
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse

import pytest

from .support.api import Api

# What is refused before its body is wanted: by whom, with what status.
REFUSED = [
    ("POST", "/contactmomenten", None, 403),
    ("POST", "/contactmomenten", "application/xml", 406),
    ("PATCH", "/contactmomenten", None, 405),
    ("POST", "/zaken", None, 404),
    ("GET", "/contactmomenten", None, 403),
]


def asked(
    connection: HTTPConnection, what: tuple[str, str, str | None], length: int
) -> HTTPResponse:
    """Send the head, and a moment later so much of a body; return the answer, as it was read."""
    method, path, accept = what
    connection.putrequest(method, f"/api/v1{path}", skip_accept_encoding=True)
    connection.putheader("Accept", accept or "*/*")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    time.sleep(0.02)
    connection.send(b" " * min(length, 100_000))
    response = connection.getresponse()
    response.read()
    return response


@pytest.mark.parametrize(("method", "path", "accept", "status"), REFUSED)
def test_a_refusal_before_the_body_came_leaves_the_connection_as_it_was(
    api: Api, method: str, path: str, accept: str | None, status: int
) -> None:
    with closing(HTTPConnection(api.host, timeout=5)) as connection:
        connection.connect()
        socket = connection.sock
        for _ in range(5):
            response = asked(connection, (method, path, accept), 2)
            assert (response.status, response.getheader("connection")) == (status, None)
        assert connection.sock is socket


def test_a_refusal_of_much_says_that_the_connection_ends(api: Api) -> None:
    with closing(HTTPConnection(api.host, timeout=5)) as connection:
        response = asked(connection, ("POST", "/contactmomenten", None), 100_000)
    assert (response.status, response.getheader("connection")) == (403, "close")
