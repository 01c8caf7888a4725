"""The files that the pages use; each name marks its content, so it may be kept forever."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from contactmomenten.http.response import Response

_CONTENT_TYPES = {"css": b"text/css; charset=utf-8", "svg": b"image/svg+xml"}
_HEADERS = (
    (b"cache-control", b"public, max-age=31536000, immutable"),
    # An image that is opened by itself is a document too.
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: where it is found and what is answered."""

    path: str
    response: Response


def _read(name: str) -> Asset:
    content = files("contactmomenten.pages").joinpath("static", name).read_bytes()
    stem, ending = name.split(".")
    mark = sha256(content).hexdigest()[:12]
    return Asset(
        f"/static/{stem}-{mark}.{ending}",
        Response(200, content, _CONTENT_TYPES[ending], _HEADERS),
    )


ASSETS: Mapping[str, Asset] = {name: _read(name) for name in ("pages.css", "icon.svg")}
