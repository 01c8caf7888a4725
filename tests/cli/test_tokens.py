import time
from pathlib import Path

import pytest

from contactmomenten.autorisaties.scopes import LEZEN, SCOPES
from contactmomenten.autorisaties.tokens import TokenVerifier
from contactmomenten.cli.tokens import _ADVICE
from tests.autorisaties.signing import HS256, sign
from tests.cli.running import CLIENT, OTHER_SECRET, SECRET, UUID, Run, configuration


@pytest.fixture
def configured(run: Run, tmp_path: Path) -> Run:
    """Return what runs a command on a database with one client."""
    return configure(run, tmp_path, configuration(SECRET))


def configure(run: Run, folder: Path, text: str) -> Run:
    path = folder / "configuration.yaml"
    path.write_text(text)
    run.good("configure", str(path))
    return run


def token(
    secret: str = SECRET, header: dict[str, object] | None = None, /, **claims: object
) -> str:
    """Return a token of the client; ``...`` leaves a claim out."""
    usual = {"client_id": CLIENT, "iat": int(time.time()), **claims}
    left = {name: value for name, value in usual.items() if value is not ...}
    return sign(header or HS256, left, secret)


def test_a_token_is_signed_with_the_configured_secret(configured: Run) -> None:
    text = configured.good("token", CLIENT, "--user", "jan").strip()
    verifier = TokenVerifier(expiry=60, leeway=5, algorithms=["HS256"])
    made = verifier.verify(text, {CLIENT: (SECRET,)})
    assert (made.client_id, made.user_id, made.user_representation) == (CLIENT, "jan", "jan")


def test_a_token_may_be_signed_with_another_secret_without_any_database(run: Run) -> None:
    text = run.good("token", "x", "--secret", OTHER_SECRET, DATABASE_URL="nonsense").strip()
    verifier = TokenVerifier(expiry=60, leeway=5, algorithms=["HS256"])
    assert verifier.verify(text, {"x": (OTHER_SECRET,)}).client_id == "x"


def test_a_client_without_secret_gets_no_token(configured: Run) -> None:
    told = configured.bad("token", "onbekend")
    assert told == "Error: No secret is configured for client 'onbekend'."


@pytest.mark.parametrize("secret", ["", "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----"])
def test_what_cannot_be_a_secret_is_refused(run: Run, secret: str) -> None:
    assert run.bad("token", "x", "--secret", secret).startswith("Error: That cannot be a secret")


def test_of_two_secrets_either_gives_a_good_token(run: Run, tmp_path: Path) -> None:
    configure(run, tmp_path, configuration(SECRET, OTHER_SECRET))
    for text in (run.good("token", CLIENT).strip(), token(SECRET), token(OTHER_SECRET)):
        assert "The token is genuine" in run.good("explain-token", text)


REFUSED = [
    ("jwt-decode-error", "abc"),
    ("jwt-decode-error", ""),
    ("jwt-decode-error", "Bearer "),
    ("jwt-decode-error", "\udcff"),
    ("jwt-decode-error", token(exp="x")),
    ("missing-client-identifier", token(client_id=...)),
    ("invalid-client-identifier", token(client_id="onbekend")),
    ("invalid-client-identifier", token(client_id=1)),
    ("invalid-jwt-signature", token(OTHER_SECRET)),
    ("jwt-invalidalgorithmerror", token(SECRET, {"alg": "none"})),
    ("jwt-expiredsignatureerror", token(exp=1)),
    ("jwt-immaturesignatureerror", token(nbf=time.time() + 9999)),
    ("jwt-immaturesignatureerror", token(iat=time.time() + 9999)),
    ("jwt-missing-iat-claim", token(iat=...)),
    ("jwt-invalidissuedaterror", token(iat="x")),
    ("jwt-expired", token(iat=1)),
    ("jwt-expired", token(iat=-1e300)),
]


@pytest.mark.parametrize(("code", "text"), REFUSED)
def test_a_refused_token_is_explained_without_being_shown(
    configured: Run, code: str, text: str
) -> None:
    told = configured.bad("explain-token", text)
    assert told == f"Error: Refused with code {code}: {_ADVICE[code]}"
    assert len(text) < 20 or text not in told


def test_every_code_is_explained_and_tried_here() -> None:
    assert {code for code, _ in REFUSED} == set(_ADVICE)


@pytest.mark.parametrize("form", ["{}", "Bearer {}"])
def test_a_good_token_is_explained_with_its_rights(configured: Run, form: str) -> None:
    text = token(user_id="jan", user_representation="Jan", exp=time.time() + 60)
    told = configured.good("explain-token", form.format(text))
    assert f"signed by client '{CLIENT}'" in told
    assert "User: jan Jan\n" in told
    assert f"Application: Portaal ({UUID})" in told
    assert [line for line in told.splitlines() if line.startswith("Scope: ")] == [
        f"Scope: {scope}" for scope in sorted(SCOPES)
    ]
    assert "Not granted" not in told
    assert text not in told


def test_what_is_not_granted_is_told_too(run: Run, tmp_path: Path) -> None:
    configure(run, tmp_path, configuration(SECRET, scopes=[LEZEN]))
    lines = run.good("explain-token", token()).splitlines()
    assert [line for line in lines if line.startswith("Scope")] == [f"Scope: {LEZEN}"]
    assert sum(line.startswith("Not granted: ") for line in lines) == len(SCOPES) - 1


def test_a_client_without_application_is_refused(run: Run, tmp_path: Path) -> None:
    text = configuration(SECRET).replace(f'["{CLIENT}"]', '["ander"]')
    configure(run, tmp_path, text)
    told = run.bad("explain-token", token())
    assert told.startswith("Error: Refused with code permission_denied: the client belongs to no")


def test_a_client_with_rights_elsewhere_only_is_refused(run: Run, tmp_path: Path) -> None:
    text = configuration(SECRET, scopes=[LEZEN]).replace('"cmc"', '"zrc"')
    configure(run, tmp_path, text)
    assert "no scopes for component cmc" in run.bad("explain-token", token())


def test_times_far_away_are_told_as_numbers(configured: Run) -> None:
    told = configured.good("explain-token", token(iat=-1e11), JWT_EXPIRY="999999999999999")
    assert "seconds since 1970" in told


def test_the_settings_of_tokens_count(configured: Run) -> None:
    configured.good("explain-token", token(iat=time.time() - 7200), JWT_EXPIRY="7200")
    assert "jwt-expired:" in configured.bad("explain-token", token(iat=time.time() - 7200))
    hs512 = sign({"alg": "HS512"}, {"client_id": CLIENT, "iat": time.time()}, SECRET, "sha512")
    assert "jwt-invalidalgorithmerror" in configured.bad("explain-token", hs512)
