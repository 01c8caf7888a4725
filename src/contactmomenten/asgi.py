"""What the server runs in each worker process: `application`, an ASGI callable."""

import asyncio
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from typing import Final

from contactmomenten.app import Application
from contactmomenten.http.request import Receive, Scope, Send
from contactmomenten.logs import set_up_logging
from contactmomenten.server import NO_DELIVERY
from contactmomenten.services import Services, open_services
from contactmomenten.settings import SettingsError, read_settings
from contactmomenten.stalled_clients import give_up_after

_PR_SET_PDEATHSIG: Final = 1

# By then a worker that started serves.
_SERVING_SECONDS: Final = 1.0

# How many objects are made before the garbage collector looks at the new ones.
_ALLOCATIONS: Final = 20_000


class Worker:
    """One worker: starts and stops its services, and passes requests to the application."""

    def __init__(self) -> None:
        """Nothing is opened before the server says so."""
        self._services: Services | None = None
        self._application: Application | None = None

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
                if self._services is not None:
                    await self._services.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self) -> None:
        end_with_parent()
        settings = read_settings(os.environ)
        set_up_logging(settings.log_level)
        info = settings.connection
        if info is None:
            message = (
                "A worker needs DATABASE_URL or DB_HOST: start it with `contactmomenten serve`."
            )
            raise SettingsError(message)
        deliver = NO_DELIVERY not in os.environ
        self._services = await open_services(settings, info, deliver=deliver)
        self._application = Application(self._services)
        # Once more when it serves: what is told between starting and serving goes unheard.
        loop = asyncio.get_running_loop()
        loop.call_later(_SERVING_SECONDS, end_with_parent)
        loop.call_later(_SERVING_SECONDS, give_up_after, settings.client_timeout)
        # What start-up made stays: the garbage collector need not go through it again and again,
        # and hardly anything of a request is left for it.
        gc.freeze()
        gc.set_threshold(_ALLOCATIONS)


def end_with_parent() -> None:
    """Ask the kernel to end this worker when the program that started it is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        parent = multiprocessing.parent_process()
        if parent is not None and parent.pid != os.getppid():  # it was killed before we asked
            os.kill(os.getpid(), signal.SIGTERM)


application = Worker()
