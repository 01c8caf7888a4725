"""Delivering notifications in a process of its own."""

import asyncio
import contextlib
import signal
from typing import Final

import structlog

from contactmomenten.services import Services

logger = structlog.get_logger(__name__)

# After SIGTERM: as long as a call may take, and some for the database.
_DRAIN_SECONDS: Final = 15.0


async def deliver_until_stopped(services: Services) -> None:
    """Deliver until SIGTERM or SIGINT; calls that are under way are finished first."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    running = asyncio.create_task(services.delivery.run())
    waiting = asyncio.create_task(stopped.wait())
    logger.info("delivering_notifications")
    # Should delivery end by itself, that is a bug, and better seen than waited for.
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    services.delivery.stop()
    await asyncio.wait({running}, timeout=_DRAIN_SECONDS)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
