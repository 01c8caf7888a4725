"""Tokens made by hand, so that every malformed one can be made too."""

import hmac
import json
from base64 import urlsafe_b64encode

CLIENT = "portaal"
SECRET = "a secret that is long enough for HS256"
NOW = 1_800_000_000

HS256 = {"typ": "JWT", "alg": "HS256"}


def part(value: object) -> str:
    """Encode one part: bytes as they are, anything else as JSON."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(header: object, payload: object, secret: str = SECRET, digest: str = "sha256") -> str:
    """Return a compact JWS of these parts, whatever they are."""
    signed = f"{part(header)}.{part(payload)}"
    return f"{signed}.{part(hmac.digest(secret.encode(), signed.encode(), digest))}"


def claims(**changes: object) -> dict[str, object]:
    """Return the claims of a good token, changed; ``...`` leaves one out."""
    usual = {"client_id": CLIENT, "iat": NOW, **changes}
    return {name: value for name, value in usual.items() if value is not ...}


def token(secret: str = SECRET, /, **changes: object) -> str:
    """Return a well-signed token."""
    return sign(HS256, claims(**changes), secret)
