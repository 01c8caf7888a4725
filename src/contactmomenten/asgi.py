"""What the server runs in each worker process: `application`, an ASGI callable."""

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
from typing import Final

import structlog

from contactmomenten.app import Application
from contactmomenten.autorisaties.access import Access
from contactmomenten.autorisaties.registry import Registry, read_snapshot
from contactmomenten.autorisaties.tokens import TokenVerifier
from contactmomenten.database.pool import Database, open_database
from contactmomenten.http.request import Receive, Scope, Send
from contactmomenten.logs import set_up_logging
from contactmomenten.secrets import SecretBox
from contactmomenten.settings import Settings, SettingsError, read_settings

logger = structlog.get_logger(__name__)

# A changed configuration is known to every worker within a second.
_REFRESH_SECONDS: Final = 0.4

_PR_SET_PDEATHSIG: Final = 1


class Worker:
    """One worker: starts and stops its services, and passes requests to the application."""

    def __init__(self) -> None:
        """Nothing is opened before the server says so."""
        self._application: Application | None = None
        self._database: Database | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or follow the server through its life."""
        if scope["type"] == "http" and self._application is not None:
            await self._application(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self) -> None:
        end_with_parent()
        settings = read_settings(os.environ)
        set_up_logging(settings.log_level)
        info = settings.connection
        if info is None:
            message = (
                "A worker needs DATABASE_URL or DB_HOST; start it with `contactmomenten serve`."
            )
            raise SettingsError(message)
        self._database = await open_database(
            info, max_size=settings.db_pool_max_size, seconds=settings.db_timeout
        )
        box = SecretBox(settings.secret_key)
        registry = Registry(box, await read_snapshot(self._database.writer.rows, box))
        self._refreshing = asyncio.create_task(_keep_fresh(registry, self._database))
        self._application = Application(
            settings, self._database, Access(registry, verifier(settings))
        )

    async def _stop(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._refreshing
        if self._database is not None:
            await self._database.close()


def verifier(settings: Settings) -> TokenVerifier:
    """Return what verifies tokens by the rules in the settings."""
    return TokenVerifier(
        expiry=settings.jwt_expiry,
        leeway=settings.time_leeway,
        algorithms=[name.strip() for name in settings.jwt_algorithms.split(",")],
    )


async def _keep_fresh(registry: Registry, database: Database) -> None:
    while True:
        await asyncio.sleep(_REFRESH_SECONDS)
        try:
            await registry.refresh(database.writer)
        except Exception as error:  # noqa: BLE001 (it must go on, whatever the database does)
            logger.warning("configuration_not_refreshed", error=type(error).__name__)


def end_with_parent() -> None:
    """Ask the kernel to end this worker when the program that started it is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        parent = multiprocessing.parent_process()
        if parent is not None and parent.pid != os.getppid():  # it was killed before we asked
            os.kill(os.getpid(), signal.SIGTERM)


application = Worker()
