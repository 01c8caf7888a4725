"""ZGW tokens: JWTs signed by a client with its secret (behaviour 2)."""

import hmac
import json
import re
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from secrets import token_urlsafe
from typing import Any, Final, NamedTuple

import jwt
from jwt.algorithms import HMACAlgorithm

from contactmomenten.http.problems import PERMISSION_DENIED, Problem

# Short secrets are warned about once, when they are configured; not at each token.
warnings.filterwarnings("ignore", category=jwt.InsecureKeyLengthWarning)

_jws = jwt.PyJWS()
_DIGESTS: Final = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,400}")

# Secrets that nobody has: as many as a client has at most. They take the place of those that a
# client has not, so that the time of a refusal tells nothing of the client.
_NOBODYS: Final = (token_urlsafe(32), token_urlsafe(32))

_PREFIX = "Bearer "
_REMEMBERED = 10_000
# Characters of a token. Reading one costs time, and remembering it room, before anybody paid.
_LONGEST = 16_384

_TEXTS = {
    "jwt-decode-error": (
        "Het JWT kon niet gedecodeerd worden. Mogelijks heb je een copy-paste fout gemaakt"
    ),
    "missing-client-identifier": "Client identifier is niet aanwezig in JWT",
    "invalid-client-identifier": "Client identifier bestaat niet",
    "invalid-jwt-signature": "Client credentials zijn niet geldig",
    "jwt-invalidalgorithmerror": "Het JWT is ondertekend met een algoritme dat niet is toegestaan.",
    "jwt-expiredsignatureerror": "Het JWT is verlopen (exp).",
    "jwt-immaturesignatureerror": "Het JWT is nog niet geldig (nbf of iat ligt in de toekomst).",
    "jwt-missing-iat-claim": "Het JWT heeft geen iat-claim.",
    "jwt-invalidissuedaterror": "De iat-claim van het JWT is geen getal.",
    "jwt-expired": "Het JWT is te lang geleden uitgegeven (iat).",
}


