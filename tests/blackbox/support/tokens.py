"""Tokens made by hand, so that every malformed form can be made too."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass

from .values import JsonObject, without_omitted


@dataclass(frozen=True, slots=True)
class Credentials:
    """One client: its identifier and the secret it signs with."""

    client_id: str
    secret: str


def b64url(data: bytes) -> str:
    """Encode as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value: object) -> str:
    """Encode one part: bytes and text literally, anything else as JSON."""
    if isinstance(value, bytes):
        return b64url(value)
    return b64url(json.dumps(value, separators=(",", ":")).encode())


def sign(header: object, payload: object, secret: str, *, digest: str = "sha256") -> str:
    """Make a compact JWS of the given parts, whatever they are."""
    signed = f"{part(header)}.{part(payload)}"
    mac = hmac.new(secret.encode(), signed.encode(), getattr(hashlib, digest)).digest()
    return f"{signed}.{b64url(mac)}"


def claims(credentials: Credentials, changes: JsonObject | None = None) -> JsonObject:
    """Give the usual claims of a client; OMIT as a value leaves a claim out."""
    usual: JsonObject = {
        "iss": credentials.client_id,
        "client_id": credentials.client_id,
        "user_id": "u-1",
        "user_representation": "Uta Eén",
        "iat": int(time.time()),
    }
    return without_omitted(usual | (changes or {}))


def token(
    credentials: Credentials, changes: JsonObject | None = None, header: JsonObject | None = None
) -> str:
    """Make a well-signed token; OMIT as a value leaves a claim or header field out."""
    fields = without_omitted({"typ": "JWT", "alg": "HS256"} | (header or {}))
    return sign(fields, claims(credentials, changes), credentials.secret)
