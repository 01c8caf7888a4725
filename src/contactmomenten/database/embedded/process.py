"""Starting processes in an open folder, as the user of the database."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from contactmomenten.database.embedded.account import Account
from contactmomenten.database.embedded.errors import EmbeddedDatabaseError, told_clearly

if TYPE_CHECKING:
    from contactmomenten.database.embedded.child import Task

_SCRIPT = str(Path(__file__).with_name("child.py"))

# Nothing of ours: no PG* variables, no language, no passwords. initdb looks for a shell.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

# Longer than the ends of earlier servers together take, see `child.py`.
_SWEEP_PATIENCE = 60.0


def start(
    account: Account,
    folder: int,
    command: Sequence[str],
    *,
    stdin: int | None = None,
    output: int,
) -> subprocess.Popen[bytes]:
    """Start `command` with the open `folder` as its working directory.

    It ends with a fast shutdown when the calling thread ends. Both its outputs go to `output`.
    The process has a session of its own, so a Ctrl-C does not reach it.

    Raises:
        EmbeddedDatabaseError: it could not be started.
    """
    task: Task = {
        "folder": folder,
        "parent": os.getpid(),
        "become": account.become,
        "uid": account.uid,
        "gid": account.gid,
        "command": list(command),
        "environment": _ENVIRONMENT,
    }
    with told_clearly("The database could not be started"):
        return subprocess.Popen(  # noqa: S603 (our own interpreter and script)
            [sys.executable, "-I", "-S", "-X", "utf8", _SCRIPT, json.dumps(task)],
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(folder,),
            start_new_session=True,
        )


def end_earlier_servers(account: Account, cluster: int) -> None:
    """End what an earlier run left in the open folder of the cluster.

    As the user of the database, who can only signal what is its own.

    Raises:
        EmbeddedDatabaseError: something still runs there.
    """
    with start(account, cluster, (), output=subprocess.PIPE) as process:
        try:
            said, _ = process.communicate(timeout=_SWEEP_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            said = b""
    if process.returncode != 0:
        reason = said.decode("utf-8", "replace").strip() or "PostgreSQL still runs in its folder"
        raise EmbeddedDatabaseError(f"The database of an earlier run could not be ended: {reason}.")
