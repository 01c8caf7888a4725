"""From outside, too, a refusal takes the same time whatever is wrong with client or signature."""

import http.client
import time
from collections.abc import Callable, Mapping
from statistics import quantiles
from typing import Final

import pytest

from tests.blackbox.support import clients
from tests.blackbox.support.program import Program
from tests.blackbox.support.tokens import Credentials, token
from tests.proof import amount, record

from .making import flipped

pytestmark = pytest.mark.quiet

TARGET: Final = "/api/v1/contactmomenten?kanaal=niemand"

# Of which the answers are as long, but for the text of the reason.
WRONG: Final = "x" * len(clients.ALLES.secret)
UNKNOWN: Final = Credentials("bb-allex", WRONG)
BAD: Mapping[str, Callable[[], str]] = {
    "unknown client": lambda: token(UNKNOWN),
    "wrong secret": lambda: token(Credentials(clients.ALLES.client_id, WRONG)),
    "wrong signature": lambda: flipped(5),
}

# What verifying once more would add is a fifth and more.
NOTICEABLE: Final = 1.06


def quartiles(port: int, samples: int) -> dict[str, float]:
    """Return how many microseconds each refusal takes: that a quarter of them are faster than."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {name: {"Authorization": f"Bearer {make()}"} for name, make in BAD.items()}
    times: dict[str, list[int]] = {name: [] for name in BAD}
    for _ in range(samples):
        for name, sent in headers.items():
            started = time.perf_counter_ns()
            connection.request("GET", TARGET, headers=sent)
            response = connection.getresponse()
            response.read()
            times[name].append(time.perf_counter_ns() - started)
            assert response.status == 403
    connection.close()
    return {name: quantiles(taken)[0] / 1000 for name, taken in times.items()}


@pytest.mark.proof
def test_every_refusal_takes_the_same_time(lonely: Program) -> None:
    samples = amount(short=200, long=3_000)
    rounds = [quartiles(lonely.port, samples) for _ in range(5)]
    ratio, found = min((max(one.values()) / min(one.values()), one) for one in rounds)
    record(
        "Time of a refusal, by HTTP",
        samples_of_each=samples,
        slowest_by_fastest=ratio,
        **{f"microseconds, {name}": taken for name, taken in found.items()},
    )
    assert ratio < NOTICEABLE, rounds
