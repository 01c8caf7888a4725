"""Our part of the program's data folder: who owns it, and safe writing in it.

    <data folder>/postgresql/      0700, of the user who runs the program
        lock                       locked by the owning program, holds its process id
        password                   of the role that the program serves as
        owner-password             of the role that owns the tables
        superuser-password         of the role that only this package uses
        prepared                   there once role and database exist
        server.log, server.log.1   of PostgreSQL
        cluster/                   0700, of the user who PostgreSQL runs as: its data folder
            socket/                0700, the server's socket

As root we may stand in a folder that another user can change. So a file is never written through
a link: it is made under a new name in a folder that is held open, and renamed.
"""

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
import time
from pathlib import Path

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded.errors import (
    EmbeddedDatabaseError,
    FolderInUse,
    told_clearly,
)

OUR_FOLDER = "postgresql"
CLUSTER = "cluster"
SOCKET = "socket"
PASSWORD = "password"  # noqa: S105 (the name of the file)
SUPERUSER_PASSWORD = "superuser-password"  # noqa: S105 (the name of the file)
OWNER_PASSWORD = "owner-password"  # noqa: S105 (the name of the file)
PREPARED = "prepared"

ROLE = "contactmomenten"
OWNER = "contactmomenten_owner"
DATABASE = "contactmomenten"
SUPERUSER = "postgres"
# Only part of the socket's name: there is no TCP.
PORT = 5432

_LOCK = "lock"
# A short command looks for a moment whether the folder is owned, which must not stop a start.
_LOCK_PATIENCE = 0.5
_PAUSE = 0.02

# sockaddr_un has room for 108 bytes with the closing zero.
_LONGEST_SOCKET = 107
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9/._ +-]*")


