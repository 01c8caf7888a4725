"""Clients that drip, stall or never read: nobody else waits for them, and they are ended."""

import sys
import time
from typing import Final

import pytest

from tests.blackbox.support import clients
from tests.blackbox.support.api import Api, with_query
from tests.blackbox.support.program import Program
from tests.proof import amount, record

from .conftest import CLIENT_TIMEOUT
from .slow import Others, connections_of, crowd

pytestmark = [pytest.mark.proof, pytest.mark.quiet]

CROWD: Final = 1000
ROUNDS: Final = amount(short=8, long=32)
SECONDS: Final = 0.25
# Without any crowd a p99 is between 2 and 20 ms on a small machine, from one second to the next.
NOISE: Final = amount(short=20, long=0) / 1000
# The rest is for a machine that is busy with opening and closing all of them.
ENDED: Final = CLIENT_TIMEOUT * 1.5 + 5


def head(api: Api, method: str, path: str, *more: str) -> bytes:
    """Give the head of a request by this client, without its empty line."""
    lines = [f"{method} /api/v1{path} HTTP/1.1", f"Host: {api.host}"]
    lines += [f"{name}: {value}" for name, value in api.authorization().items()]
    return "\r\n".join([*lines, *more, ""]).encode("latin-1")


@pytest.fixture(scope="module")
def crowd_api(target_api: Api) -> Api:
    """Give the API for the client of the crowd, which is not that of the others."""
    return target_api.as_client(clients.UNIE)


@pytest.fixture(scope="module")
def others(target: Program, target_api: Api) -> Others:
    """Give clients that read one contactmoment."""
    moment = target_api.moment()
    path = moment["url"].removeprefix(target_api.origin)
    return Others(target.port, path, target_api.authorization())


class Waiting:
    """How long others wait for their answers, without the crowd and with it."""

    def __init__(self, subject: str, others: Others) -> None:
        self._subject = subject
        self._others = others
        self._before = self._p99()
        self._meanwhile = 0.0

    def _p99(self) -> float:
        return self._others.p99(rounds=ROUNDS, seconds=SECONDS)

    def measure(self) -> None:
        """Measure with the crowd."""
        self._meanwhile = self._others.p99(rounds=8, seconds=SECONDS)

    def compare(self, **figures: float) -> None:
        """Expect that with the crowd it was less than twice as long, before or after, or noise."""
        without = self._before
        if self._meanwhile >= 2 * without:  # is it the machine that has something else to do?
            without = max(without, self._p99())
        record(
            self._subject,
            connections=CROWD,
            p99_of_others_without_in_ms=without * 1000,
            p99_of_others_meanwhile_in_ms=self._meanwhile * 1000,
            **figures,
        )
        shown = f"{without * 1000:.1f} ms without, {self._meanwhile * 1000:.1f} ms meanwhile"
        sys.stdout.write(f"{self._subject}: {shown}\n")
        assert self._meanwhile < max(2 * without, without + NOISE), shown


def test_heads_that_drip(target: Program, crowd_api: Api, others: Others) -> None:
    waiting = Waiting("Slow clients: heads that drip", others)
    first = head(crowd_api, "GET", "/contactmomenten")
    with crowd(target.port, CROWD, first, drip=b"x: y\r\n", every=5) as slow:
        waiting.measure()
        assert slow.waiting() == CROWD
        assert slow.all_ended(ENDED), f"{slow.waiting()} were not ended"
    waiting.compare()


def test_clients_that_say_nothing(target: Program, others: Others) -> None:
    waiting = Waiting("Slow clients: silence", others)
    with crowd(target.port, CROWD, b"") as slow:
        waiting.measure()
        assert slow.waiting() == CROWD
        assert slow.all_ended(ENDED), f"{slow.waiting()} were not ended"
    waiting.compare()


def test_bodies_that_drip(target: Program, crowd_api: Api, others: Others) -> None:
    waiting = Waiting("Slow clients: bodies that drip", others)
    more = ("Content-Type: application/json", "Content-Length: 100000", "")
    first = head(crowd_api, "POST", "/contactmomenten", *more) + b'{"tekst":"'
    with crowd(target.port, CROWD, first, drip=b"x", every=5) as slow:
        waiting.measure()
        assert slow.all_ended(ENDED), f"{slow.waiting()} were not ended"
    waiting.compare()


def test_answers_that_nobody_reads(
    target: Program, target_api: Api, crowd_api: Api, others: Others
) -> None:
    path = big_list(target_api, 2000)
    waiting = Waiting("Slow clients: answers that nobody reads", others)
    memory = target.resident_megabytes()
    with crowd(target.port, CROWD, head(crowd_api, "GET", path, "")):
        others.p99(rounds=1, seconds=2)  # first they are answered, which is work as any other
        waiting.measure()
        assert connections_of(target.port) >= CROWD
        left = until_few(target.port)
        kept = target.resident_megabytes() - memory
    assert left < 20, f"{left} connections are kept"
    waiting.compare(megabytes_kept=kept)
    assert kept < 400


def test_answers_too_big_for_the_buffers_of_the_system(target: Program, target_api: Api) -> None:
    path = big_list(target_api, 60_000)
    with crowd(target.port, 20, head(target_api, "GET", path, "")):
        left = until_few(target.port)
    assert left < 5, f"{left} connections are kept"


def test_three_thousand_idle_connections_lock_nobody_out(target: Program, target_api: Api) -> None:
    with crowd(target.port, 3000, b"") as slow:
        assert target_api.get("/contactmomenten", kanaal="niemand").status_code == 200
        assert slow.waiting() == 3000


def big_list(api: Api, characters: int) -> str:
    """Make a page of moments with a text of this length; give its path."""
    kanaal = api.moment(tekst="x" * characters)["kanaal"]
    for _ in range(99):
        api.moment(kanaal=kanaal, tekst="x" * characters)
    path = with_query("/contactmomenten", {"kanaal": kanaal})
    assert len(api.get(path).content) > 100 * characters
    return path


def until_few(port: int) -> int:
    """Wait until the connections of a crowd are gone; give how many are left when time is up."""
    deadline = time.monotonic() + ENDED
    while connections_of(port) >= 5 and time.monotonic() < deadline:
        time.sleep(0.1)
    return connections_of(port)
