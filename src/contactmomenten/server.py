"""Serving: the HTTP server with its worker processes."""

import http.client
import os
import resource
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from contactmomenten.installation import Installation

_GRACE_SECONDS: Final = 30
_POLL_SECONDS: Final = 0.02
_REPEAT_SECONDS: Final = 0.25

# Bytes that the head of a request may have; what many connections together could make us keep
# follows from it.
_MAX_HEAD: Final = 65_536

# Most connections per worker. One that only waits takes some 10 kB, no time and one file; so
# there may be far more of them than a worker could have requests in hand.
_MAX_CONNECTIONS: Final = 10_000
# Files that a worker needs besides: connections to the database and to other APIs, logs, modules.
_OTHER_FILES: Final = 600

# Tells the workers, by their environment, that another process delivers.
NO_DELIVERY: Final = "CONTACTMOMENTEN_NO_DELIVERY"


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


def connections_per_worker() -> int:
    """Raise the limit of open files as far as it goes; return how many connections that allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return _MAX_CONNECTIONS
    return max(1, min(_MAX_CONNECTIONS, hard - _OTHER_FILES))


def serve(  # noqa: PLR0913 (what a server needs to know)
    installation: Installation,
    *,
    host: str,
    port: int,
    workers: int,
    subpath: str,
    client_timeout: float,
    deliver: bool,
    ready: Callable[[], None],
) -> None:
    """Serve until SIGTERM or SIGINT; running requests are finished first.

    Args:
        installation: where the workers find database and key; they get it by environment.
        host: address to listen at.
        port: port to listen at.
        workers: how many processes.
        subpath: the mount path.
        client_timeout: seconds that a client may keep a connection waiting.
        deliver: whether the workers deliver notifications.
        ready: called once, when the first request is answered.
    """
    info = installation.connection
    os.environ["SECRET_KEY"] = installation.secret_key
    if installation.embedded:
        os.environ.pop("DATABASE_URL_FILE", None)
        os.environ.update(
            DB_HOST=info.host,
            DB_PORT=str(info.port),
            DB_NAME=info.database,
            DB_USER=info.user,
            DB_PASSWORD=info.password or "",
        )
    if not deliver:
        os.environ[NO_DELIVERY] = "1"
    server = _Server(
        "contactmomenten.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        # With HTTP/2 on the same port, a client that sends nothing would be waited for without end.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=round(client_timeout * 1000), max_buffer_size=_MAX_HEAD
        ),
        workers=workers,
        backpressure=connections_per_worker(),
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=_GRACE_SECONDS,
    )
    threading.Thread(target=_announce, args=(host, port, f"{subpath}/", ready), daemon=True).start()
    server.serve()


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
