"""A program that delivers until it is killed, as `outboxes.processes` tells it."""

import asyncio
import json
import os
import signal
import sys

import structlog

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import open_database
from contactmomenten.notificaties import delivery
from contactmomenten.outgoing import OutgoingClient, OutgoingSettings
from tests.notificaties.outboxes import registry_of


async def main() -> None:
    """Deliver."""
    told = json.loads(sys.argv[1])
    delivery._SLACK = told["slack"]  # type: ignore[misc]
    registry = registry_of(told["root"], **told["rules"])
    info = ConnectionInfo.from_url(os.environ["DATABASE_URL"])
    database = await open_database(info, max_size=2, seconds=10)
    client = OutgoingClient(OutgoingSettings(timeout=60), lambda: registry.snapshot.services)
    delivering = delivery.Delivery(
        database.writer, client, registry, timeout=told["timeout"], poll=0.2
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, delivering.stop)
    await delivering.run()


structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
asyncio.run(main())
