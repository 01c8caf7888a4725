"""Filling the outbox, and delivering what is in it."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

from contactmomenten.autorisaties.registry import Registry, Snapshot
from contactmomenten.configuration.model import Notifications, Service
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection, Database
from contactmomenten.notificaties.delivery import Delivery
from contactmomenten.notificaties.outbox import insert_notificatie, notificatie
from contactmomenten.outgoing import OutgoingClient, OutgoingSettings
from contactmomenten.secrets import SecretBox
from tests.databases import url_of
from tests.waiting import PATIENCE, eventually

RULES = {"max_retries": 2, "retry_backoff": 1, "retry_backoff_max": 1}
DELIVERER = Path(__file__).with_name("deliverer.py")


def registry_of(root: str | None, **rules: int) -> Registry:
    """Return a configuration with a Notificaties API at `root`, or none."""
    service = Service(
        identifier="nrc",
        label="NRC",
        api_root=root or "",
        api_type="nrc",
        client_id="contactmomenten",
        secret="a secret of the tests, long enough for HS256",
    )
    named = {f"notification_delivery_{name}": value for name, value in (RULES | rules).items()}
    notifications = Notifications(notifications_api_service_identifier="nrc", **named)
    return Registry(
        lambda: SecretBox("key of the tests"),
        Snapshot(1, {}, {}, (service,) if root else (), notifications if root else None, None),
    )


def message(contactmoment: UUID, number: int) -> tuple[UUID, str | None]:
    """Return the values of an outbox line; the number stands where the kanaal stands."""
    url = f"https://cm.example.nl/api/v1/contactmomenten/{contactmoment}"
    row = {"bronorganisatie": "000000000", "kanaal": str(number)}
    return notificatie(
        contactmoment, url, "create" if number == 0 else "update", row, disabled=False
    )


async def write(connection: Connection, *contactmomenten: UUID, each: int = 1) -> None:
    """Write messages 0, 1, … of each contactmoment as requests do; contactmomenten by turns."""
    for number in range(each):
        values = [message(contactmoment, number) for contactmoment in contactmomenten]
        await connection.executemany(insert_notificatie(1), values)


async def fill(connection: Connection, objects: int, each: int) -> None:
    """Write very many messages fast, the contactmomenten by turns."""
    await connection.execute(
        """
        INSERT INTO notificatie (contactmoment, bericht)
        SELECT md5(o::text)::uuid, json_build_object(
            'hoofdObject', 'https://cm.example.nl/api/v1/contactmomenten/' || md5(o::text)::uuid,
            'actie', 'update', 'kenmerken', json_build_object('kanaal', n::text))
        FROM generate_series(0, $2::int - 1) n, generate_series(1, $1::int) o
        ORDER BY n, o
        """,
        objects,
        each,
    )


def uuids(number: int) -> list[UUID]:
    """Return so many new uuids."""
    return [uuid4() for _ in range(number)]


@asynccontextmanager
async def delivering(
    database: Database,
    registry: Registry,
    *,
    processes: int = 1,
    seconds: float = 5,
    slots: int = 8,
) -> AsyncIterator[Delivery]:
    """Deliver for a while, as so many processes would; lend the first one."""
    client = OutgoingClient(OutgoingSettings(timeout=60), lambda: registry.snapshot.services)
    deliveries = [
        Delivery(database.writer, client, registry, timeout=seconds, slots=slots, poll=0.2)
        for _ in range(processes)
    ]
    running = [asyncio.create_task(delivery.run()) for delivery in deliveries]
    try:
        yield deliveries[0]
    finally:
        for task in running:
            task.cancel()
        results = await asyncio.gather(*running, return_exceptions=True)
        await client.aclose()
        ended = (asyncio.CancelledError, type(None))  # cancelled, or stopped before
        assert all(isinstance(result, ended) for result in results), results


async def left(connection: Connection) -> int:
    """Return how many lines are in the outbox."""
    number: int = await connection.fetchval("SELECT count(*) FROM notificatie")
    return number


async def count_becomes(
    connection: Connection, number: int, condition: str = "true", seconds: float = PATIENCE
) -> None:
    """Wait until `number` lines of the outbox meet `condition`."""
    sql = f"SELECT count(*) = {number} FROM notificatie WHERE {condition}"
    await eventually(lambda: connection.fetchval(sql), seconds)


async def empty(connection: Connection, seconds: float = PATIENCE) -> None:
    """Wait until nothing is left in the outbox."""
    await count_becomes(connection, 0, seconds=seconds)


class Process:
    """A process that delivers, and can be killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def kill(self) -> None:
        """Kill it with signal 9."""
        self._process.kill()
        await self._process.wait()

    async def terminate(self) -> int:
        """Stop it with SIGTERM; return its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), 20)


@asynccontextmanager
async def processes(
    info: ConnectionInfo, root: str, number: int, *, slack: float = 5, seconds: float = 5
) -> AsyncIterator[Sequence[Process]]:
    """Run processes that deliver; a call may take `seconds`, a lease lasts `slack` longer."""
    told = json.dumps({"root": root, "rules": RULES, "slack": slack, "timeout": seconds})
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            str(DELIVERER),
            told,
            env={
                **os.environ,
                "DATABASE_URL": url_of(info),
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
        )
        for _ in range(number)
    ]
    try:
        yield [Process(process) for process in started]
    finally:
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
