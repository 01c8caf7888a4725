import json
import sys
import time
import warnings
from collections.abc import Mapping

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contactmomenten.autorisaties.tokens import (
    Token,
    TokenError,
    TokenVerifier,
    bearer_token,
    make_token,
)
from tests.autorisaties.signing import CLIENT, HS256, NOW, SECRET, claims, part, sign, token
from tests.fields.json_values import JSON

EXPIRY, LEEWAY = 3600, 60
OTHER = "another secret that is long enough too"
SECRETS = {CLIENT: (SECRET,)}


class Clock:
    now: float = NOW


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", lambda: clock.now)
    return clock


@pytest.fixture
def verifier() -> TokenVerifier:
    return TokenVerifier(expiry=EXPIRY, leeway=LEEWAY, algorithms=["HS256"])


def outcome(
    verifier: TokenVerifier, text: str, secrets: Mapping[str, tuple[str, ...]] | None = None
) -> str:
    """Return the code with which `text` is refused, ``""`` when it is accepted."""
    try:
        verifier.verify(text, SECRETS if secrets is None else secrets)
    except TokenError as error:
        return error.code
    return ""


def test_a_good_token_tells_who_asks(verifier: TokenVerifier) -> None:
    text = token(user_id="jan", user_representation="Jan Één", exp=NOW + 5, nbf=NOW - 5)
    assert verifier.verify(text, SECRETS) == Token(
        CLIENT, "jan", "Jan Één", SECRET, NOW, NOW + 5, NOW - 5
    )


def test_a_token_of_our_own_making_is_good(verifier: TokenVerifier) -> None:
    made = verifier.verify(make_token(CLIENT, SECRET, user_id="a"), SECRETS)
    assert (made.client_id, made.user_id, made.issued_at) == (CLIENT, "a", NOW)


@pytest.mark.parametrize(
    ("authorization", "text"),
    [
        (None, None),
        ("", None),
        ("Bearer", None),
        ("bearer x", None),
        ("Bearer\tx", None),
        ("Basic x", None),
        (" Bearer x", None),
        ("Bearer ", ""),
        ("Bearer x", "x"),
        ("Bearer  x", " x"),
        ("Bearer x, Bearer y", "x, Bearer y"),
    ],
)
def test_a_token_follows_bearer_and_one_space(authorization: str | None, text: str | None) -> None:
    assert bearer_token(authorization) == text


NO_UTF8 = ["utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"]

