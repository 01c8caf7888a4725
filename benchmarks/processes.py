"""What processes use, from /proc: processor time and memory."""

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

_PROC: Final = Path("/proc")
_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")


class Stat(NamedTuple):
    """What /proc/<pid>/stat says.

    Attributes:
        parent: its pid.
        own: processor time of the process itself, user and system, in ticks.
        gone: that of its children which have ended, in ticks.
    """

    parent: int
    own: int
    gone: int


def parse_stat(text: str) -> Stat:
    """Read the text of /proc/<pid>/stat."""
    # The name of the program stands in parentheses, and may hold blanks and parentheses itself.
    fields = text.rpartition(")")[2].split()
    return Stat(
        parent=int(fields[1]),
        own=int(fields[11]) + int(fields[12]),
        gone=int(fields[13]) + int(fields[14]),
    )


def read_stat(pid: int) -> Stat | None:
    """Return the figures of a process; None when it is gone."""
    try:
        return parse_stat((_PROC / str(pid) / "stat").read_text(encoding="latin-1"))
    except (FileNotFoundError, ProcessLookupError):
        return None


def all_stats() -> dict[int, Stat]:
    """Return the figures of all processes of this machine."""
    found = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (stat := read_stat(int(entry.name))) is not None:
            found[int(entry.name)] = stat
    return found


def family(root: int, stats: Mapping[int, Stat], *, without: int | None = None) -> set[int]:
    """Return `root` and what descends from it, but not what descends from `without`."""
    found: set[int] = set()
    waiting = {root}
    while waiting:
        waiting.discard(without or 0)
        found |= waiting
        waiting = {pid for pid, stat in stats.items() if stat.parent in waiting} - found
    return found


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor time in seconds: of an application, and of the database for it."""

    application: float
    database: float

    def per(self, requests: int) -> "Usage":
        """Return the time per request."""
        return Usage(self.application / requests, self.database / requests)

    @property
    def total(self) -> float:
        """Return both together."""
        return self.application + self.database


class Moment(NamedTuple):
    """The processor time that was used up to a moment, in ticks.

    Attributes:
        application: of each process of the application.
        database: of each child of the postmaster.
        postmaster: its own, and that of its children which have ended.
    """

    application: Mapping[int, int]
    database: Mapping[int, int]
    postmaster: int


def moment(server: int, postmaster: int) -> Moment:
    """Return what was used by now.

    Args:
        server: the process of the application; those below it count too.
        postmaster: of its database; not counted to the application where it lies below it.
    """
    stats = all_stats()
    own = family(server, stats, without=postmaster)
    below = family(postmaster, stats) - {postmaster}
    root = stats[postmaster]
    return Moment(
        {pid: stats[pid].own for pid in own if pid in stats},
        {pid: stats[pid].own for pid in below},
        root.own + root.gone,
    )


def used(before: Moment, after: Moment, others: Iterable[int] = ()) -> Usage:
    """Return the processor time between two moments.

    Children of the postmaster that have ended are in the figure of the postmaster, with all that
    they ever used; what they had used before is taken off.

    Args:
        before: the first moment.
        after: the second.
        others: processes of the database that worked for somebody else.
    """
    skipped = set(others)
    application = sum(
        ticks - before.application.get(pid, 0) for pid, ticks in after.application.items()
    )
    database = after.postmaster - before.postmaster
    for pid, ticks in after.database.items():
        if pid not in skipped:
            database += ticks - before.database.get(pid, 0)
    database -= sum(ticks for pid, ticks in before.database.items() if pid not in after.database)
    return Usage(application / _TICKS_PER_SECOND, database / _TICKS_PER_SECOND)


class Memory(NamedTuple):
    """Memory of a process in bytes: its share (PSS), and all that it has in memory (RSS)."""

    command: str
    pss: int
    rss: int


def parse_rollup(text: str) -> tuple[int, int]:
    """Return PSS and RSS in bytes, from the text of /proc/<pid>/smaps_rollup."""
    sizes = {}
    for line in text.splitlines()[1:]:
        name, _, rest = line.partition(":")
        sizes[name] = int(rest.split()[0]) * 1024
    return sizes["Pss"], sizes["Rss"]


def memory(server: int, *, without: int) -> list[Memory]:
    """Return the memory of each process of an application."""
    found = []
    for pid in sorted(family(server, all_stats(), without=without)):
        with contextlib.suppress(OSError):
            folder = _PROC / str(pid)
            command = (folder / "cmdline").read_bytes().split(b"\0")
            pss, rss = parse_rollup((folder / "smaps_rollup").read_text(encoding="ascii"))
            found.append(Memory(b" ".join(command[:4]).decode("utf-8", "replace"), pss, rss))
    return found
