"""The headers that make an answer safe in a browser, in a cache and on the way."""

from typing import Final

from contactmomenten.http.response import Headers

_ALWAYS: Final = (
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-content-type-options", b"nosniff"),
    # Otherwise the HTTP server tells its own name.
    (b"server", b"contactmomenten"),
)

# Data is no document: a browser that shows it loads and runs nothing. Pages have their own.
_POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")

# An answer may tell of people. One that a cache may keep says so itself.
_CACHE: Final = (b"cache-control", b"no-store")

_REFERRER: Final = (b"referrer-policy", b"no-referrer")

# A year. Over http it would mean nothing, and a browser is to ignore it.
_STRICT: Final = (b"strict-transport-security", b"max-age=31536000")

_OPTIONAL: Final = (_POLICY, _REFERRER, _CACHE)


def safety(given: Headers, *, secure: bool) -> list[tuple[bytes, bytes]]:
    """Return what to add to the headers of an answer.

    Args:
        given: the headers that it has; what is among them stays as it is.
        secure: whether the client came by https.
    """
    names = {name for name, _ in given}
    added = [*_ALWAYS, *(header for header in _OPTIONAL if header[0] not in names)]
    if secure:
        added.append(_STRICT)
    return added