H, P = part(HS256), part(claims())
SIGNATURE = token().rpartition(".")[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        f"{H}.{P}",
        f"{H}.{P}.",
        f"{H}.{P}.{SIGNATURE}.",
        f"{H}.{P}.{SIGNATURE}.x",
        f".{P}.{SIGNATURE}",
        f"{H}..{SIGNATURE}",
        f" {H}.{P}.{SIGNATURE}",
        f"{H}.{P}.{SIGNATURE} ",
        f"{H}.{P}.{SIGNATURE}!",
        f"{H}.{P}.{SIGNATURE}===",
        f"{H}.{P}.{SIGNATURE}=",
        f"{H}=.{P}.{SIGNATURE}",
        f"{H}\n.{P}.{SIGNATURE}",
        f"{H}.{P}.\xe9",
        f"{H}.{P}.\ud800",
        f"{H}.{P}.{SIGNATURE}\0",
        sign(b"geen json", claims()),
        sign(HS256, b"geen json"),
        sign(HS256, b"\xff"),
        *(sign(HS256, json.dumps(claims()).encode(name)) for name in NO_UTF8),
        sign(b"\xff", claims()),
        sign([], claims()),
        sign("HS256", claims()),
        sign(None, claims()),
        sign(HS256, []),
        sign(HS256, "x"),
        sign(HS256, None),
        sign(HS256, 1),
        sign(HS256, b'{"client_id":' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
        sign(b'{"alg":"HS256","x":' + b"[" * 20_000 + b"]" * 20_000 + b"}", claims()),
        sign(HS256, b'{"iat":' + b"1" * 5000 + b"}"),
        sign(HS256 | {"crit": []}, claims()),
        sign(HS256 | {"crit": None}, claims()),
        sign(HS256 | {"crit": ["exp"], "exp": 1}, claims()),
        sign(HS256 | {"crit": ["b64"], "b64": True}, claims()),
        sign(HS256 | {"crit": ["b64"], "b64": False}, claims()),
        sign(HS256 | {"b64": False}, claims()),
        sign(HS256 | {"kid": 1}, claims()),
        sign(HS256 | {"kid": None}, claims()),
        sign(HS256 | {"kid": ["x"]}, claims()),
        sign(HS256 | {"kid": {}}, claims()),
    ],
    ids=lambda text: ascii(text[:30]),
)
def test_what_is_no_token_cannot_be_decoded(verifier: TokenVerifier, text: str) -> None:
    assert outcome(verifier, text) in {"jwt-decode-error", "invalid-jwt-signature"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("abc", "jwt-decode-error"),
        (sign(HS256 | {"crit": ["b64"], "b64": True}, claims()), "jwt-decode-error"),
        (token(client_id=...), "missing-client-identifier"),
        (token(client_id="x"), "invalid-client-identifier"),
        (token(client_id=""), "invalid-client-identifier"),
        (token(client_id=None), "invalid-client-identifier"),
        (token(client_id=1), "invalid-client-identifier"),
        (token(client_id=[CLIENT]), "invalid-client-identifier"),
        (token(client_id={CLIENT: 1}), "invalid-client-identifier"),
        (token(client_id="\ud800"), "invalid-client-identifier"),
        (token(client_id=CLIENT.upper()), "invalid-client-identifier"),
        (token(OTHER), "invalid-jwt-signature"),
        (token(""), "invalid-jwt-signature"),
        (token(OTHER, iat=0, exp=0), "invalid-jwt-signature"),
        (f"{H}.{part(claims(user_id='x'))}.{SIGNATURE}", "invalid-jwt-signature"),
        (f"{H}.{P}.{part(b'x')}", "invalid-jwt-signature"),
        (sign({"alg": "none"}, claims()), "jwt-invalidalgorithmerror"),
        (f"{part({'alg': 'none'})}.{P}.", "jwt-invalidalgorithmerror"),
        (sign({"alg": "None"}, claims()), "jwt-invalidalgorithmerror"),
        (sign({"alg": "hs256"}, claims()), "jwt-invalidalgorithmerror"),
        (sign({"alg": "HS384"}, claims(), digest="sha384"), "jwt-invalidalgorithmerror"),
        (sign({"alg": "HS512"}, claims(), digest="sha512"), "jwt-invalidalgorithmerror"),
        (sign({"alg": "RS256"}, claims()), "jwt-invalidalgorithmerror"),
        (sign({"alg": "ES256"}, claims()), "jwt-invalidalgorithmerror"),
        (sign({"alg": "EdDSA"}, claims()), "jwt-invalidalgorithmerror"),
        (sign({"alg": ["HS256"]}, claims()), "jwt-invalidalgorithmerror"),
        (sign({"alg": None}, claims()), "jwt-invalidalgorithmerror"),
        (sign({"alg": {}}, claims()), "jwt-invalidalgorithmerror"),
        (sign({}, claims()), "jwt-invalidalgorithmerror"),
        (token(iat=...), "jwt-missing-iat-claim"),
    ],
)
def test_a_forgery_is_refused_with_the_code_of_what_is_wrong(
    verifier: TokenVerifier, text: str, code: str
) -> None:
    assert outcome(verifier, text) == code


@pytest.mark.parametrize(
    "extra",
    [
        {"aud": "x"},
        {"aud": ["x"]},
        {"aud": []},
        {"aud": 1},
        {"iss": "iemand anders"},
        {"iss": 1},
        {"sub": 1},
        {"jti": 1},
        {"zds": {"scopes": []}},
        {"exp": None} | {"exp": ...},
    ],
)
def test_claims_that_mean_nothing_here_are_ignored(
    verifier: TokenVerifier, extra: dict[str, object]
) -> None:
    assert outcome(verifier, token(**extra)) == ""


@pytest.mark.parametrize(
    "header",
    [{"typ": "x"}, {"typ": None}, {"kid": "x"}, {"client_identifier": "x"}, {"cty": 1}],
)
def test_header_fields_that_mean_nothing_here_are_ignored(
    verifier: TokenVerifier, header: dict[str, object]
) -> None:
    assert outcome(verifier, sign(HS256 | header, claims())) == ""


