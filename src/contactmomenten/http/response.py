"""What an operation answers."""

from collections.abc import Sequence
from typing import NamedTuple

Header = tuple[bytes, bytes]
Headers = Sequence[Header]

JSON = b"application/json"

# Says that the connection ends with this answer.
CLOSE: Header = (b"connection", b"close")


class Response(NamedTuple):
    """A complete answer; the application adds the headers that every answer has."""

    status: int
    body: bytes = b""
    content_type: bytes | None = JSON
    headers: Headers = ()

    def closing(self) -> "Response":
        """Return the same answer, that says that the connection ends with it."""
        return self if CLOSE in self.headers else self._replace(headers=(*self.headers, CLOSE))


def no_content() -> Response:
    """Return the 204."""
    return Response(204, content_type=None)
