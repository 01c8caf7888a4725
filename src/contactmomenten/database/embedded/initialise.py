"""The cluster: made when there is none, and looked at before anything is done with it."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

from contactmomenten.database.embedded.account import Account
from contactmomenten.database.embedded.binaries import Binaries, for_nameless, reachable
from contactmomenten.database.embedded.errors import EmbeddedDatabaseError, told_clearly
from contactmomenten.database.embedded.folder import (
    CLUSTER,
    PREPARED,
    SOCKET,
    SUPERUSER,
    SUPERUSER_PASSWORD,
    OwnedFolder,
    make_folder,
    names_in,
    open_folder,
    read_file,
    sync_folder,
)
from contactmomenten.database.embedded.process import start

_HALF_MADE = "cluster.new-"
_PAUSE = 0.1
_PATIENCE = 5.0

_CAUSE = re.compile(r"(?:FATAL|PANIC|error):\s+(.*)")

_ARGUMENTS = (
    "-D",
    "/proc/self/cwd",
    f"--username={SUPERUSER}",
    "--pwfile=/dev/stdin",
    "--auth-local=scram-sha-256",
    "--auth-host=scram-sha-256",
    "--encoding=UTF8",
    # The same order on every machine and in every later version of its C library.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
)


def check_cluster(home: OwnedFolder, binaries: Binaries, account: Account) -> None:
    """See to it that the cluster can be used by these binaries and this account.

    Raises:
        EmbeddedDatabaseError: it is of another version or not a cluster; it is as it was.
    """
    path = home.path / CLUSTER
    with told_clearly(f"The database in {path} cannot be read"):
        cluster = open_folder(CLUSTER, home.fd)
        try:
            found = read_file(cluster, "PG_VERSION").strip()
        except FileNotFoundError:
            raise EmbeddedDatabaseError(f"There is no PostgreSQL database in {path}.") from None
        finally:
            os.close(cluster)
    if found != (major := binaries.major()):
        raise EmbeddedDatabaseError(
            f"The database in {path} was made by PostgreSQL {found} and this program brings"
            f" PostgreSQL {major}; nothing was changed."
        )
    owner = account.owner
    if owner is not None and os.stat(CLUSTER, dir_fd=home.fd).st_uid != owner[0]:
        with told_clearly(f"The database in {path} cannot be given to user {owner[0]}"):
            _give(home.fd, owner)


def _give(parent: int, owner: tuple[int, int]) -> None:
    """Give the cluster to its user: it was made where root could not switch users.

    From the bottom up, so that the top has its new owner only when all is done.
    """
    for _, folders, files, here in os.fwalk(CLUSTER, topdown=False, dir_fd=parent):
        for name in (*folders, *files):
            os.chown(name, *owner, dir_fd=here, follow_symlinks=False)
    os.chown(CLUSTER, *owner, dir_fd=parent, follow_symlinks=False)


def remove_half_made(home: OwnedFolder) -> None:
    """Remove what an initdb that was cut short has left.

    Its last processes may still be ending, and writing, for a moment after it was killed.
    """
    deadline = time.monotonic() + _PATIENCE
    with told_clearly(f"The folder {home.path} cannot be cleaned"):
        while left := [name for name in names_in(home.fd) if name.startswith(_HALF_MADE)]:
            for name in left:
                shutil.rmtree(name, ignore_errors=True, dir_fd=home.fd)
            if time.monotonic() > deadline:
                return
            time.sleep(_PAUSE)


def create_cluster(
    home: OwnedFolder, binaries: Binaries, account: Account, cancelled: threading.Event
) -> None:
    """Make the cluster, whole or not at all.

    Raises:
        EmbeddedDatabaseError: it could not be made, or `cancelled` was set.
    """
    password = home.secret(SUPERUSER_PASSWORD)
    name = f"{_HALF_MADE}{secrets.token_hex(4)}"
    try:
        with told_clearly(f"The database cannot be made in {home.path}"):
            new = make_folder(name, home.fd, account.owner)
            try:
                _run_initdb(home, binaries, account, new, password, cancelled)
                os.close(make_folder(SOCKET, new, account.owner))
                sync_folder(new)
            finally:
                os.close(new)
            # A mark of an earlier cluster, that someone removed, says nothing of this one.
            Path(home.path, PREPARED).unlink(missing_ok=True)
            os.rename(name, CLUSTER, src_dir_fd=home.fd, dst_dir_fd=home.fd)
            sync_folder(home.fd)
    except BaseException:
        shutil.rmtree(name, ignore_errors=True, dir_fd=home.fd)
        raise


def _run_initdb(  # noqa: PLR0913, PLR0917 (all of it differs per run)
    home: OwnedFolder,
    binaries: Binaries,
    account: Account,
    new: int,
    password: str,
    cancelled: threading.Event,
) -> None:
    usable = reachable(binaries, account)
    if account.has_name:
        _initdb(usable, account, new, password, cancelled)
    else:
        with for_nameless(usable, account, home.path) as nameless:
            _initdb(nameless, account, new, password, cancelled)


def _initdb(
    binaries: Binaries, account: Account, new: int, password: str, cancelled: threading.Event
) -> None:
    # In memory, so that the password is never in a file that the database's user owns.
    with os.fdopen(os.memfd_create("password"), "w+b") as secret:
        secret.write(f"{password}\n".encode("ascii"))
        secret.seek(0)
        process = start(
            account,
            new,
            (binaries.program("initdb"), *_ARGUMENTS),
            stdin=secret.fileno(),
            output=subprocess.PIPE,
        )
    with process:
        said = _last_words(process, cancelled)
    if cancelled.is_set():
        raise EmbeddedDatabaseError("The start of the database was broken off.")
    if process.returncode != 0:
        text = said.decode("utf-8", "replace").strip()
        causes = _CAUSE.findall(text) or text.splitlines()[-1:] or ["initdb gave no reason"]
        raise EmbeddedDatabaseError(f"The database cannot be made in {_home_of(new)}: {causes[0]}.")


def _last_words(process: subprocess.Popen[bytes], cancelled: threading.Event) -> bytes:
    """Wait for the process, which ends at once when `cancelled` is set; return its output."""
    while True:
        try:
            return process.communicate(timeout=_PAUSE)[0]
        except subprocess.TimeoutExpired:
            if cancelled.is_set():
                os.killpg(process.pid, signal.SIGKILL)


def _home_of(folder: int) -> str:
    """Return the path of an open folder, for a message."""
    return str(Path(os.readlink(f"/proc/self/fd/{folder}")).parent)  # noqa: PTH115 (a descriptor)
