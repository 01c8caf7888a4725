"""The first steps of every process that we start, run as a script of its own.

Between fork and exec a process with threads may do next to nothing safely, and PostgreSQL needs
quite a lot done there. So we start a fresh interpreter with this file, which uses nothing but the
standard library: it enters the folder while it still may, becomes another user, ties its life to
ours, and then turns into PostgreSQL without changing its process id.

Its one argument is a JSON object, see `Task`.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import TypedDict

# From linux/prctl.h and linux/sched.h.
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000

_FAST_SHUTDOWN = signal.SIGINT
_IMMEDIATE_SHUTDOWN = signal.SIGQUIT

# Seconds that each way to end an earlier server gets before the next one is tried. Not long: the
# next one loses nothing that was committed, and `Server.stop` says why the first can get stuck.
_STEPS = ((_FAST_SHUTDOWN, 5.0), (_IMMEDIATE_SHUTDOWN, 5.0), (signal.SIGKILL, 3.0))
_PAUSE = 0.01


class Task(TypedDict):
    """What to do.

    `folder` is an inherited descriptor of the folder to work in, `parent` the process that waits
    for us. `become` says which user to be: "self" for the one we are, "other" for `uid` and
    `gid`, "namespace" for a user namespace in which we are called `uid` and `gid`. Without a
    `command` the servers of an earlier run in the folder are ended.
    """

    folder: int
    parent: int
    become: str
    uid: int
    gid: int
    command: list[str]
    environment: dict[str, str]


def main() -> None:
    """Do the task in the first argument."""
    task: Task = json.loads(sys.argv[1])
    os.umask(0o077)
    os.fchdir(task["folder"])
    os.close(task["folder"])
    try:
        _become(task["become"], task["uid"], task["gid"])
    except OSError as error:
        sys.exit(f"FATAL:  this process may not become user {task['uid']}: {error.strerror}")
    _tie_to(task["parent"])
    # The memory of a database in a core file would lie around with personal data.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not task["command"]:
        sys.exit(end_earlier_servers())
    # Python ignores these, and what is ignored stays ignored in a new program.
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        os.execve(task["command"][0], task["command"], task["environment"])  # noqa: S606
    except OSError as error:
        sys.exit(f"FATAL:  could not execute {task['command'][0]}: {error.strerror}")


def _become(how: str, uid: int, gid: int) -> None:
    if how == "other":
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    elif how == "namespace":
        outer_uid, outer_gid = os.geteuid(), os.getegid()
        _libc("unshare", _CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1", "ascii")


def _tie_to(parent: int) -> None:
    """Shut down when the thread that started us ends, however it ends."""
    _libc("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # After the change of user, because that clears it.
    _libc("prctl", _PR_SET_PDEATHSIG, int(_FAST_SHUTDOWN), 0, 0, 0)
    if os.getppid() != parent:
        # It ended before we asked for the signal.
        sys.exit("FATAL:  the program that started this process has ended")


def _libc(function: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*(ctypes.c_ulong(value) for value in arguments)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def end_earlier_servers() -> int:
    """End every PostgreSQL process that still works in the current folder.

    A crash of our program, or of the server's main process, can leave some behind. They are known
    by their working directory, never by a number in a file alone: that number may by now belong
    to a stranger. What they left in the way of a new server is removed.

    Returns:
        How many could not be ended.
    """
    here = os.stat(".")  # noqa: PTH116 (the folder itself, by its inode)
    for kind, patience in _STEPS:
        deadline = time.monotonic() + patience
        told: set[int] = set()
        while running := _servers_in(here):
            if time.monotonic() > deadline:
                break
            for process in _leaders(running) - told if kind != signal.SIGKILL else set(running):
                _tell(process, kind, here)
                told.add(process)
            time.sleep(_PAUSE)
        else:
            _clear_the_way()
            return 0
    return len(_servers_in(here))


def _servers_in(folder: os.stat_result) -> dict[int, int]:
    """Return the parent of each PostgreSQL process in the folder, by process id."""
    found = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal() and _is_server(int(entry.name), folder):
            try:
                status = Path(f"/proc/{entry.name}/stat").read_text("utf-8", "replace")
            except OSError:
                continue
            # After the name, which may hold anything but is closed by the last bracket.
            state, parent = status.rpartition(")")[2].split()[:2]
            if state not in "ZX":
                found[int(entry.name)] = int(parent)
    return found


def _is_server(process: int, folder: os.stat_result) -> bool:
    try:
        place = os.stat(f"/proc/{process}/cwd")  # noqa: PTH116 (the target of a magic link)
        name = Path(f"/proc/{process}/comm").read_text("utf-8", "replace").strip()
    except OSError:
        return False  # It has ended, or it is another user's and so not ours.
    return os.path.samestat(place, folder) and name == "postgres"


def _leaders(running: dict[int, int]) -> set[int]:
    """Return the main process; without one, its orphans, which mostly end by themselves."""
    return {process for process, parent in running.items() if parent not in running}


def _tell(process: int, what: signal.Signals, folder: os.stat_result) -> None:
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    except OSError:
        # Before Linux 5.3. Between the check and the signal the id would have to be reused.
        if _is_server(process, folder):
            _ignore_missing(process, what)
        return
    try:
        # Once more, now that the id cannot go to another process.
        if _is_server(process, folder):
            signal.pidfd_send_signal(handle, what)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def _ignore_missing(process: int, what: signal.Signals) -> None:
    try:
        os.kill(process, what)
    except ProcessLookupError:
        return


def _clear_the_way() -> None:
    """Remove the lock files of a server that is no more.

    PostgreSQL refuses to start when the id in them is that of any process of its user.
    """
    Path("postmaster.pid").unlink(missing_ok=True)
    for left in Path("socket").glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
