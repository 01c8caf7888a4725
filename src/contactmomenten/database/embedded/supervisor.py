"""The supervisor: it starts the server, starts it again when it dies, and stops it."""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import account as accounts
from contactmomenten.database.embedded import binaries as wheel
from contactmomenten.database.embedded.errors import EmbeddedDatabaseError
from contactmomenten.database.embedded.folder import OwnedFolder
from contactmomenten.database.embedded.initialise import (
    check_cluster,
    create_cluster,
    remove_half_made,
)
from contactmomenten.database.embedded.roles import ensure_roles_and_database
from contactmomenten.database.embedded.server import Server
from contactmomenten.database.embedded.settings import shared_memory_here

_log = logging.getLogger(__name__)

# Seconds.
_WATCH = 0.25
_BACK_OFF = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
_STABLE_AFTER = 30.0
_OBSTACLE_PATIENCE = 15.0

# PostgreSQL's reasons that go away once the last process of an earlier server has ended.
_PASSING = ("pre-existing shared memory block", "lock file")
_NO_SHARED_MEMORY = "shared memory segment"


def ignore(_message: str) -> None:
    """Tell nobody of the progress."""


class EmbeddedPostgres:
    """A PostgreSQL server of our own in a folder, a child process of this one.

    A thread of its own starts it and watches it, because Linux ends the child with the thread
    that started it.
    """

    def __init__(self, folder: Path, *, progress: Callable[[str], None] = ignore) -> None:
        """Prepare for the data folder `folder`; nothing is touched yet.

        `progress` is called, from another thread while `start` waits, with short texts for the
        operator.
        """
        self._folder = folder
        self._progress = progress
        self._home: OwnedFolder | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._owner = os.getpid()

    def owner(self) -> ConnectionInfo:
        """Return how to connect as the role that owns the tables, once it has started.

        Raises:
            EmbeddedDatabaseError: it has not.
        """
        if self._home is None:
            raise EmbeddedDatabaseError("The embedded PostgreSQL was not started.")
        return self._home.connection(owner=True)

    def start(self) -> ConnectionInfo:
        """Take the folder, make a database if there is none, start the server, wait for it.

        Returns:
            How to connect as the role that serves.

        Raises:
            FolderInUse: another program owns the folder.
            EmbeddedDatabaseError: the database cannot be made or started.
        """
        if sys.platform != "linux":
            raise EmbeddedDatabaseError(
                "The embedded PostgreSQL runs on Linux only; configure a PostgreSQL server."
            )
        if self._thread is not None:
            raise EmbeddedDatabaseError("The embedded PostgreSQL was started already.")
        self._owner = os.getpid()
        self._stopping.clear()
        self._home = OwnedFolder(self._folder)
        started: Future[ConnectionInfo] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(self._home, started), name="embedded-postgres", daemon=True
        )
        self._thread.start()
        try:
            return started.result()
        except BaseException:
            # Also a Ctrl-C while we waited.
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server, fast, and give the folder free; harmless when nothing runs.

        Open transactions are broken off, what was committed stays. A server that does not stop is
        stopped the hard way, at the latest after 40 s, which its next start makes good.
        """
        # A fork of this program has none of the threads, and the server is not its child.
        if self._thread is None or self._owner != os.getpid():
            return
        self._stopping.set()
        self._thread.join()
        self._thread = None
        if self._home is not None:
            self._home.release()
            self._home = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self, home: OwnedFolder, started: "Future[ConnectionInfo]") -> None:
        """Do all that concerns the child process; the body of the thread."""
        server: Server | None = None
        try:
            server = self._prepare(home)
            self._start(server, self._progress)
            ensure_roles_and_database(home)
            connection = home.connection()
        except BaseException as error:  # noqa: BLE001 (`start` raises it)
            self._end(server)
            started.set_exception(error)
            return
        started.set_result(connection)
        try:
            self._watch(server)
        finally:
            self._end(server)

    @staticmethod
    def _end(server: Server | None) -> None:
        if server is not None:
            server.stop()
            server.close()

    def _prepare(self, home: OwnedFolder) -> Server:
        """Choose user and binaries, and see to it that there is a cluster."""
        cluster = home.cluster()
        account = accounts.choose(home.path, cluster)
        binaries = wheel.installed()
        remove_half_made(home)
        if cluster is None:
            self._progress("Making a new database")
            create_cluster(home, binaries, account, self._stopping)
        check_cluster(home, binaries, account)
        return Server(home, wheel.reachable(binaries, account), account)

    def _start(self, server: Server, progress: Callable[[str], None]) -> None:
        """Start the server, past what an earlier one may have left."""
        shared_memory = shared_memory_here()
        deadline = time.monotonic() + _OBSTACLE_PATIENCE
        sweep = server.left_behind()
        while True:
            if sweep:
                progress("Clearing up after an earlier PostgreSQL")
                server.end_earlier()
            try:
                server.start(shared_memory, self._stopping, progress)
            except EmbeddedDatabaseError as error:
                reason = str(error)
                sweep = any(passing in reason for passing in _PASSING)
                if shared_memory == "posix" and _NO_SHARED_MEMORY in reason and not sweep:
                    shared_memory = "mmap"
                elif not sweep or time.monotonic() > deadline:
                    raise
                self._stopping.wait(_WATCH)
            else:
                return

    def _watch(self, server: Server) -> None:
        """Start the server again each time it dies, until we stop."""
        failures = 0
        since = time.monotonic()
        while not self._stopping.wait(_WATCH):
            if not server.has_ended():
                server.limit_log()
                continue
            if time.monotonic() - since > _STABLE_AFTER:
                failures = 0
            _log.error("The embedded PostgreSQL ended (%s); starting it", server.how_it_ended())
            if self._stopping.wait(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)]):
                return
            failures += 1
            try:
                self._start(server, ignore)
            except Exception as error:  # noqa: BLE001 (the thread must live on to try again)
                if not self._stopping.is_set():
                    _log.error("The embedded PostgreSQL is not back: %s", error)
            else:
                since = time.monotonic()
                _log.warning("The embedded PostgreSQL is back")
