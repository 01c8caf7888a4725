"""Authentication (section 2): every form of a header and of a token."""

import json
import time
from typing import Any

import httpx
import pytest

from .support import clients, expect, tokens
from .support.api import Api
from .support.tokens import part, sign
from .support.values import OMIT, JsonObject

PATH = "/contactmomenten?kanaal=niemand"
SECRET = clients.ALLES.secret
HS256 = {"typ": "JWT", "alg": "HS256"}
GARBLED = (
    "jwt-decode-error",
    "Het JWT kon niet gedecodeerd worden. Mogelijks heb je een copy-paste fout gemaakt",
)
NO_CLIENT = ("missing-client-identifier", "Client identifier is niet aanwezig in JWT")
UNKNOWN_CLIENT = ("invalid-client-identifier", "Client identifier bestaat niet")
SIGNATURE = ("invalid-jwt-signature", "Client credentials zijn niet geldig")


def claims(**changes: Any) -> JsonObject:  # noqa: ANN401
    """Give the claims of the client with all rights, with changes."""
    return tokens.claims(clients.ALLES, changes)


def ask(api: Api, token: str) -> httpx.Response:
    """Ask for a list with this token."""
    return api.as_client(None).get(PATH, {"Authorization": f"Bearer {token}"})


def refused(response: httpx.Response, reason: tuple[str, str]) -> None:
    expect.forbidden(response, *reason)


def test_a_usual_token_is_accepted(api: Api) -> None:
    assert ask(api, tokens.token(clients.ALLES)).status_code == 200


def test_no_header_is_anonymous(api: Api) -> None:
    expect.forbidden(api.as_client(None).get(PATH))


@pytest.mark.parametrize(
    "form",
    ["Token {}", "Basic {}", "bearer {}", "BEARER {}", "Bearer{}", "{}", "JWT {}", "Bearer:{}"],
)
def test_another_scheme_is_anonymous(api: Api, form: str) -> None:
    header = form.format(tokens.token(clients.ALLES))
    expect.forbidden(api.as_client(None).get(PATH, {"Authorization": header}))


def test_an_empty_header_is_anonymous(api: Api) -> None:
    expect.forbidden(api.as_client(None).raw("GET", PATH, [("Authorization", "")]))


def test_bearer_without_a_token_is_refused(api: Api) -> None:
    """On the wire `Bearer ` and `Bearer` are the same, so either of two codes will do."""
    response = api.as_client(None).raw("GET", PATH, [("Authorization", "Bearer ")])
    assert response.json()["code"] in {"jwt-decode-error", "permission_denied"}
    expect.problem(response, expect.FORBIDDEN, code=response.json()["code"], detail="")


def test_two_blanks_after_bearer_are_refused(api: Api) -> None:
    header = f"Bearer  {tokens.token(clients.ALLES)}"
    response = api.as_client(None).raw("GET", PATH, [("Authorization", header)])
    expect.problem(response, expect.FORBIDDEN, code=response.json()["code"], detail="")


@pytest.mark.parametrize(
    "token",
    [
        "abc",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "..",
        ".",
        "a..",
        "!.!.!",
        f"{part(HS256)}.{part(claims())}",
        f"{part(HS256)}.{part(claims())}.a.b",
        f"{part(HS256)}.{part(claims())}.a",
        f"{part(HS256)[:-1]}!.{part(claims())}.YWJj",
        f"{part(HS256)}.{part(b'geen json')}.YWJj",
        f"{part(b'geen json')}.{part(claims())}.YWJj",
        f"{part(b'')}.{part(claims())}.YWJj",
        f"{part(HS256)}.{part(b'')}.YWJj",
        f"{part(HS256)}.{part(bytes([255, 254]))}.YWJj",
        "é.è.ë",
    ],
    ids=lambda token: token[:8],
)
def test_no_three_readable_parts_cannot_be_decoded(api: Api, token: str) -> None:
    header = f"Bearer {token}".encode("latin-1")
    response = api.as_client(None).get(PATH, {"Authorization": header})
    refused(response, GARBLED)


