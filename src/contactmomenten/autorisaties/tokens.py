"""ZGW tokens: JWTs signed by a client with its secret (behaviour 2)."""

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from contactmomenten.http.problems import PERMISSION_DENIED, Problem

# Short secrets are warned about once, when they are configured; not at each token.
warnings.filterwarnings("ignore", category=jwt.InsecureKeyLengthWarning)

_PREFIX = "Bearer "
_REMEMBERED = 10_000

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
    """A token is refused; `code` is that of the 403."""

    def __init__(self, code: str) -> None:
        """Refuse with `code`."""
        super().__init__(code)
        self.code = code

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
        header, claims = _decode(text)
        if "client_id" not in claims:
            raise TokenError("missing-client-identifier")
        client_id = claims["client_id"]
        live = secrets.get(client_id) if isinstance(client_id, str) else None
        if not live:
            raise TokenError("invalid-client-identifier")
        if header.get("alg") not in self._algorithms:
            raise TokenError("jwt-invalidalgorithmerror")
        return Token(
            client_id=client_id,
            user_id=_claim_text(claims.get("user_id")),
            user_representation=_claim_text(claims.get("user_representation")),
            secret=self._signing_secret(text, live),
            issued_at=_issued_at(claims),
            expires_at=_time(claims, "exp"),
            not_before=_time(claims, "nbf"),
        )

    def _signing_secret(self, text: str, live: tuple[str, ...]) -> str:
        for secret in live:
            try:
                jwt.decode(
                    text,
                    secret,
                    algorithms=self._algorithms,
                    # The times are checked by us on each use; aud is ignored.
                    options={
                        "verify_exp": False,
                        "verify_nbf": False,
                        "verify_iat": False,
                        "verify_aud": False,
                        "verify_iss": False,
                        "verify_sub": False,
                        "verify_jti": False,
                    },
                )
            except (jwt.InvalidSignatureError, jwt.InvalidKeyError):
                continue  # the other secret may have signed it
            except jwt.PyJWTError:
                raise TokenError("jwt-decode-error") from None
            return secret
        raise TokenError("invalid-jwt-signature")

    def _check_times(self, token: Token, *, any_age: bool) -> None:
        now = time.time()
        if token.expires_at is not None and token.expires_at <= now - self._leeway:
            raise TokenError("jwt-expiredsignatureerror")
        if token.not_before is not None and token.not_before > now + self._leeway:
            raise TokenError("jwt-immaturesignatureerror")
        if token.issued_at > now + self._leeway:
            raise TokenError("jwt-immaturesignatureerror")
        if not any_age and now - token.issued_at >= self._expiry + self._leeway:
            raise TokenError("jwt-expired")


def _decode(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        parts = jwt.decode_complete(text, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise TokenError("jwt-decode-error") from None
    header, claims = parts["header"], parts["payload"]
    if not isinstance(claims, dict) or "crit" in header:
        raise TokenError("jwt-decode-error")
    return header, claims


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
    if isinstance(value, str):
        return float(int(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
        if number - number == 0:  # neither infinite nor NaN
            return number
    raise ValueError(value)


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    """Return exp or nbf, None when the token has none."""
    try:
        return _number(claims[name]) if name in claims else None
    except (ValueError, OverflowError):
        raise TokenError("jwt-decode-error") from None


def _issued_at(claims: Mapping[str, Any]) -> float:
    if "iat" not in claims:
        raise TokenError("jwt-missing-iat-claim")
    try:
        return _number(claims["iat"])
    except (ValueError, OverflowError):
        raise TokenError("jwt-invalidissuedaterror") from None


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
