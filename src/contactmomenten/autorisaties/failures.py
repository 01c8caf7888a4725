"""Limits how often it is told why a token is refused (decision 0014).

A good token is never looked up here: whoever fails, in whosever name and from whichever address,
takes nothing from a client that signs rightly.
"""

import math
import time
from collections import OrderedDict
from typing import Final

import structlog

from contactmomenten.http.problems import THROTTLED, Problem

logger = structlog.get_logger(__name__)

# Addresses, and clients, that are remembered at a time.
_MOST: Final = 10_000

_TEXT: Final = (
    "Er zijn te veel tokens geweigerd. Een geldig token wordt altijd geaccepteerd; waarom een "
    "token niet geldig is, wordt over {seconds} seconden weer gemeld."
)


class _Window:
    __slots__ = ("count", "end")

    def __init__(self, end: float) -> None:
        self.end = end
        self.count = 0


class Counter:
    """Counts what happens to each of many keys, in windows that begin with the first time."""

    def __init__(self, name: str, limit: int, seconds: float) -> None:
        """Allow `limit` in `seconds`, any number when it is 0; `name` says in the log what of."""
        self._name = name
        self._limit = limit
        self._seconds = seconds
        # In the order in which they end, as they are all as long.
        self._windows: OrderedDict[int, _Window] = OrderedDict()

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._windows)

    def add(self, key: str) -> float:
        """Count one more, and return after how many seconds it is allowed: 0 when it is now."""
        if not self._limit:
            return 0.0
        now = time.monotonic()
        number = hash(key)  # what strangers send is not kept
        window = self._windows.get(number)
        if window is None or window.end <= now:
            self._windows.pop(number, None)
            if len(self._windows) >= _MOST:
                self._windows.popitem(last=False)
            window = self._windows[number] = _Window(now + self._seconds)
        window.count += 1
        if window.count == self._limit + 1:
            # Not which: an address may be that of a person, and a client id is anything at all.
            logger.warning("too_many_refused_tokens", by=self._name)
        return window.end - now if window.count > self._limit else 0.0


class Failures:
    """The refused tokens of this worker, by address and by client."""

    def __init__(self, *, per_address: int, per_client: int, seconds: float) -> None:
        """Tell the reason of so many refusals in `seconds`; 0 is of all."""
        self._addresses = Counter("address", per_address, seconds)
        self._clients = Counter("client", per_client, seconds)

    def check(self, address: str, client_id: str | None) -> None:
        """Count a refused token from `address`, in the name of `client_id` if it has any.

        Raises:
            Problem: the 429, when there were too many.
        """
        # What is too much of an address is not counted for clients: one address cannot fill that.
        wait = self._addresses.add(address)
        if not wait and client_id is not None:
            wait = self._clients.add(client_id)
        if wait:
            seconds = math.ceil(wait)
            raise Problem(
                THROTTLED,
                _TEXT.format(seconds=seconds),
                headers=((b"retry-after", b"%d" % seconds),),
            )
