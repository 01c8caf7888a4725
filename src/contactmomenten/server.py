"""Serving: the HTTP server with its worker processes."""

import ctypes
import http.client
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

from granian.constants import Interfaces, Loops
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from contactmomenten.installation import Installation
from contactmomenten.settings import MIGRATION

_GRACE_SECONDS: Final = 30
_POLL_SECONDS: Final = 0.02
_REPEAT_SECONDS: Final = 0.25

# Tells the workers, by their environment, that another process delivers.
NO_DELIVERY: Final = "CONTACTMOMENTEN_NO_DELIVERY"

# Tells them where the keys are, if not in the settings. They read it again when the configuration
# has changed, so that they go on when the key is another one.
KEY_FILE: Final = "CONTACTMOMENTEN_KEY_FILE"


# In which an exception has no text.
_LOG: Final = {
    "formatters": {
        name: {"()": "contactmomenten.logs.Formatter", "fmt": "[%(levelname)s] %(message)s"}
        for name in ("generic", "access")
    }
}


class _Server(MPServer):
    """The HTTP server, that asks its workers to stop until they do.

    A worker hears no signal while it starts, nor between starting its services and serving: a
    worker that is asked only once may go on as if nothing was said.
    """

    def _stop_workers(self) -> None:
        stopped = threading.Event()

        def ask() -> None:
            while not stopped.wait(_REPEAT_SECONDS):
                for worker in list(self.wrks):
                    worker.terminate()  # type: ignore[no-untyped-call]

        threading.Thread(target=ask, daemon=True).start()
        try:
            super()._stop_workers()  # type: ignore[no-untyped-call]
        finally:
            stopped.set()


class PortInUseError(Exception):
    """Nothing can listen at the address; the text says which and why."""


def check_port(host: str, port: int) -> None:
    """Make sure that `host`:`port` is free.

    Raises:
        PortInUseError: it is not.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        message = f"Cannot listen at {host}:{port}: {error.strerror}."
        raise PortInUseError(message) from None


def serve(  # noqa: PLR0913 (what a server needs to know)
    installation: Installation,
    *,
    host: str,
    port: int,
    workers: int,
    subpath: str,
    max_header_size: int,
    deliver: bool,
    ready: Callable[[], None],
) -> None:
    """Serve until SIGTERM or SIGINT; running requests are finished first.

    Args:
        installation: where the workers find database and keys; they get it by environment.
        host: address to listen at.
        port: port to listen at.
        workers: how many processes.
        subpath: the mount path.
        max_header_size: the most bytes of the head of a request.
        deliver: whether the workers deliver notifications.
        ready: called once, when the first request is answered.
    """
    info = installation.connection
    if installation.key_file is not None:
        os.environ[KEY_FILE] = str(installation.key_file)
    if installation.embedded:
        os.environ.pop("DATABASE_URL_FILE", None)
        os.environ.update(
            DB_HOST=info.host,
            DB_PORT=str(info.port),
            DB_NAME=info.database,
            DB_USER=info.user,
            DB_PASSWORD=info.password or "",
        )
    for name in MIGRATION:
        forget(name)
        forget(f"{name}_FILE")
    if not deliver:
        os.environ[NO_DELIVERY] = "1"
    server = _Server(
        "contactmomenten.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=workers,
        http1_settings=HTTP1Settings(max_buffer_size=max_header_size),
        http2_settings=HTTP2Settings(max_headers_size=max_header_size),
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=_LOG,
        respawn_failed_workers=True,
        workers_kill_timeout=_GRACE_SECONDS,
    )
    threading.Thread(target=_announce, args=(host, port, f"{subpath}/", ready), daemon=True).start()
    server.serve()


def forget(name: str) -> None:
    """Take a variable away for good: a process that is forked off has the first environment too."""
    if name not in os.environ:
        return
    find = ctypes.CDLL(None).getenv
    find.restype = ctypes.c_void_p
    place = find(os.fsencode(name))
    if place:
        ctypes.memset(place, 0, len(os.fsencode(os.environ[name])))
    del os.environ[name]


def _announce(host: str, port: int, path: str, ready: Callable[[], None]) -> None:
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (not a bind)
    while True:
        try:
            connection = http.client.HTTPConnection(address, port, timeout=5)
            connection.request("GET", path)
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(_POLL_SECONDS)
        else:
            ready()
            return
