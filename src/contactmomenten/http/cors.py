"""CORS: which pages may call this API from a browser (behaviour 1.7).

Any, unless an operator names them: tokens and not cookies open this API.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from re import Pattern
from typing import Final

from contactmomenten.http.response import Header, Response

_HEADERS: Final = (
    "x-requested-with",
    "content-type",
    "accept",
    "origin",
    "authorization",
    "x-csrftoken",
    "user-agent",
    "accept-encoding",
    "accept-crs",
    "content-crs",
)

_ANY: Final[tuple[Header, ...]] = ((b"access-control-allow-origin", b"*"),)
# For caches: the answer depends on who asks.
_VARY: Final[Header] = (b"vary", b"Origin")
_EMPTY: Final = Response(200, content_type=None)


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins that may call: these, in lower case, and what one of `regexes` matches whole."""

    names: frozenset[str]
    regexes: Sequence[Pattern[str]]

    def include(self, origin: str) -> bool:
        """Tell whether pages of `origin` may call."""
        return origin.lower() in self.names or any(
            regex.fullmatch(origin) for regex in self.regexes
        )


class Cors:
    """Answers what browsers ask."""

    def __init__(self, allowed: Origins | None = None, extra_headers: Sequence[str] = ()) -> None:
        """Let pages of `allowed` call, or any when it is None, also with `extra_headers`."""
        self._allowed = allowed
        # On every answer, also to who is no browser.
        self.always: tuple[Header, ...] = () if allowed is None else (_VARY,)
        self._preflight = Response(
            200,
            content_type=None,
            headers=(
                (
                    b"access-control-allow-headers",
                    ", ".join(dict.fromkeys((*_HEADERS, *extra_headers))).encode(),
                ),
                (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE, OPTIONS"),
                (b"access-control-max-age", b"86400"),
            ),
        )

    @property
    def is_open(self) -> bool:
        """Whether pages of any origin may call."""
        return self._allowed is None

    def preflight(self, method: str, headers: dict[bytes, bytes]) -> Response | None:
        """Return the answer to a preflight; None when the request is none."""
        if (
            method != "OPTIONS"
            or b"origin" not in headers
            or b"access-control-request-method" not in headers
        ):
            return None
        return self._preflight if self.headers(headers[b"origin"]) else _EMPTY

    def headers(self, origin: bytes) -> tuple[Header, ...]:
        """Return what an answer tells a browser about a page of `origin`."""
        if self._allowed is None:
            return _ANY
        if self._allowed.include(origin.decode("latin-1")):
            return ((b"access-control-allow-origin", origin),)
        return ()


OPEN: Final = Cors()