@pytest.mark.parametrize("value", [[], ["x"], "x", 1, None, True], ids=repr)
def test_a_part_that_is_no_object_cannot_be_decoded(api: Api, value: object) -> None:
    refused(ask(api, sign(HS256, value, SECRET)), GARBLED)
    refused(ask(api, sign(value, claims(), SECRET)), GARBLED)


def test_a_payload_nested_5000_deep_is_refused(api: Api) -> None:
    deep = b'{"client_id":' + b"[" * 5000 + b"]" * 5000 + b"}"
    response = ask(api, sign(HS256, deep, SECRET))
    expect.problem(response, expect.FORBIDDEN, code=response.json()["code"], detail="")


def test_client_id_is_mandatory(api: Api) -> None:
    refused(ask(api, sign(HS256, claims(client_id=OMIT), SECRET)), NO_CLIENT)


def test_iss_is_no_substitute_for_client_id(api: Api) -> None:
    payload = {"iss": clients.ALLES.client_id, "iat": int(time.time())}
    refused(ask(api, sign(HS256, payload, SECRET)), NO_CLIENT)


def test_an_empty_payload_has_no_client_id(api: Api) -> None:
    refused(ask(api, sign(HS256, {}, SECRET)), NO_CLIENT)


@pytest.mark.parametrize(
    "value",
    [
        "onbekend",
        "",
        None,
        1,
        1.5,
        True,
        [],
        ["bb-alles"],
        {},
        {"a": 1},
        "bb-alles ",
        "BB-ALLES",
        "bb-alles\0",
        "\ud800",
        "x" * 10_000,
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_client_that_is_not_known_is_refused(api: Api, value: object) -> None:
    refused(ask(api, sign(HS256, claims(client_id=value), SECRET)), UNKNOWN_CLIENT)


def test_a_signature_with_another_secret_is_refused(api: Api) -> None:
    refused(ask(api, sign(HS256, claims(), SECRET + "x")), SIGNATURE)


def test_a_signature_with_the_secret_of_another_client_is_refused(api: Api) -> None:
    refused(ask(api, sign(HS256, claims(), clients.GEEN.secret)), SIGNATURE)


def test_a_changed_payload_is_refused(api: Api) -> None:
    head, _, signature = tokens.token(clients.ALLES).split(".")
    refused(ask(api, f"{head}.{part(claims(user_id='ander'))}.{signature}"), SIGNATURE)


@pytest.mark.parametrize("cut", [1, 2, 20])
def test_a_shortened_signature_is_refused(api: Api, cut: int) -> None:
    response = ask(api, tokens.token(clients.ALLES)[:-cut])
    assert response.json()["code"] in {SIGNATURE[0], GARBLED[0]}
    expect.problem(response, expect.FORBIDDEN, code=response.json()["code"], detail="")


def test_an_empty_signature_is_refused(api: Api) -> None:
    response = ask(api, f"{part(HS256)}.{part(claims())}.")
    assert response.json()["code"] in {SIGNATURE[0], GARBLED[0]}
    expect.problem(response, expect.FORBIDDEN, code=response.json()["code"], detail="")


def now(seconds: float) -> int:
    return int(time.time() + seconds)


# claim, seconds from now, code ("" = accepted)
TIMES = [
    ("exp", 3600, ""),
    ("exp", -30, ""),
    ("exp", -50, ""),
    ("exp", -90, "jwt-expiredsignatureerror"),
    ("exp", -86_400, "jwt-expiredsignatureerror"),
    ("nbf", -60, ""),
    ("nbf", 30, ""),
    ("nbf", 50, ""),
    ("nbf", 90, "jwt-immaturesignatureerror"),
    ("nbf", 86_400, "jwt-immaturesignatureerror"),
    ("iat", 0, ""),
    ("iat", 30, ""),
    ("iat", 50, ""),
    ("iat", 90, "jwt-immaturesignatureerror"),
    ("iat", 3600, "jwt-immaturesignatureerror"),
    ("iat", -3600, ""),
    ("iat", -3640, ""),
    ("iat", -3680, "jwt-expired"),
    ("iat", -31_536_000, "jwt-expired"),
    ("iat", -1_000_000_000, "jwt-expired"),
]


@pytest.mark.parametrize(("claim", "seconds", "code"), TIMES)
def test_times_in_a_token(api: Api, claim: str, seconds: int, code: str) -> None:
    response = ask(api, tokens.token(clients.ALLES, {claim: now(seconds)}))
    if code:
        expect.forbidden(response, code)
    else:
        assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iat": OMIT}, "jwt-missing-iat-claim"),
        ({"iat": "abc"}, "jwt-invalidissuedaterror"),
        ({"iat": None}, "jwt-invalidissuedaterror"),
        ({"iat": []}, "jwt-invalidissuedaterror"),
        ({"iat": {}}, "jwt-invalidissuedaterror"),
        ({"iat": ""}, "jwt-invalidissuedaterror"),
        ({"exp": "abc"}, "jwt-decode-error"),
        ({"exp": ""}, "jwt-decode-error"),
        ({"exp": []}, "jwt-decode-error"),
        ({"exp": {}}, "jwt-decode-error"),
        ({"nbf": "abc"}, "jwt-decode-error"),
        ({"nbf": []}, "jwt-decode-error"),
        ({"nbf": {}}, "jwt-decode-error"),
    ],
    ids=repr,
)
def test_a_time_that_is_no_number(api: Api, changes: JsonObject, code: str) -> None:
    expect.forbidden(ask(api, tokens.token(clients.ALLES, changes)), code)