class TokenError(Exception):
    """A token is refused; `code` is that of the 403, `client_id` whose it says it is, if any."""

    def __init__(self, code: str, client_id: str | None = None) -> None:
        """Refuse with `code`."""
        super().__init__(code)
        self.code = code
        self.client_id = client_id

    @property
    def text(self) -> str:
        """The reason in one Dutch sentence."""
        return _TEXTS[self.code]

    def problem(self) -> Problem:
        """Return the 403."""
        return Problem(PERMISSION_DENIED, self.text, code=self.code)


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose signature was found right.

    `secret` is the one that signed it; times are seconds since 1970.
    """

    client_id: str
    user_id: str
    user_representation: str
    secret: str
    issued_at: float
    expires_at: float | None
    not_before: float | None


def bearer_token(authorization: str | None) -> str | None:
    """Return the token of the header Authorization; None when there is none."""
    if authorization is None or not authorization.startswith(_PREFIX):
        return None
    return authorization[len(_PREFIX) :]


class TokenVerifier:
    """Verifies tokens and remembers the right ones, as clients use one token many times."""

    def __init__(self, *, expiry: int, leeway: int, algorithms: list[str]) -> None:
        """Accept tokens until `expiry` seconds after iat, with `leeway` seconds of clock drift."""
        self._expiry = expiry
        self._leeway = leeway
        self._algorithms = algorithms
        self._remembered: dict[str, Token] = {}
        self._prepared: Mapping[str, tuple[str, ...]] | None = None
        self._keys: dict[str, dict[str, hmac.HMAC]] = {}

    def verify(
        self, text: str, secrets: Mapping[str, tuple[str, ...]], *, any_age: bool = False
    ) -> Token:
        """Return the token in `text`.

        A remembered token is checked again for its times and for a withdrawn secret.

        Args:
            text: what stands after ``Bearer ``.
            secrets: the live secrets by client id.
            any_age: whether iat may be long ago.

        Raises:
            TokenError: the token is refused.
        """
        token = self._remembered.get(text)
        if token is None or token.secret not in secrets.get(token.client_id, ()):
            token = self._read(text, secrets)
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[text] = token
        self._check_times(token, any_age=any_age)
        return token

    def _read(self, text: str, secrets: Mapping[str, tuple[str, ...]]) -> Token:
        """Return the token in `text`, of which the times are not checked yet.

        A refusal for the client, the algorithm or the signature costs the same work each time.
        """
        header, claims, signature = _decode(text)
        if "client_id" not in claims:
            raise TokenError("missing-client-identifier")
        client_id = claims["client_id"] if isinstance(claims["client_id"], str) else None
        live = secrets.get(client_id, ()) if client_id is not None else ()
        allowed = header.get("alg") in self._algorithms
        algorithm = header["alg"] if allowed else self._algorithms[0]
        if secrets is not self._prepared:
            self._prepare(secrets)
        secret = self._signing_secret(text, signature, live, algorithm)
        if client_id is None or not live:
            raise TokenError("invalid-client-identifier", client_id)
        if not allowed:
            raise TokenError("jwt-invalidalgorithmerror", client_id)
        if secret is None:
            raise TokenError("invalid-jwt-signature", client_id)
        return Token(
            client_id=client_id,
            user_id=_claim_text(claims.get("user_id")),
            user_representation=_claim_text(claims.get("user_representation")),
            secret=secret,
            issued_at=_issued_at(claims, client_id),
            expires_at=_time(claims, "exp", client_id),
            not_before=_time(claims, "nbf", client_id),
        )

    def _prepare(self, secrets: Mapping[str, tuple[str, ...]]) -> None:
        """Prepare all of `secrets` at once, as the first token of each would take longer."""
        self._keys = {
            secret: self._keys.get(secret) or _key(secret, self._algorithms)
            for secret in chain(_NOBODYS, *secrets.values())
        }
        self._prepared = secrets

    def _signing_secret(
        self, text: str, signature: bytes, live: tuple[str, ...], algorithm: str
    ) -> str | None:
        """Return which of the `live` secrets has signed `text`, if any.

        Not finding it takes as long for a client with no, one or two secrets, of any length.
        """
        signed = text.rpartition(".")[0].encode()
        for secret in live + _NOBODYS[len(live) :]:
            mac = self._keys[secret][algorithm].copy()
            mac.update(signed)
            if hmac.compare_digest(mac.digest(), signature):
                return secret
        return None

    def _check_times(self, token: Token, *, any_age: bool) -> None:
        now = time.time()
        latest = now + self._leeway
        code = None
        if token.expires_at is not None and token.expires_at <= now - self._leeway:
            code = "jwt-expiredsignatureerror"
        elif token.issued_at > latest or (
            token.not_before is not None and token.not_before > latest
        ):
            code = "jwt-immaturesignatureerror"
        elif not any_age and now - token.issued_at >= self._expiry + self._leeway:
            code = "jwt-expired"
        if code is not None:
            raise TokenError(code, token.client_id)


class _Parts(NamedTuple):
    header: dict[str, Any]
    claims: dict[str, Any]
    signature: bytes


def _decode(text: str) -> _Parts:
    """Return the parts of a JWS in compact serialisation, with claims in UTF-8."""
    # PyJWT takes base64url with padding as well; a JWS has none.
    if len(text) > _LONGEST or "=" in text:
        raise TokenError("jwt-decode-error")
    try:
        parts = _jws.decode_complete(text, options={"verify_signature": False})
        claims = json.loads(parts["payload"].decode())
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise TokenError("jwt-decode-error") from None
    header = parts["header"]
    if not isinstance(claims, dict) or "crit" in header:
        raise TokenError("jwt-decode-error")
    return _Parts(header, claims, parts["signature"])


def _key(secret: str, algorithms: Sequence[str]) -> dict[str, hmac.HMAC]:
    """Return what signs with `secret`, by algorithm; a key of another kind opens nothing."""
    try:
        key = HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
    except jwt.InvalidKeyError:
        key = token_urlsafe(32).encode()
    return {name: hmac.new(key, digestmod=_DIGESTS[name]) for name in algorithms}


def _claim_text(value: object) -> str:
    """Return a claim as text for the audit trail: null is empty, 255 characters at most."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(value)
    return text.encode("utf-8", "replace").decode().replace("\x00", "")[:255]


def _number(value: object) -> float:
    """Return a claim as a number, also from a text with a whole number.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        return float(int(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
        if number - number == 0:  # neither infinite nor NaN
            return number
    raise ValueError(value)


def _time(claims: Mapping[str, Any], name: str, client_id: str) -> float | None:
    """Return exp or nbf, None when the token has none."""
    try:
        return _number(claims[name]) if name in claims else None
    except (ValueError, OverflowError):
        raise TokenError("jwt-decode-error", client_id) from None


def _issued_at(claims: Mapping[str, Any], client_id: str) -> float:
    if "iat" not in claims:
        raise TokenError("jwt-missing-iat-claim", client_id)
    try:
        return _number(claims["iat"])
    except (ValueError, OverflowError):
        raise TokenError("jwt-invalidissuedaterror", client_id) from None


def make_token(
    client_id: str, secret: str, *, user_id: str = "", user_representation: str = ""
) -> str:
    """Return a token as a client makes it, issued now (behaviour 13)."""
    claims = {
        "iss": client_id,
        "iat": int(time.time()),
        "client_id": client_id,
        "user_id": user_id,
        "user_representation": user_representation,
    }
    return jwt.encode(claims, secret, algorithm="HS256")
