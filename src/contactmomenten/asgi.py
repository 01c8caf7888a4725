"""What the server runs in each worker process: `application`, an ASGI callable."""

import asyncio
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Final

import structlog

from contactmomenten.app import Application, answer_unavailable
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import unavailable
from contactmomenten.http.body import Receive
from contactmomenten.http.request import Scope, Send
from contactmomenten.keys import Keys, keys_now
from contactmomenten.listening import give_up_on_deaf_clients, take_no_new_connections
from contactmomenten.logs import set_up_logging
from contactmomenten.server import DRAIN, KEY_FILE, NO_DELIVERY, asked
from contactmomenten.services import Services, open_services
from contactmomenten.settings import Settings, SettingsError, read_settings
from contactmomenten.tracing.requests import Answer, traced

logger = structlog.get_logger(__name__)

_PR_SET_PDEATHSIG: Final = 1

# How often a worker looks whether the program that started it is still there.
_PARENT_SECONDS: Final = 1.0

# For the last connections that were asked for: to be made, and to be taken from the queue.
_QUEUE_SECONDS: Final = 0.15

# From the start of a worker until it listens, at most.
_LISTENING_SECONDS: Final = 1.0

# Between two attempts to reach a database that was away at the start.
_OPENING_SECONDS: Final = 0.3

# How many objects are made before the garbage collector looks at the new ones.
_ALLOCATIONS: Final = 20_000


class Worker:
    """One worker: starts and stops its services, and passes requests to the application."""

    def __init__(self) -> None:
        """Nothing is opened before the server says so."""
        self._services: Services | None = None
        self._application: Application | None = None
        self._answer: Answer = answer_unavailable
        self._draining = False
        self._opening: asyncio.Task[None] | None = None
        self._following: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or follow the server through its life."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._start()
                asked.started()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._following is not None:
                    self._following.cancel()
                if self._opening is not None:
                    self._opening.cancel()
                    await asyncio.wait([self._opening])
                if self._services is not None:
                    await self._services.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self) -> None:
        # Again and again: what is told between starting and serving goes unheard.
        self._follow_parent()
        settings = read_settings(os.environ)
        set_up_logging(settings.log_level, settings.log_format_console)
        info = settings.connection
        if info is None:
            message = (
                "A worker needs DATABASE_URL or DB_HOST: start it with `contactmomenten serve`."
            )
            raise SettingsError(message)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(DRAIN, self._drain, settings.drain_seconds)
        # By then the server listens.
        loop.call_later(_LISTENING_SECONDS, give_up_on_deaf_clients, settings.request_timeout)
        try:
            await self._open(settings, info)
        except Exception as error:
            if not unavailable(error):
                raise
            self._opening = asyncio.create_task(self._keep_opening(settings, info))
        # What start-up made stays: the garbage collector need not go through it again and again,
        # and hardly anything of a request is left for it.
        gc.freeze()
        gc.set_threshold(_ALLOCATIONS)

    async def _open(self, settings: Settings, info: ConnectionInfo) -> None:
        deliver = NO_DELIVERY not in os.environ
        self._services = await open_services(settings, info, keys=_keys, deliver=deliver)
        self._application = Application(self._services)
        self._answer = traced(self._application, self._services.tracing)
        self._services.metrics.serving()
        if self._draining:
            self._application.close_connections()

    async def _keep_opening(self, settings: Settings, info: ConnectionInfo) -> None:
        """Try again until the database is back."""
        logger.warning("worker_waits_for_database")
        while self._application is None:
            await asyncio.sleep(_OPENING_SECONDS)
            try:
                await self._open(settings, info)
            except Exception as error:  # noqa: BLE001 (whatever it is, it is no reason to give up)
                logger.warning("worker_still_waits", error=type(error).__name__)

    def _follow_parent(self) -> None:
        end_with_parent()
        self._following = asyncio.get_running_loop().call_later(
            _PARENT_SECONDS, self._follow_parent
        )

    def _drain(self, seconds: float) -> None:
        """Let connections go; this worker will be asked to stop in so many seconds."""
        if not self._draining:
            self._draining = True
            if self._application is not None:
                self._application.close_connections()
            later = max(seconds - _QUEUE_SECONDS, 0)
            asyncio.get_running_loop().call_later(later, take_no_new_connections)


def _keys() -> Keys:
    file = os.environ.get(KEY_FILE)
    return keys_now(Path(file) if file else None, os.environ)


def end_with_parent() -> None:
    """Ask the kernel to end this worker when the program that started it is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        parent = multiprocessing.parent_process()
        if parent is not None and parent.pid != os.getppid():  # it was killed before we asked
            os.kill(os.getpid(), signal.SIGTERM)


application = Worker()
