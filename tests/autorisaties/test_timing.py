"""How long a refusal takes says nothing about the client: not that it exists, nor its secrets."""

import time
from collections.abc import Callable, Mapping
from statistics import quantiles

import pytest

from contactmomenten.autorisaties import tokens
from contactmomenten.autorisaties.tokens import TokenError, TokenVerifier
from tests.autorisaties.signing import HS256, sign
from tests.proof import amount, record

pytestmark = pytest.mark.quiet

ONE, TWO, UNKNOWN = "client-een", "client-two", "client-non"
SECRETS = {
    ONE: ("a secret of usual length, for HS256",),
    TWO: ("kort", "a secret as long as one may be " * 8),
}

# What makes two times differ, in the same process. Leaving out one of two HMACs gives 1.07.
NOTICEABLE = 1.04


def _forged(client_id: str) -> str:
    return sign(HS256, {"client_id": client_id, "iat": int(time.time())}, "nobody's secret")


def _tampered(client_id: str) -> str:
    head, payload, signature = _forged(client_id).split(".")
    return f"{head}.{payload}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'E'}"


FORGERIES: Mapping[str, tuple[str, str]] = {
    "unknown client": (_forged(UNKNOWN), "invalid-client-identifier"),
    "wrong secret": (_forged(ONE), "invalid-jwt-signature"),
    "wrong secret, client with two": (_forged(TWO), "invalid-jwt-signature"),
    "wrong signature": (_tampered(ONE), "invalid-jwt-signature"),
}


def _refusal(verifier: TokenVerifier, text: str, code: str) -> Callable[[], None]:
    def refuse() -> None:
        found = None
        try:
            verifier.verify(text, SECRETS)
        except TokenError as error:
            found = error.code
        assert found == code

    return refuse


def quartiles(samples: int) -> dict[str, float]:
    """Return how many microseconds each refusal takes: that a quarter of them are faster than.

    They are asked for in turn, so that whatever slows the machine down slows all of them.
    """
    verifier = TokenVerifier(expiry=3600, leeway=60, algorithms=["HS256"])
    refusals = {name: _refusal(verifier, *forgery) for name, forgery in FORGERIES.items()}
    times: dict[str, list[int]] = {name: [] for name in refusals}
    for _ in range(samples):
        for name, refuse in refusals.items():
            started = time.perf_counter_ns()
            refuse()
            times[name].append(time.perf_counter_ns() - started)
    return {name: quantiles(taken)[0] / 1000 for name, taken in times.items()}


def differences(samples: int) -> list[tuple[float, dict[str, float]]]:
    """Return of some rounds how many times the fastest refusal the slowest takes, least first."""
    rounds = [quartiles(samples) for _ in range(5)]
    return sorted((max(found.values()) / min(found.values()), found) for found in rounds)


@pytest.mark.proof
def test_every_refusal_takes_the_same_time() -> None:
    samples = amount(short=1000, long=40_000)
    ratio, found = differences(samples)[0]
    record(
        "Time of a refusal, in the verifier",
        samples_of_each=samples,
        slowest_by_fastest=ratio,
        **{f"microseconds, {name}": taken for name, taken in found.items()},
    )
    assert ratio < NOTICEABLE, found


def test_a_shortcut_for_unknown_clients_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """This test of the test leaves out what the verifier does for clients that do not exist."""
    monkeypatch.setattr(tokens, "_NOBODYS", ())
    assert differences(1000)[0][0] > NOTICEABLE


def test_secrets_are_prepared_before_their_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done at the first token of a client would tell that it exists."""
    verifier = TokenVerifier(expiry=3600, leeway=60, algorithms=["HS256"])
    _refusal(verifier, *FORGERIES["unknown client"])()
    monkeypatch.setattr(tokens, "_key", lambda *_: pytest.fail("prepared late"))
    for forgery in FORGERIES.values():
        _refusal(verifier, *forgery)()
