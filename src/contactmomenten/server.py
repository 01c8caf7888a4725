"""Serving: the HTTP server with its worker processes."""

import asyncio
import contextlib
import ctypes
import http.client
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

import granian._signals
from granian._granian import WorkerSignal
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from contactmomenten.health import LIVE
from contactmomenten.installation import Installation
from contactmomenten.logs import of_server
from contactmomenten.settings import MIGRATION

_GRACE_SECONDS: Final = 30
_POLL_SECONDS: Final = 0.02
_REPEAT_SECONDS: Final = 0.25

# Tells a worker that it will soon be asked to stop.
DRAIN: Final = signal.SIGUSR1

# Most connections per worker. One that only waits takes some 10 kB, no time and one file; so
# there may be far more of them than a worker could have requests in hand.
_MAX_CONNECTIONS: Final = 10_000
# Files that a worker needs besides: connections to the database and to other APIs, logs, modules.
_OTHER_FILES: Final = 600

# Tells the workers, by their environment, that another process delivers.
NO_DELIVERY: Final = "CONTACTMOMENTEN_NO_DELIVERY"

# Tells them where the keys are, if not in the settings. They read it again when the configuration
# has changed, so that they go on when the key is another one.
KEY_FILE: Final = "CONTACTMOMENTEN_KEY_FILE"


# A started worker serves by then, as soon as its loop runs again.
_SERVING_SECONDS: Final = 0.05


class _Asked:
    """What a worker does when it is asked to stop, which depends on how far it is.

    The server's own way is deaf until it serves, and hangs for ever when told a second time before.
    """

    def __init__(self) -> None:
        self._do: Callable[[], object] = self._leave

    def signals(self, loop: asyncio.AbstractEventLoop) -> WorkerSignal:
        """Take the place of what the server does with signals in a worker."""
        self._stop = WorkerSignal()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._hear)
        return self._stop

    def _hear(self) -> None:
        self._do()

    @staticmethod
    def _leave() -> None:
        os._exit(0)  # it has served nobody yet

    def started(self) -> None:
        """From now on it serves, or nearly so: who asks too early asks again."""
        self._do = lambda: None
        asyncio.get_running_loop().call_later(_SERVING_SECONDS, self._serves)

    def _serves(self) -> None:
        self._do = self._tell

    def _tell(self) -> None:
        self._do = lambda: None  # told more often it would hang, and what runs with it
        self._stop.set()


asked = _Asked()
granian._signals.set_loop_signals = asked.signals  # noqa: SLF001


class _Server(MPServer):
    """The HTTP server, that asks its workers to stop until they do.

    A worker hears no signal between starting its services and serving: a worker that is asked only
    once may go on as if nothing was said.

    Before that it has them let their connections go, for so many seconds: whoever uses a connection
    all the time is told with an answer that it ends, and finds none broken off.
    """

    drain_seconds = 0.0

    def _drain(self) -> None:
        for worker in self.wrks:
            worker.interrupt_by_parent = True  # whatever happens now is no accident
        until = time.monotonic() + self.drain_seconds
        processes = [worker.inner for worker in self.wrks]
        while time.monotonic() < until and any(process.is_alive() for process in processes):
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, DRAIN)
            time.sleep(_POLL_SECONDS)

    def _stop_workers(self) -> None:
        self._drain()
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
    max_header_size: int,
    client_timeout: float,
    deliver: bool,
    drain_seconds: float,
    log_format: str,
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
        client_timeout: seconds that a client may keep a connection waiting.
        deliver: whether the workers deliver notifications.
        drain_seconds: how long connections get to end by themselves.
        log_format: that of the log, see `contactmomenten.logs.format_for`.
        ready: called once, when the first request is answered.
    """
    info = installation.connection
    if installation.key_file is not None:
        os.environ[KEY_FILE] = str(installation.key_file)
    if installation.embedded:
        given = {
            "DATABASE_URL": "",
            "DB_HOST": info.host,
            "DB_PORT": str(info.port),
            "DB_NAME": info.database,
            "DB_USER": info.user,
            "DB_PASSWORD": info.password or "",
        }
        os.environ.update(given)
        for name in given:
            os.environ.pop(f"{name}_FILE", None)
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
        # With HTTP/2 on the same port, a client that sends nothing would be waited for without end.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=round(client_timeout * 1000), max_buffer_size=max_header_size
        ),
        workers=workers,
        backpressure=connections_per_worker(),
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=of_server(log_format),
        respawn_failed_workers=True,
        workers_kill_timeout=_GRACE_SECONDS,
    )
    server.drain_seconds = drain_seconds
    # A worker inherits this: until it listens to this signal it is not ended by it.
    signal.signal(DRAIN, signal.SIG_IGN)
    # Who looks at our health is not logged, counted or traced.
    asks = (host, port, f"{subpath}{LIVE}", ready)
    threading.Thread(target=_announce, args=asks, daemon=True).start()
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