@pytest.mark.parametrize("claim", ["iat", "exp", "nbf"])
@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e30", "9" * 400, "-1", "true"]
)
def test_an_absurd_time_never_crashes(api: Api, claim: str, number: str) -> None:
    payload = json.dumps(claims(**{claim: "HIER"})).replace('"HIER"', number).encode()
    assert ask(api, sign(HS256, payload, SECRET)).status_code in {200, 403}


def test_a_fraction_of_a_second_is_a_number(api: Api) -> None:
    changes = {"iat": time.time() - 0.5, "exp": time.time() + 60.5, "nbf": time.time() - 1.5}
    assert ask(api, tokens.token(clients.ALLES, changes)).status_code == 200


@pytest.mark.parametrize(
    ("alg", "digest"),
    [
        ("HS512", "sha512"),
        ("HS384", "sha384"),
        ("RS256", "sha256"),
        ("ES256", "sha256"),
        ("hs256", "sha256"),
        ("HS257", "sha256"),
        ("None", "sha256"),
    ],
)
def test_another_algorithm_is_refused(api: Api, alg: str, digest: str) -> None:
    token = sign({"typ": "JWT", "alg": alg}, claims(), SECRET, digest=digest)
    response = ask(api, token)
    if digest == "sha256":
        assert response.json()["code"] in {"jwt-invalidalgorithmerror", SIGNATURE[0]}
        expect.problem(response, expect.FORBIDDEN, code=response.json()["code"], detail="")
    else:
        expect.forbidden(response, "jwt-invalidalgorithmerror")


@pytest.mark.parametrize("alg", ["none", "NONE", "nOnE"])
def test_algorithm_none_is_refused(api: Api, alg: str) -> None:
    response = ask(api, f"{part({'typ': 'JWT', 'alg': alg})}.{part(claims())}.")
    expect.forbidden(response, "jwt-invalidalgorithmerror")


@pytest.mark.parametrize("alg", [OMIT, None, 1, [], {}, True], ids=repr)
def test_an_algorithm_that_is_no_text_is_refused(api: Api, alg: object) -> None:
    response = ask(api, tokens.token(clients.ALLES, header={"alg": alg}))
    assert response.json()["code"] in {"jwt-invalidalgorithmerror", "jwt-decode-error"}
    expect.problem(response, expect.FORBIDDEN, code=response.json()["code"], detail="")