@pytest.mark.parametrize(
    ("claim", "seconds", "code"),
    [
        ("exp", -LEEWAY, "jwt-expiredsignatureerror"),
        ("exp", -LEEWAY + 0.5, ""),
        ("exp", -LEEWAY + 1, ""),
        ("exp", 0, ""),
        ("exp", -EXPIRY, "jwt-expiredsignatureerror"),
        ("nbf", LEEWAY, ""),
        ("nbf", LEEWAY + 0.5, "jwt-immaturesignatureerror"),
        ("nbf", LEEWAY + 1, "jwt-immaturesignatureerror"),
        ("iat", LEEWAY, ""),
        ("iat", LEEWAY + 1, "jwt-immaturesignatureerror"),
        ("iat", -EXPIRY - LEEWAY + 1, ""),
        ("iat", -EXPIRY - LEEWAY + 0.5, ""),
        ("iat", -EXPIRY - LEEWAY, "jwt-expired"),
        ("iat", -EXPIRY - LEEWAY - 1, "jwt-expired"),
    ],
)
def test_a_time_counts_to_the_second_with_the_leeway(
    verifier: TokenVerifier, claim: str, seconds: float, code: str
) -> None:
    assert outcome(verifier, token(**{claim: NOW + seconds})) == code


NO_NUMBERS: list[object] = [
    "", "x", "1.5", "1e3", "0x1", " 1", "1_0", "+1", "\u0661", "1\n",
    "9" * 5000, "9" * 400, "nan", None, True, False, [], [NOW], {},
]  # fmt: skip


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: repr(value)[:20])
def test_a_time_that_is_no_number_is_refused(verifier: TokenVerifier, value: object) -> None:
    assert outcome(verifier, token(iat=value)) == "jwt-invalidissuedaterror"
    assert outcome(verifier, token(exp=value)) == "jwt-decode-error"
    assert outcome(verifier, token(nbf=value)) == "jwt-decode-error"


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_a_time_that_is_not_finite_is_refused(verifier: TokenVerifier, literal: str) -> None:
    for claim, code in (("iat", "jwt-invalidissuedaterror"), ("exp", "jwt-decode-error")):
        payload = f'{{"client_id":"{CLIENT}","iat":{NOW},"{claim}":{literal}}}'
        assert outcome(verifier, sign(HS256, payload.encode())) == code


@pytest.mark.parametrize("number", [10**400, -(10**400), 10**4000])
def test_a_time_too_large_to_count_with_is_refused(verifier: TokenVerifier, number: int) -> None:
    assert outcome(verifier, token(iat=number)) == "jwt-invalidissuedaterror"
    assert outcome(verifier, token(exp=number)) == "jwt-decode-error"


@pytest.mark.parametrize("value", [NOW, float(NOW), NOW + 0.5, str(NOW)])
def test_a_time_may_be_any_number_or_a_text_of_one(verifier: TokenVerifier, value: object) -> None:
    assert outcome(verifier, token(iat=value, exp=value, nbf=value)) == ""


@pytest.mark.parametrize(
    ("claim", "value", "code"),
    [
        ("exp", 10**300, ""),
        ("exp", -(10**300), "jwt-expiredsignatureerror"),
        ("nbf", 1e300, "jwt-immaturesignatureerror"),
        ("iat", -1e300, "jwt-expired"),
        ("iat", 10**300, "jwt-immaturesignatureerror"),
    ],
)
def test_a_time_far_away_is_just_that(
    verifier: TokenVerifier, claim: str, value: object, code: str
) -> None:
    assert outcome(verifier, token(**{claim: value})) == code


def test_a_token_is_only_so_long(verifier: TokenVerifier) -> None:
    """Reading one takes longer the longer it is, whoever sent it."""
    assert outcome(verifier, token(user_id="x" * 12_000)) == ""
    assert outcome(verifier, token(user_id="x" * 13_000)) == "jwt-decode-error"


def test_either_of_two_live_secrets_will_do(verifier: TokenVerifier) -> None:
    both = {CLIENT: (SECRET, OTHER)}
    assert verifier.verify(token(SECRET), both).secret == SECRET
    assert verifier.verify(token(OTHER), both).secret == OTHER
    assert outcome(verifier, token("a third secret that is long enough"), both) != ""


def test_a_withdrawn_secret_stops_working_though_its_token_was_accepted(
    verifier: TokenVerifier,
) -> None:
    text = token()
    for secrets, code in (
        (SECRETS, ""),
        ({CLIENT: (OTHER, SECRET)}, ""),
        ({CLIENT: (OTHER,)}, "invalid-jwt-signature"),
        ({CLIENT: ()}, "invalid-client-identifier"),
        ({}, "invalid-client-identifier"),
        ({"ander": (SECRET,)}, "invalid-client-identifier"),
        (SECRETS, ""),
    ):
        assert outcome(verifier, text, secrets) == code


def test_an_accepted_token_still_expires(verifier: TokenVerifier, clock: Clock) -> None:
    text = token(exp=NOW + 100)
    for now, code in (
        (NOW, ""),
        (NOW + 159, ""),
        (NOW + 160, "jwt-expiredsignatureerror"),
        (NOW - 61, "jwt-immaturesignatureerror"),
        (NOW, ""),
    ):
        clock.now = now
        assert outcome(verifier, text) == code


