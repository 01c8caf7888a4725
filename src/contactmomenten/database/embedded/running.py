"""The database of a program that runs now, for short commands beside it."""

import os
import time
from pathlib import Path

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded.errors import EmbeddedDatabaseError, told_clearly
from contactmomenten.database.embedded.folder import (
    CLUSTER,
    DATABASE,
    OUR_FOLDER,
    OWNER,
    OWNER_PASSWORD,
    PASSWORD,
    PORT,
    PREPARED,
    ROLE,
    is_free,
    names_in,
    open_folder,
    open_socket_folder,
    plain_socket,
    read_file,
    socket_through,
)
from contactmomenten.database.embedded.server import is_ready

# Seconds that a program gets to finish its start.
_PATIENCE = 30.0
_PAUSE = 0.02


def has_cluster(folder: Path) -> bool:
    """Tell whether the data folder has a database already."""
    return (folder / OUR_FOLDER / CLUSTER).exists()


def connection_of_running(folder: Path, *, owner: bool = False) -> ConnectionInfo | None:
    """Return how to connect to the database of the program that owns the data folder.

    A program that is starting is waited for. With `owner`: as the role that owns the tables, if
    that program has it; with an older one it is the role that serves.

    Returns:
        None when no program owns the folder; then the caller may start the database itself.

    Raises:
        EmbeddedDatabaseError: the folder cannot be read, or its database does not get ready.
    """
    path = Path(os.path.abspath(folder)) / OUR_FOLDER  # noqa: PTH100 (resolve() follows links)
    deadline = time.monotonic() + _PATIENCE
    while not is_free(path):
        if _is_ready(path):
            return _connection(path, owner=owner)
        if time.monotonic() > deadline:
            raise EmbeddedDatabaseError(
                f"The program that owns {folder} has not got its database ready."
            )
        time.sleep(_PAUSE)
    return None


def _is_ready(path: Path) -> bool:
    try:
        home = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        if PREPARED not in names_in(home):
            return False
        cluster = open_folder(CLUSTER, home)
    except OSError:
        return False
    finally:
        os.close(home)
    try:
        return is_ready(cluster)
    finally:
        os.close(cluster)


def _connection(path: Path, *, owner: bool) -> ConnectionInfo:
    socket = plain_socket(path)
    if socket is None:
        # Open for as long as this process lives: the name goes through it.
        socket = socket_through(open_socket_folder(path))
    with told_clearly(f"The password of the database in {path} cannot be read"):
        home = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            role, name = ROLE, PASSWORD
            if owner and OWNER_PASSWORD in names_in(home):
                role, name = OWNER, OWNER_PASSWORD
            password = read_file(home, name).strip()
        finally:
            os.close(home)
    return ConnectionInfo(host=socket, port=PORT, database=DATABASE, user=role, password=password)
