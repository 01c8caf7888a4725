"""How a token is made that is no good."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.blackbox.support import clients, raw, tokens
from tests.blackbox.support.tokens import part, sign
from tests.blackbox.support.values import JsonObject

ALLES, GEEN = clients.ALLES, clients.GEEN
HS256: Final = {"typ": "JWT", "alg": "HS256"}
HOUR: Final = 3600
DAY: Final = 24 * HOUR

# The codes of section 2.3.
ANONYMOUS: Final = "permission_denied"
NO_RIGHTS: Final = "permission_denied"
GARBLED: Final = "jwt-decode-error"
NO_CLIENT: Final = "missing-client-identifier"
UNKNOWN: Final = "invalid-client-identifier"
SIGNATURE: Final = "invalid-jwt-signature"
ALGORITHM: Final = "jwt-invalidalgorithmerror"
EXPIRED: Final = "jwt-expiredsignatureerror"
TOO_EARLY: Final = "jwt-immaturesignatureerror"
NO_IAT: Final = "jwt-missing-iat-claim"
BAD_IAT: Final = "jwt-invalidissuedaterror"
TOO_OLD: Final = "jwt-expired"

PUBLIC_KEY: Final = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n"
    "q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n"
    "-----END PUBLIC KEY-----\n"
)


NONE_FIRST: Final = b'{"alg":"none","alg":"HS256"}'
NONE_LAST: Final = b'{"alg":"HS256","alg":"none"}'


@dataclass(frozen=True, slots=True)
class Forgery:
    """One forgery: its name, the code that it must be refused with, and how it is made.

    It is made when it is sent, as tokens age.
    """

    name: str
    code: str
    make: Callable[[], list[raw.Header]]
    query: str = ""


def bearer(token: str | bytes) -> list[raw.Header]:
    """Give the headers of a request with this token."""
    text = token.encode("latin-1") if isinstance(token, str) else token
    return [("Authorization", b"Bearer " + text)]


def claims(**changes: object) -> JsonObject:
    """Give the claims of the client that may do everything, with changes."""
    return tokens.claims(ALLES, changes)


def good() -> str:
    """Give the token that the forger has seen."""
    return tokens.token(ALLES)


def in_parts() -> list[str]:
    return good().split(".")


def unsigned(header: JsonObject) -> str:
    return f"{part(header)}.{part(claims())}."


def own(header: JsonObject | None = None, **changes: object) -> str:
    """Give a token in the name of ALLES, signed by the forger with its own secret."""
    return sign(HS256 | (header or {}), claims(**changes), GEEN.secret)


def signed(header: JsonObject | None = None, **changes: object) -> str:
    """Give a token that is rightly signed, whatever it says."""
    return tokens.token(ALLES, changes, header)


def literally(payload: str) -> str:
    """Give a token that is rightly signed, with this payload."""
    return sign(HS256, payload.encode(), ALLES.secret)


def with_time(name: str, literal: str) -> str:
    """Give a token that is rightly signed, with a time as it is written in JSON."""
    return literally(
        json.dumps(claims(**{name: 0})).replace(f'"{name}": 0', f'"{name}": {literal}')
    )


def now(seconds: float = 0) -> int:
    return int(time.time() + seconds)


def last_bits_changed() -> str:
    """Give the good token with other bits after the end of the signature (RFC 4648, 3.5)."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = good()
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]  # two unused bits, both 0


def flipped(index: int) -> str:
    """Give the good token with one letter of the signature changed."""
    head, payload, signature = in_parts()
    other = "A" if signature[index] != "A" else "B"
    return f"{head}.{payload}.{signature[:index]}{other}{signature[index + 1 :]}"


def with_query(name: str) -> Forgery:
    return Forgery(f"the token in the query as {name}", ANONYMOUS, list, f"&{name}={good()}")


def simple(name: str, code: str, make: Callable[[], str | bytes]) -> Forgery:
    return Forgery(name, code, lambda: bearer(make()))


def headers(name: str, code: str, make: Callable[[], list[raw.Header]]) -> Forgery:
    return Forgery(name, code, make)


def without_signature(algorithm: str) -> Forgery:
    return simple(f"alg {algorithm}, unsigned", ALGORITHM, lambda: unsigned({"alg": algorithm}))


def other_algorithm(algorithm: object, digest: str) -> Forgery:
    return simple(
        f"alg {algorithm!r}, signed by HMAC with {digest}",
        ALGORITHM,
        lambda: sign({"typ": "JWT", "alg": algorithm}, claims(), ALLES.secret, digest=digest),
    )


def with_header(name: str, value: object) -> Forgery:
    return simple(
        f"header {name} {value!r:.30} that names another key", SIGNATURE, lambda: own({name: value})
    )


def stranger(name: str, client_id: object) -> Forgery:
    return simple(f"client_id {name}", UNKNOWN, lambda: own(client_id=client_id))
