"""Whether the Notificaties API as a whole can be called, as seen by one process."""

import time
from collections.abc import Callable
from typing import Final

from contactmomenten.notificaties.outcomes import ENOUGH, Outcome, Verdict, backoff

# Probes are few, so they may come more often than the attempts for one notification.
_LONGEST_PAUSE: Final = 15.0


class Circuit:
    """Opens when nothing but failures come back, and closes at the first answer that is none.

    While it is open nothing is sent, except a few probes after each pause.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin closed; `clock` gives seconds."""
        self._clock = clock
        self._blame = 0
        self._probes = 0
        self._pause_ends = 0.0
        self._retry_after = 0.0
        self.is_open = False

    def pause(self) -> float:
        """Return the seconds during which nothing may be sent, probes included."""
        ends = max(self._retry_after, self._pause_ends if self.is_open else 0.0)
        return max(0.0, ends - self._clock())

    def tell(self, outcome: Outcome, *, first: float, longest: float) -> bool:
        """Take an outcome into account; return whether the circuit opened or closed by it.

        Args:
            outcome: of an attempt.
            first: seconds of the first pause.
            longest: seconds of the longest one, if less than 15.
        """
        was_open = self.is_open
        if outcome.verdict in {Verdict.ACCEPTED, Verdict.REFUSED}:
            # A wish to wait holds all the same: this may be the answer to an earlier request.
            self._close()
        elif outcome.verdict is Verdict.FAILED:
            self._blame += outcome.blame
            if self._blame >= ENOUGH:
                self._open(first, min(longest, _LONGEST_PAUSE))
            if outcome.retry_after is not None:
                self._retry_after = max(self._retry_after, self._clock() + outcome.retry_after)
        return self.is_open != was_open

    def reset(self) -> None:
        """Begin anew, as another API was configured."""
        self._close()
        self._retry_after = 0.0

    def _close(self) -> None:
        self.is_open = False
        self._blame = self._probes = 0

    def _open(self, first: float, longest: float) -> None:
        now = self._clock()
        # What was under way when the circuit opened is no failed probe.
        if not self.is_open or now >= self._pause_ends:
            self._probes += 1
            self._pause_ends = now + backoff(self._probes, first, longest)
        self.is_open = True