class OwnedFolder:
    """The folder, taken for as long as this object is open."""

    def __init__(self, data: Path) -> None:
        """Make the folder if it is not there, and take it.

        Raises:
            FolderInUse: another program has it.
            EmbeddedDatabaseError: it cannot be made or used.
        """
        self.data = Path(os.path.abspath(data))  # noqa: PTH100 (resolve() follows links)
        self.path = self.data / OUR_FOLDER
        self._socket: int | None = None
        with told_clearly(f"The folder {self.data} cannot be used for the database"):
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                self.path.mkdir(mode=0o700)
            self.fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._check_rights()
            self._lock = self._take()
        except BaseException:
            os.close(self.fd)
            raise

    def release(self) -> None:
        """Let another program take the folder."""
        if self._socket is not None:
            os.close(self._socket)
        os.close(self._lock)
        os.close(self.fd)

    def _check_rights(self) -> None:
        if stat.S_IMODE(os.fstat(self.fd).st_mode) & 0o077:
            raise EmbeddedDatabaseError(
                f"The folder {self.path} is open to other users of this machine; give it the"
                " rights 0700."
            )

    def _take(self) -> int:
        with told_clearly(f"The folder {self.path} cannot be taken"):
            lock = os.open(
                _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, mode=0o600, dir_fd=self.fd
            )
            try:
                self._wait_for(lock)
                os.ftruncate(lock, 0)
                os.pwrite(lock, f"{os.getpid()}\n".encode("ascii"), 0)
            except BaseException:
                os.close(lock)
                raise
            return lock

    def _wait_for(self, lock: int) -> None:
        deadline = time.monotonic() + _LOCK_PATIENCE
        while not _locked(lock, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                owner = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "unknown"
                raise FolderInUse(f"The folder {self.data} is in use by process {owner}.")
            time.sleep(_PAUSE)

    def cluster(self) -> os.stat_result | None:
        """Return what the cluster's folder is like, None when there is none.

        Raises:
            EmbeddedDatabaseError: something else is in its place.
        """
        with told_clearly(f"The folder {self.path} cannot be read"):
            try:
                found = os.stat(CLUSTER, dir_fd=self.fd, follow_symlinks=False)
            except FileNotFoundError:
                return None
        if not stat.S_ISDIR(found.st_mode):
            raise EmbeddedDatabaseError(f"{self.path / CLUSTER} is not a folder.")
        return found

    def secret(self, name: str) -> str:
        """Return the password in the file, which is made if it is not there."""
        with told_clearly(f"The file {self.path / name} cannot be used"):
            try:
                return read_file(self.fd, name).strip()
            except FileNotFoundError:
                password = secrets.token_hex(32)
                write_file(self.fd, name, f"{password}\n")
                return password

    def connection(self, *, superuser: bool = False, owner: bool = False) -> ConnectionInfo:
        """Return how to connect to the server in this folder once it runs.

        As the role that serves, unless it is to be the `superuser` or the `owner` of the tables.
        """
        role, name = (OWNER, OWNER_PASSWORD) if owner else (ROLE, PASSWORD)
        if superuser:
            role, name = SUPERUSER, SUPERUSER_PASSWORD
        return ConnectionInfo(
            host=self.socket(),
            port=PORT,
            database=SUPERUSER if superuser else DATABASE,
            user=role,
            password=self.secret(name),
        )

    def socket(self) -> str:
        """Return the folder of the socket under a name that is short enough."""
        if (short := plain_socket(self.path)) is not None:
            return short
        if self._socket is None:
            self._socket = open_socket_folder(self.path)
        return socket_through(self._socket)


def plain_socket(path: Path) -> str | None:
    """Return the socket's folder in our folder `path`; None when that name cannot be used."""
    name = str(path / CLUSTER / SOCKET)
    if _PLAIN_PATH.fullmatch(name) and len(f"{name}/.s.PGSQL.{PORT}") <= _LONGEST_SOCKET:
        return name
    return None


def open_socket_folder(path: Path) -> int:
    """Open the socket's folder in our folder `path`.

    Raises:
        EmbeddedDatabaseError: it cannot be opened.
    """
    with told_clearly("The folder of the database's socket cannot be opened"):
        return os.open(path / CLUSTER / SOCKET, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def socket_through(folder: int) -> str:
    """Return a short name for an open folder, one that holds in our child processes too."""
    return f"/proc/{os.getpid()}/fd/{folder}"


def is_free(path: Path) -> bool:
    """Tell whether no program owns our folder `path`.

    Raises:
        EmbeddedDatabaseError: we may not know.
    """
    with told_clearly(f"The folder {path} cannot be read"):
        try:
            lock = os.open(path / _LOCK, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return True
        try:
            return _locked(lock, fcntl.LOCK_SH)
        finally:
            os.close(lock)


def _locked(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def open_folder(name: str, parent: int) -> int:
    """Open a folder in the open folder `parent`, never through a link.

    Raises:
        OSError: it is not there, or not a folder.
    """
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)


def make_folder(name: str, parent: int, owner: tuple[int, int] | None) -> int:
    """Open a folder with rights 0700 that may have to be made; to `owner` it is given.

    Raises:
        OSError: it cannot be made.
    """
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, mode=0o700, dir_fd=parent)
    folder = open_folder(name, parent)
    try:
        os.fchmod(folder, 0o700)
        if owner is not None:
            os.fchown(folder, *owner)
    except BaseException:
        os.close(folder)
        raise
    return folder


def names_in(folder: int) -> list[str]:
    """Return the names in an open folder.

    Raises:
        OSError: it cannot be read.
    """
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def read_file(folder: int, name: str) -> str:
    """Return a small file in an open folder, never through a link.

    Raises:
        OSError: it is not there or cannot be read.
    """
    with open(
        name,
        encoding="utf-8",
        errors="replace",
        opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW, dir_fd=folder),
    ) as file:
        return file.read()


def write_file(folder: int, name: str, text: str, owner: tuple[int, int] | None = None) -> None:
    """Put a file with rights 0600 in an open folder, whole and durable or not at all.

    Raises:
        OSError: it cannot be written.
    """
    with contextlib.suppress(OSError):
        if read_file(folder, name) == text:
            return
    new = f".{name}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new, dir_fd=folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with open(os.open(new, flags, mode=0o600, dir_fd=folder), "wb") as file:  # noqa: PTH123
        file.write(text.encode("utf-8"))
        file.flush()
        if owner is not None:
            os.fchown(file.fileno(), *owner)
        os.fsync(file.fileno())
    os.replace(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    sync_folder(folder)


def sync_folder(folder: int) -> None:
    """Make new names in an open folder durable.

    Raises:
        OSError: the disk failed.
    """
    try:
        os.fsync(folder)
    except OSError as error:
        # Some network file systems cannot, and say so.
        if error.errno not in {errno.EINVAL, errno.EBADF}:
            raise
