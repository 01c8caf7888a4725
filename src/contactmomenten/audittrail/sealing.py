"""Giving hashes to lines from before there were any, in the background (decision 0013).

A few hundred contactmomenten at a time, each in a transaction of its own, so that no request waits
long. Any number of processes may try; one of them does it, until all is done.
"""

import asyncio
from typing import Final

import structlog

from contactmomenten.database.pool import Writer

logger = structlog.get_logger(__name__)

# Contactmomenten in one transaction: it takes some hundredths of a second.
BATCH: Final = 200

SEAL: Final = "SELECT audittrail_verzegel_verder($1)"

# Between two transactions, and when another process is at it or the database is away.
_PAUSE_SECONDS: Final = 0.02
_AWAY_SECONDS: Final = 5.0


async def seal_all(writer: Writer) -> None:
    """Go on until all lines have their hashes, also through times without a database."""
    while True:
        try:
            more = await writer.value(SEAL, BATCH)
        except Exception as error:  # noqa: BLE001 (it must go on, whatever the database does)
            logger.warning("audit_trail_not_sealed", error=type(error).__name__)
            more = None
        if more is False:
            return
        await asyncio.sleep(_PAUSE_SECONDS if more else _AWAY_SECONDS)