@pytest.mark.parametrize("crit", [["exp"], [], ["b64"], "x", None], ids=repr)
def test_crit_in_the_header_cannot_be_decoded(api: Api, crit: object) -> None:
    expect.forbidden(ask(api, tokens.token(clients.ALLES, header={"crit": crit})), GARBLED[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "contactmomenten"},
        {"aud": ["a", "b"]},
        {"aud": None},
        {"aud": 1},
        {"iss": "iemand anders"},
        {"iss": OMIT},
        {"iss": None},
        {"zds": {"scopes": []}},
        {"user_id": OMIT, "user_representation": OMIT},
        {"sub": 1, "jti": None, "extra": [1]},
    ],
    ids=repr,
)
def test_other_claims_are_ignored(api: Api, changes: JsonObject) -> None:
    """D-07 for aud."""
    assert ask(api, tokens.token(clients.ALLES, changes)).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [{"client_identifier": "x"}, {"typ": OMIT}, {"typ": "jwt"}, {"kid": "1"}, {"x": [1]}],
    ids=repr,
)
def test_other_header_fields_are_ignored(api: Api, fields: JsonObject) -> None:
    assert ask(api, tokens.token(clients.ALLES, header=fields)).status_code == 200


OLD = {"exp": 1}
STEPS = [
    (claims(client_id=OMIT, **OLD), HS256, "x", NO_CLIENT[0]),
    (claims(client_id=OMIT), {"alg": "HS512"}, SECRET, NO_CLIENT[0]),
    (claims(client_id="onbekend", **OLD), HS256, "x", UNKNOWN_CLIENT[0]),
    (claims(client_id="onbekend"), {"alg": "none"}, SECRET, UNKNOWN_CLIENT[0]),
    (claims(**OLD), HS256, "x", SIGNATURE[0]),
    (claims(nbf=now(9999)), HS256, "x", SIGNATURE[0]),
    (claims(iat=OMIT), HS256, "x", SIGNATURE[0]),
    (claims(iat="x"), HS256, "x", SIGNATURE[0]),
    (claims(aud="x"), HS256, "x", SIGNATURE[0]),
]


@pytest.mark.parametrize(("payload", "header", "secret", "code"), STEPS)
def test_the_first_step_that_fails_names_the_code(
    api: Api, payload: JsonObject, header: JsonObject, secret: str, code: str
) -> None:
    expect.forbidden(ask(api, sign(header, payload, secret)), code)


def test_an_expired_token_of_a_client_without_scopes_is_expired(api: Api) -> None:
    response = ask(api, tokens.token(clients.GEEN, OLD))
    expect.forbidden(response, "jwt-expiredsignatureerror")


def test_a_token_that_was_good_is_refused_once_expired(api: Api) -> None:
    """Whoever remembers verified tokens still looks at the clock."""
    token = tokens.token(clients.ALLES, {"exp": now(-58.0)})
    assert ask(api, token).status_code == 200
    time.sleep(3)
    expect.forbidden(ask(api, token), "jwt-expiredsignatureerror")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/contactmomenten/{0}"),
        ("PUT", "/contactmomenten/{0}"),
        ("PATCH", "/contactmomenten/{0}"),
        ("DELETE", "/contactmomenten/{0}"),
        ("POST", "/contactmomenten"),
        ("GET", "/contactmomenten/{0}/audittrail"),
        ("POST", "/klantcontactmomenten"),
        ("GET", "/klantcontactmomenten"),
        ("POST", "/objectcontactmomenten"),
        ("DELETE", "/objectcontactmomenten/{0}"),
    ],
)
def test_every_operation_looks_at_the_token(api: Api, method: str, path: str) -> None:
    target = path.format("5f0d7a3c-0000-4000-8000-000000000000")
    response = api.as_client(None).request(
        method, target, headers={"Authorization": "Bearer a.b.c"}
    )
    refused(response, GARBLED)


def test_a_huge_token_is_refused(api: Api) -> None:
    response = ask(api, "a" * 60_000)
    assert 400 <= response.status_code < 500
