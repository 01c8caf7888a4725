"""One attempt: a notification goes out, and an outcome comes back."""

import asyncio
from traceback import format_tb
from typing import Protocol

import structlog

from contactmomenten.notificaties.outcomes import (
    Outcome,
    failed_call,
    fault_of_ours,
    judged,
)
from contactmomenten.outgoing import Answer, CallFailed
from contactmomenten.outgoing.failures import TIME_OUT

logger = structlog.get_logger(__name__)


class Client(Protocol):
    """What calls the Notificaties API, and signs in there."""

    async def post(self, url: str, body: bytes) -> Answer:
        """Return the answer to POST `url`.

        Raises:
            CallFailed: there is none.
        """


async def send(client: Client, url: str, bericht: bytes, seconds: float) -> Outcome:
    """Send `bericht` to `url`; give up after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            answer = await client.post(url, bericht)
    except CallFailed as failure:
        return failed_call(failure.reason)
    except TimeoutError:
        return failed_call(TIME_OUT)
    except Exception as error:  # noqa: BLE001 (a bug there must not stop all notifications)
        where = "".join(format_tb(error.__traceback__))
        logger.error("notification_call_broke", error=type(error).__name__, where=where)  # noqa: TRY400 (the text of the error may tell of people)
        return fault_of_ours(error)
    return judged(answer.status, answer.headers)
