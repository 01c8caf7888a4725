"""Processes of this machine, as /proc tells of them."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path


def alive(pid: int) -> bool:
    """Tell whether a process exists and is no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                yield int(folder.name), int(fields[1])


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Stop a process and its descendants meanwhile, as a machine that hangs does."""
    processes = [pid, *descendants(pid)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def descendants(pid: int) -> list[int]:
    """Give every process that descends from this one."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def name(pid: int) -> str:
    """Give the name of a process."""
    return Path(f"/proc/{pid}/comm").read_text().strip()


def command(pid: int) -> str:
    """Give the command line of a process; empty when there is no such process."""
    try:
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    except OSError:
        return ""


def resident(pid: int) -> int:
    """Give the memory of a process, in kB; 0 when there is no such process."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0
