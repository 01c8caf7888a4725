"""JSON as the database holds it: complete but for the root of the API, which differs by request."""

from typing import Final

# Where the root goes. JSON itself cannot have this byte, as it escapes it.
_ROOT: Final = b"\x01"


def filled(stored: bytes, root: str) -> bytes:
    """Return `stored` with the root of the API, such as ``https://example.nl/api/v1``."""
    return stored.replace(_ROOT, root.encode())
