"""What an answer of the Notificaties API means for a notification, and how long to wait then."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import Final

from contactmomenten.outgoing.failures import TIME_OUT

# Whom a failure is held against, see `Outcome.blame`; at ENOUGH the API as a whole is left alone.
ENOUGH: Final = 100
_API_IS_AWAY: Final = 20
_API_IS_SLOW: Final = 5
_API_FAILED_ONCE: Final = 1

# A client that means well asks for no more than this, in seconds.
_LONGEST_RETRY_AFTER: Final = 3600.0

_BLAME: Final[Mapping[int, int]] = {
    HTTPStatus.UNAUTHORIZED: _API_IS_AWAY,
    HTTPStatus.FORBIDDEN: _API_IS_AWAY,
    HTTPStatus.REQUEST_TIMEOUT: _API_IS_SLOW,
    HTTPStatus.TOO_MANY_REQUESTS: ENOUGH,
    HTTPStatus.BAD_GATEWAY: _API_IS_AWAY,
    HTTPStatus.SERVICE_UNAVAILABLE: _API_IS_AWAY,
    HTTPStatus.GATEWAY_TIMEOUT: _API_IS_AWAY,
}
_ASK_TO_WAIT: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_MAX_DOUBLINGS: Final = 30


class Verdict(Enum):
    """What becomes of a notification after an attempt."""

    ACCEPTED = "accepted"  # it is done with
    REFUSED = "refused"  # the message is wrong: tried again a limited number of times
    FAILED = "failed"  # the API is: tried again until it succeeds
    UNTRIED = "untried"  # the attempt was not made, or cut short by ourselves


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended.

    Attributes:
        verdict: what becomes of the notification.
        code: the same in short for an operator, such as ``HTTP 500`` or ``time-out``.
        blame: how strongly it says that the API as a whole is ill. One that cannot be reached
            or knows us no more will treat the next notification no better; one that answers 500
            may only choke on this one.
        retry_after: seconds that the API asks us to wait, for all notifications.
    """

    verdict: Verdict
    code: str
    blame: int = 0
    retry_after: float | None = None


UNTRIED: Final = Outcome(Verdict.UNTRIED, "")


def judged(status: int, headers: Mapping[str, str]) -> Outcome:
    """Return what an answer comes to; `headers` by their names in lower case."""
    code = f"HTTP {status}"
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome(Verdict.ACCEPTED, code)
    known = _BLAME.get(status)
    if known is None and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome(Verdict.REFUSED, code)
    # A redirect tells that the configured address is not the right one.
    blame = known or (_API_IS_AWAY if status < HTTPStatus.BAD_REQUEST else _API_FAILED_ONCE)
    asked = headers.get("retry-after") if status in _ASK_TO_WAIT else None
    return Outcome(Verdict.FAILED, code, blame, _seconds(asked) if asked else None)


def failed_call(reason: str) -> Outcome:
    """Return what a call without an answer comes to."""
    return Outcome(Verdict.FAILED, reason, _API_IS_SLOW if reason == TIME_OUT else _API_IS_AWAY)


def fault_of_ours(error: Exception) -> Outcome:
    """Return what a call that ended in a bug comes to."""
    return Outcome(Verdict.FAILED, type(error).__name__, _API_FAILED_ONCE)


def backoff(failures: int, first: float, longest: float) -> float:
    """Return the seconds to wait after so many failures: exponential, with full jitter.

    The limit below which the dice are thrown is at least one second, whatever is configured, as
    attempts may go on for ever.
    """
    limit = first * 2.0 ** min(max(failures - 1, 0), _MAX_DOUBLINGS)
    return random.uniform(0, max(1.0, min(limit, longest)))  # noqa: S311 (no secret)


def _seconds(text: str) -> float | None:
    """Return the seconds of a Retry-After, given as a number or as a date; None: neither."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        # A number of a thousand digits is a long wait too.
        return float(min(int(text[:10]), _LONGEST_RETRY_AFTER))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    wait = (moment - datetime.now(UTC)).total_seconds()
    return min(max(wait, 0.0), _LONGEST_RETRY_AFTER)