def test_an_accepted_token_is_not_verified_again(
    verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = token()
    assert outcome(verifier, text) == ""
    monkeypatch.setattr(TokenVerifier, "_read", lambda *_: pytest.fail("verified again"))
    assert outcome(verifier, text) == ""


def test_a_refused_token_is_not_remembered(verifier: TokenVerifier) -> None:
    outcome(verifier, token(OTHER))
    assert not verifier._remembered


def test_only_so_many_tokens_are_remembered(
    verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contactmomenten.autorisaties.tokens._REMEMBERED", 3)
    for number in range(10):
        assert outcome(verifier, token(user_id=str(number))) == ""
    assert len(verifier._remembered) <= 3


KEY_LIKE = [
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQ\n-----END PUBLIC KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ",
    '{"kty":"oct","k":"abcdefghijklmnopqrstuvwxyz"}',
    "[" * 20_000 + '"kty":1',
]


@pytest.mark.parametrize("secret", KEY_LIKE, ids=lambda secret: secret[:12])
def test_a_secret_that_looks_like_a_key_opens_nothing(verifier: TokenVerifier, secret: str) -> None:
    assert outcome(verifier, token(secret), {CLIENT: (secret,)}) == "invalid-jwt-signature"


@pytest.mark.parametrize("secret", KEY_LIKE, ids=lambda secret: secret[:12])
def test_a_secret_that_looks_like_a_key_does_not_stand_in_the_way_of_the_other(
    verifier: TokenVerifier, secret: str
) -> None:
    assert outcome(verifier, token(), {CLIENT: (secret, SECRET)}) == ""


def test_a_refusal_is_a_403_with_its_code_and_a_text_without_the_token() -> None:
    problem = TokenError("jwt-expired").problem()
    assert (problem.kind.status, problem.code) == (403, "jwt-expired")
    assert problem.detail == "Het JWT is te lang geleden uitgegeven (iat)."


def test_a_short_secret_is_good_enough_and_not_warned_about(verifier: TokenVerifier) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=jwt.InsecureKeyLengthWarning)
        assert outcome(verifier, token("kort"), {CLIENT: ("kort",)}) == ""


def test_other_algorithms_are_accepted_when_so_configured() -> None:
    verifier = TokenVerifier(expiry=EXPIRY, leeway=0, algorithms=["HS256", "HS512"])
    secret = SECRET * 2
    for algorithm, digest, code in (
        ("HS256", "sha256", ""),
        ("HS512", "sha512", ""),
        ("HS384", "sha384", "jwt-invalidalgorithmerror"),
        ("HS512", "sha256", "invalid-jwt-signature"),
    ):
        text = sign({"alg": algorithm}, claims(), secret, digest)
        assert outcome(verifier, text, {CLIENT: (secret,)}) == code


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("jan", "jan"),
        (..., ""),
        (None, ""),
        ("", ""),
        (1, "1"),
        (1.5, "1.5"),
        (True, "True"),
        (["a"], "['a']"),
        ({"a": 1}, "{'a': 1}"),
        ("é\U0001f600", "é\U0001f600"),
        ("a\0b", "ab"),
        ("\ud800", "?"),
        ("x" * 256, "x" * 255),
        ("\U0001f600" * 256, "\U0001f600" * 255),
        (10**4000, "1" + "0" * 254),
    ],
)
def test_a_user_is_text_that_can_be_stored(
    verifier: TokenVerifier, value: object, text: str
) -> None:
    made = verifier.verify(token(user_id=value, user_representation=value), SECRETS)
    assert (made.user_id, made.user_representation) == (text, text)


def test_a_user_nested_deep_does_no_harm(verifier: TokenVerifier) -> None:
    for levels in range(500, sys.getrecursionlimit() + 50, 3):
        user = b"[" * levels + b"]" * levels
        payload = b'{"client_id":"portaal","iat":%d,"user_id":%s}' % (NOW, user)
        assert outcome(verifier, sign(HS256, payload)) in {"", "jwt-decode-error"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["client_id", "iat", "exp", "nbf", "user_id"]), JSON))
def test_no_claims_do_worse_than_being_refused(
    verifier: TokenVerifier, changes: dict[str, object]
) -> None:
    outcome(verifier, token(**changes))
    outcome(verifier, sign(changes | HS256, changes))
    outcome(verifier, sign(changes, changes))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_no_text_is_a_token(verifier: TokenVerifier, text: str) -> None:
    assert outcome(verifier, text) == "jwt-decode-error"
