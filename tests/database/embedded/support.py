"""What the tests of the embedded PostgreSQL share."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import folder as places
from contactmomenten.database.embedded.folder import CLUSTER, OUR_FOLDER

OWNER = Path(__file__).with_name("owner.py")
SOURCE = Path(__file__).parents[3] / "src"


def run_quietly(*command: str) -> int:
    """Run a command from the PATH; return its status."""
    arguments = ["/usr/bin/env", *command]
    return subprocess.run(arguments, check=False, capture_output=True).returncode


IS_ROOT = os.geteuid() == 0
root_only = pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
namespaces_only = pytest.mark.skipif(
    not IS_ROOT
    or subprocess.run(
        ["/usr/bin/env", "unshare", "--mount", "true"], check=False, capture_output=True
    ).returncode
    != 0,
    reason="needs root that may mount",
)


def cluster_of(folder: Path) -> Path:
    """Return PostgreSQL's own folder in a data folder."""
    return folder / OUR_FOLDER / CLUSTER


def postmaster_of(folder: Path) -> int:
    """Return the process id of the server."""
    return int((cluster_of(folder) / "postmaster.pid").read_text("ascii").splitlines()[0])


def runs(process: int) -> bool:
    """Tell whether a process runs (and is no zombie)."""
    try:
        status = Path(f"/proc/{process}/stat").read_text("utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


async def ask(info: ConnectionInfo, sql: str, *values: object) -> Any:  # noqa: ANN401
    """Return the first column of the first row, over a connection of its own."""
    connection = await asyncpg.connect(**info.connect_args(), timeout=10)
    try:
        return await connection.fetchval(sql, *values)
    finally:
        await connection.close()


def as_owner(info: ConnectionInfo, folder: Path) -> ConnectionInfo:
    """Return how to connect to the same database as the role that owns its tables."""
    password = (folder / OUR_FOLDER / places.OWNER_PASSWORD).read_text("ascii").strip()
    return replace(info, user=places.OWNER, password=password)


def owner_command() -> tuple[str, ...]:
    """Return the command that runs `owner.py`, still without a folder."""
    return (sys.executable, "-B", str(OWNER))


def launch(folder: Path, command: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Start `owner.py` on `folder`, by another command than this Python's."""
    return subprocess.Popen(
        [*(command or owner_command()), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(SOURCE), *sys.path[1:]))},
    )


class Owner:
    """A running `owner.py`, once it has its database or has given up."""

    def __init__(self, folder: Path, command: tuple[str, ...] = ()) -> None:
        """Start it on `folder`."""
        self.process = launch(folder, command)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        line = self.process.stdout.readline()
        if not line:
            self.error = self.process.stderr.read()
            self.close()
            return
        self.error = ""
        told = json.loads(line)
        self.connection = ConnectionInfo(**told["connection"])
        self.seconds: float = told["seconds"]

    def kill(self) -> None:
        """Kill -9 the program, not its children."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> str:
        """Let it stop; return what it logged."""
        try:
            return self.process.communicate(timeout=30)[1]
        finally:
            self.process.kill()
            self.process.wait()


@contextmanager
def owner(folder: Path, command: tuple[str, ...] = ()) -> Iterator[Owner]:
    """Own `folder` in another program for a while."""
    program = Owner(folder, command)
    try:
        yield program
    finally:
        program.close()


@contextmanager
def open_place() -> Iterator[Path]:
    """Lend a folder that every user can reach, unlike pytest's own."""
    place = Path(tempfile.mkdtemp(prefix="contactmomenten-test-", dir="/var/tmp"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place)


def as_user(place: Path, uid: int, gid: int) -> tuple[str, ...]:
    """Return a command that runs `owner.py` as another user.

    The interpreter and the packages may lie where only root can go, so in a mount namespace of
    its own they are shown in `place` as well.
    """
    site = Path(asyncpg.__file__).parents[1]
    shown = {
        "python": Path(sys.base_prefix),
        "site": site,
        "src": SOURCE,
        "tests": OWNER.parent,
    }
    script = ""
    for name, original in shown.items():
        (place / name).mkdir(exist_ok=True)
        script += f'mount --bind "{original}" "{place / name}"; '
    script += (
        f"cd /; exec setpriv --reuid={uid} --regid={gid} --clear-groups env"
        f' PYTHONPATH="{place}/src:{place}/site" LD_LIBRARY_PATH="{place}/python/lib" "$@"'
    )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return (
        *("unshare", "--mount", "sh", "-ec", script, "sh"),
        str(place / "python/bin" / version),
        "-B",
        str(place / "tests/owner.py"),
    )
