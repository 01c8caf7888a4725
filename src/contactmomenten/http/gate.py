"""The gate: how many requests a worker has in hand, and how many wait for their turn.

What is too much is refused at once, before it costs anything: a refusal now is worth more than an
answer that nobody waits for any more. One client cannot take all places, nor the whole queue; and
clients that wait get their turn one after the other.
"""

import asyncio
import time
from collections import OrderedDict, deque
from typing import Final

import structlog

from contactmomenten.http.problems import (
    LATER,
    SERVICE_UNAVAILABLE,
    THROTTLED,
    Problem,
    ProblemClass,
)

logger = structlog.get_logger(__name__)

OVERLOADED: Final = "overloaded"

_FULL: Final = (
    "Er zijn te veel verzoeken tegelijk. Dit verzoek is niet in behandeling genomen; probeer het "
    "later opnieuw."
)
_YOURS: Final = (
    "Deze client heeft te veel verzoeken tegelijk. Dit verzoek is niet in behandeling genomen; "
    "probeer het later opnieuw."
)

# Refusals are told of together, so that they stay cheap.
_TELL_SECONDS: Final = 1.0


class Gate:
    """Counts the requests of one worker.

    A request enters, is found to be of some client, takes a place or waits for one, and leaves.
    """

    def __init__(self, *, places: int, queue: int, patience: float) -> None:
        """Let in as many as there are places and may wait.

        Args:
            places: how many are in hand at most.
            queue: how many wait at most.
            patience: seconds that each of these waits at most.
        """
        self._places = places
        self._share = max(1, places * 3 // 4)
        self._most = places + queue
        self._queue_share = (queue + 1) // 2
        self._patience = patience
        self._inside = 0
        self._taken = 0
        self._taken_by: dict[str, int] = {}
        # Of each client that waits: first the one whose turn was longest ago. While there is a
        # free place, these have their share.
        self._queues: OrderedDict[str, deque[asyncio.Future[bool]]] = OrderedDict()
        self._refused = 0
        self._told = 0.0

    def enter(self) -> None:
        """Let a request in, whoever sent it.

        Raises:
            Problem: the 503, when there are too many inside.
        """
        if self._inside >= self._most:
            raise self._refusal(SERVICE_UNAVAILABLE, _FULL)
        self._inside += 1

    def leave(self, client: str | None) -> None:
        """Let a request out, and take back the place that it had for `client`."""
        self._inside -= 1
        if client is not None:
            self._give_back(client)

    def take(self, client: str) -> bool:
        """Take a place for a request of `client`; False when it has to wait for one."""
        taken = self._taken_by.get(client, 0)
        if self._taken >= self._places or taken >= self._share:
            return False
        self._taken += 1
        self._taken_by[client] = taken + 1
        return True

    def _give_back(self, client: str) -> None:
        """Give a place to whom it is the turn of."""
        self._taken -= 1
        taken = self._taken_by[client] - 1
        if taken:
            self._taken_by[client] = taken
        else:
            del self._taken_by[client]
        if self._queues:
            self._pass_on()

    async def wait(self, client: str) -> None:
        """Wait for a place for a request of `client`.

        Raises:
            Problem: the 429 when too many of this client wait, the 503 when it takes too long.
        """
        queue = self._queues.get(client, deque())
        if len(queue) >= self._queue_share:
            raise self._refusal(THROTTLED, _YOURS)
        self._queues[client] = queue
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        queue.append(turn)
        timer = loop.call_later(self._patience, _give_up, turn)
        try:
            given = await turn
        except asyncio.CancelledError:
            if not turn.cancelled() and turn.result():  # it was its turn just then
                self._give_back(client)
            else:
                self._forget(client, turn)
            raise
        finally:
            timer.cancel()
        if not given:
            self._forget(client, turn)
            raise self._refusal(SERVICE_UNAVAILABLE, _FULL)

    def _pass_on(self) -> None:
        """Give a free place to the first client that waits and has not got its share."""
        for client, queue in self._queues.items():
            taken = self._taken_by.get(client, 0)
            if taken >= self._share:
                continue
            for turn in queue:
                if not turn.done():
                    break
            else:
                continue
            self._taken += 1
            self._taken_by[client] = taken + 1
            self._queues.move_to_end(client)
            self._forget(client, turn)
            turn.set_result(True)
            return

    def _forget(self, client: str, turn: "asyncio.Future[bool]") -> None:
        queue = self._queues[client]
        queue.remove(turn)
        if not queue:
            del self._queues[client]

    def _refusal(self, kind: ProblemClass, detail: str) -> Problem:
        """Return what a request is told that is not taken in hand.

        The log has one line for many of them.
        """
        self._refused += 1
        now = time.monotonic()
        if now - self._told >= _TELL_SECONDS:
            logger.warning(
                OVERLOADED, refused=self._refused, in_hand=self._taken, inside=self._inside
            )
            self._told = now
            self._refused = 0
        return Problem(kind, detail, code=OVERLOADED, headers=LATER, logged=False)


def _give_up(turn: "asyncio.Future[bool]") -> None:
    if not turn.done():
        turn.set_result(False)
