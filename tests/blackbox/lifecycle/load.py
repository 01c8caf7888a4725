"""Clients that go on and on, and remember what they were answered and when."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.standin import StandIn
from tests.blackbox.support.values import OMIT, JsonObject

CONTACT = "/contactmomenten"
MEDEWERKER = {"identificatie": "jan"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request: a status, or the kind of failure (status 0)."""

    began: float
    ended: float
    status: int
    about: str = ""


class Client(threading.Thread):
    """Creates, reads, changes and lists, one request after the other, on a kept connection.

    A connection that is refused was never one: the next root is tried. Every other failure counts.
    """

    def __init__(self, roots: Sequence[str], standin: StandIn, *, pause: float = 0.0) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.outcomes: list[Outcome] = []
        self.acknowledged: list[JsonObject] = []
        self.refused = 0
        self._roots = list(roots)
        self._standin = standin
        self._pause = pause

    def run(self) -> None:
        with httpx.Client(trust_env=False, timeout=45) as http:
            number = 0
            while not self.done.wait(self._pause):
                self._one(http, number)
                number += 1

    def _one(self, http: httpx.Client, number: int) -> None:
        began = time.monotonic()
        for turn in range(len(self._roots) * 100):
            root = self._roots[(number + turn) % len(self._roots)]
            api = Api(root, http, self._standin, clients.ALLES)
            try:
                response = self._request(api, number)
            except httpx.ConnectError:
                self.refused += 1
                time.sleep(0.01)
                continue
            except httpx.HTTPError as error:
                self._note(began, 0, f"{type(error).__name__}: {error}")
            else:
                about = response.headers.get("retry-after", "")
                if response.status_code not in {200, 201, 503}:
                    about = response.text
                self._note(began, response.status_code, about)
                if response.status_code == 201:
                    self.acknowledged.append(response.json())
            return
        self._note(began, 0, "refused by all")

    def _request(self, api: Api, number: int) -> httpx.Response:
        known = self.acknowledged[-1]["url"].rsplit("/", 1)[1] if self.acknowledged else None
        kind = number % 4 if known else 0
        if kind == 1:
            return api.get(f"{CONTACT}/{known}")
        if kind == 2:
            return api.patch(f"{CONTACT}/{known}", {"tekst": str(number)})
        if kind == 3:
            return api.get(CONTACT)
        body = api.moment_body(medewerker=OMIT, medewerkerIdentificatie=MEDEWERKER)
        return api.post(CONTACT, body)

    def _note(self, began: float, status: int, about: str) -> None:
        self.outcomes.append(Outcome(began, time.monotonic(), status, about))


class Load:
    """Several clients, and all that came of them."""

    def __init__(self, clients: Sequence[Client]) -> None:
        self.clients = clients

    @property
    def outcomes(self) -> list[Outcome]:
        """All outcomes so far, in the order in which they came."""
        found = [outcome for client in self.clients for outcome in client.outcomes]
        return sorted(found, key=lambda outcome: outcome.ended)

    @property
    def acknowledged(self) -> list[JsonObject]:
        """All contactmomenten that were acknowledged so far."""
        return [moment for client in self.clients for moment in client.acknowledged]

    @property
    def refused(self) -> int:
        """How often a connection was refused."""
        return sum(client.refused for client in self.clients)

    def of(self, wanted: Callable[[Outcome], bool]) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if wanted(outcome)]

    @property
    def wrong(self) -> list[Outcome]:
        """What must never be: a 500, a cut connection, a 503 that does not say when to retry."""
        return self.of(
            lambda one: (
                one.status not in {200, 201, 503} or (one.status == 503 and one.about != "1")
            )
        )

    @property
    def unavailable(self) -> list[Outcome]:
        return self.of(lambda one: one.status == 503)


@contextmanager
def load(
    roots: Sequence[str], standin: StandIn, number: int, *, pause: float = 0.0
) -> Iterator[Load]:
    """Have `number` clients work, each at all of `roots` in turn, while in the block."""
    # Each begins at another one.
    turned = [[*roots[i % len(roots) :], *roots[: i % len(roots)]] for i in range(number)]
    running = Load([Client(mine, standin, pause=pause) for mine in turned])
    for client in running.clients:
        client.start()
    try:
        yield running
    finally:
        for client in running.clients:
            client.done.set()
        for client in running.clients:
            client.join(60)
            assert not client.is_alive()
