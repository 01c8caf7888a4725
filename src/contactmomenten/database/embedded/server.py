"""One run of the PostgreSQL server, from its start to its end."""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable

from contactmomenten.database.embedded.account import Account
from contactmomenten.database.embedded.binaries import Binaries
from contactmomenten.database.embedded.errors import EmbeddedDatabaseError, told_clearly
from contactmomenten.database.embedded.folder import (
    CLUSTER,
    OwnedFolder,
    make_folder,
    names_in,
    open_folder,
    read_file,
)
from contactmomenten.database.embedded.folder import SOCKET as SOCKET_FOLDER
from contactmomenten.database.embedded.process import end_earlier_servers, start
from contactmomenten.database.embedded.settings import SharedMemory, write_settings

_LOG = "server.log"
_OLDER_LOG = "server.log.1"
# Bytes; there is one older file of the same size.
_LOG_SIZE = 2**20
_COPIED_AT_ONCE = 2**16

_LOCK_FILE = "postmaster.pid"
# The lines of that file that we read.
_PID_LINE = 0
_STATUS_LINE = 7

# Seconds.
_POLL = 0.005
_RECOVERY_TOLD_AFTER = 2.0
_RECOVERY_PATIENCE = 900.0
_BACKENDS_PATIENCE = 5.0
_CHECKPOINT_PATIENCE = 30.0
_IMMEDIATE_SHUTDOWN_PATIENCE = 5.0

# What the server logs when only the last checkpoint is left to do.
_LAST_STEP = b"LOG:  shutting down"

_CAUSE = re.compile(rb"(?:FATAL|PANIC):\s+(.*)")


class Server:
    """A server process, our direct child. All calls come from the thread that starts it."""

    def __init__(self, home: OwnedFolder, binaries: Binaries, account: Account) -> None:
        """Prepare to run the cluster in `home`."""
        self._home = home
        self._binaries = binaries
        self._account = account
        self._process: subprocess.Popen[bytes] | None = None
        with told_clearly(f"The folder {home.path} cannot be used"):
            self._cluster = open_folder(CLUSTER, home.fd)
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
            self._log = os.open(_LOG, flags, mode=0o600, dir_fd=home.fd)

    def close(self) -> None:
        """Free what is held; the server has stopped."""
        os.close(self._cluster)
        os.close(self._log)

    def left_behind(self) -> bool:
        """Tell whether an earlier run did not end as it should."""
        names = names_in(self._cluster)
        return _LOCK_FILE in names or any(self._socket_files())

    def _socket_files(self) -> list[str]:
        with contextlib.suppress(OSError):
            folder = open_folder(SOCKET_FOLDER, self._cluster)
            try:
                return names_in(folder)
            finally:
                os.close(folder)
        return []

    def end_earlier(self) -> None:
        """End what an earlier run left.

        Raises:
            EmbeddedDatabaseError: something still runs.
        """
        end_earlier_servers(self._account, self._cluster)

    def start(
        self,
        shared_memory: SharedMemory,
        cancelled: threading.Event,
        progress: Callable[[str], None],
    ) -> None:
        """Start the server and wait until it accepts connections.

        Raises:
            EmbeddedDatabaseError: it did not start; the text gives PostgreSQL's own reason.
        """
        with told_clearly("The database's settings cannot be written"):
            os.close(make_folder(SOCKET_FOLDER, self._cluster, self._account.owner))
            write_settings(self._cluster, self._account.owner, shared_memory)
        self.limit_log()
        before = os.fstat(self._log).st_size
        command = (self._binaries.program("postgres"), "-D", "/proc/self/cwd")
        self._process = start(self._account, self._cluster, command, output=self._log)
        begun = time.monotonic()
        told = False
        while not self._is_ready(self._process.pid):
            waited = time.monotonic() - begun
            if self._process.poll() is not None:
                raise EmbeddedDatabaseError(
                    f"The database did not start: {self._reason(before)}; see"
                    f" {self._home.path / _LOG}."
                )
            if cancelled.is_set() or waited > _RECOVERY_PATIENCE:
                self._stop_immediately()
                raise EmbeddedDatabaseError("The start of the database was broken off.")
            if not told and waited > _RECOVERY_TOLD_AFTER:
                progress("The database is recovering from a crash")
                told = True
            time.sleep(_POLL)

    def _is_ready(self, process: int) -> bool:
        return is_ready(self._cluster, process)

    def has_ended(self) -> bool:
        """Tell whether the server's main process is gone."""
        return self._process is None or self._process.poll() is not None

    def how_it_ended(self) -> str:
        """Return for the log how a server that has ended did so."""
        code = self._process.returncode if self._process is not None else 0
        return f"killed by signal {-code}" if code < 0 else f"status {code}"

    def stop(self) -> None:
        """Shut down fast, and less friendly when that takes too long.

        PostgreSQL 18 can wait for ever when it recovers from a crash and is asked for a fast
        shutdown. So when it has not got to its last checkpoint in 5 s, an immediate shutdown
        follows: that leaves the rest of the recovery, and the backends that would not end, to the
        next start.
        """
        if self.has_ended() or self._process is None:
            return
        before = os.fstat(self._log).st_size
        self._process.send_signal(signal.SIGINT)
        if self._ends_within(_BACKENDS_PATIENCE):
            return
        if _LAST_STEP in os.pread(self._log, _COPIED_AT_ONCE, before) and self._ends_within(
            _CHECKPOINT_PATIENCE
        ):
            return
        self._stop_immediately()

    def _stop_immediately(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT)
        if not self._ends_within(_IMMEDIATE_SHUTDOWN_PATIENCE):
            self._process.kill()
            self._process.wait()

    def _ends_within(self, seconds: float) -> bool:
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        return self.has_ended()

    def limit_log(self) -> None:
        """Begin the log anew when it is large, keeping the last part in one older file.

        The server goes on writing to the same file, always at its end.
        """
        with contextlib.suppress(OSError):
            if os.fstat(self._log).st_size <= _LOG_SIZE:
                return
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with contextlib.suppress(FileNotFoundError):
                os.unlink(_OLDER_LOG, dir_fd=self._home.fd)
            older = os.open(_OLDER_LOG, flags, mode=0o600, dir_fd=self._home.fd)
            try:
                offset = os.fstat(self._log).st_size - _LOG_SIZE
                while part := os.pread(self._log, _COPIED_AT_ONCE, offset):
                    os.write(older, part)
                    offset += len(part)
            finally:
                os.close(older)
                # Even when there was no room for the older one: least of all then it may grow.
                os.ftruncate(self._log, 0)

    def _reason(self, since: int) -> str:
        """Return PostgreSQL's last words from byte `since` of its log."""
        said = os.pread(self._log, _COPIED_AT_ONCE, since)
        causes = _CAUSE.findall(said) or said.splitlines()[-1:] or [b"it gave no reason"]
        return causes[-1].decode("utf-8", "replace").strip()


def is_ready(cluster: int, process: int | None = None) -> bool:
    """Tell whether a server, or that `process`, accepts connections in an open cluster folder."""
    try:
        lines = read_file(cluster, _LOCK_FILE).splitlines()
    except OSError:
        return False
    if len(lines) <= _STATUS_LINE or lines[_STATUS_LINE].strip() != "ready":
        return False
    return process is None or lines[_PID_LINE] == str(process)
