"""The user that the database runs as: PostgreSQL refuses to be root."""

import hashlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from contactmomenten.database.embedded.errors import EmbeddedDatabaseError

# The ids that systemd lends to services without a user of their own, so no person has one.
_FIRST = 61_184
_LAST = 65_519

# Bits of /proc/self/status's CapEff: to give files away and still use them, to become another
# user, and to signal what then is another user's. CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER,
# CAP_KILL, CAP_SETGID, CAP_SETUID; a container has them unless someone took them away.
_NEEDED = sum(1 << bit for bit in (0, 1, 3, 5, 6, 7))


@dataclass(frozen=True, slots=True)
class Account:
    """The user id and group id of the database, and how a process comes to have them.

    `become` is "self" when we have them already, "other" when we switch to them, and "namespace"
    when they are only another name for what we are.
    """

    uid: int
    gid: int
    become: Literal["self", "other", "namespace"]

    @property
    def owner(self) -> tuple[int, int] | None:
        """To whom files of the database are given away; None when they are ours."""
        return (self.uid, self.gid) if self.become == "other" else None

    @property
    def has_name(self) -> bool:
        """Tell whether the user id is known to the system, as initdb demands."""
        return _has_name(self.uid)


def choose(folder: Path, cluster: os.stat_result | None) -> Account:
    """Return the account for the database in `folder`, whose cluster is `cluster` if any.

    Not ``nobody``: other daemons use that too, and could then read our files and memory.

    Raises:
        EmbeddedDatabaseError: we are root and nothing lets us be anything else.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), "self")
    owner = cluster.st_uid if cluster is not None else 0
    uid = owner or _id_for(folder)
    if _may_switch():
        if uid is None:
            return Account(_FIRST, _FIRST, "namespace")
        return Account(uid, uid, "other")
    if owner:
        raise EmbeddedDatabaseError(
            f"The database in {folder} belongs to user {owner}, and this process is root without"
            " the capabilities to become that user."
        )
    return Account(_FIRST, _FIRST, "namespace")


def _id_for(folder: Path) -> int | None:
    """Return an id that only databases use, the same at each start unless someone took it."""
    users, groups = _ranges("uid_map"), _ranges("gid_map")
    candidates = range(_FIRST, _LAST + 1)
    if not any(number in ids for number in candidates for ids in users):
        # A user namespace with few ids: any but root's own.
        candidates = range(1, 2_000)
    digest = hashlib.sha256(os.fsencode(folder)).digest()
    start = int.from_bytes(digest[:4]) % len(candidates)
    for step in range(len(candidates)):
        number = candidates[(start + step) % len(candidates)]
        both = all(any(number in ids for ids in kind) for kind in (users, groups))
        if both and not _has_name(number):
            return number
    return None


def _ranges(kind: str) -> list[range]:
    """Return the ids that exist in our user namespace."""
    lines = Path("/proc/self", kind).read_text("ascii").splitlines()
    numbers = [[int(word) for word in line.split()] for line in lines]
    return [range(first, first + length) for first, _, length in numbers]


def _may_switch() -> bool:
    for line in Path("/proc/self/status").read_text("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if name == "CapEff":
            return int(value, 16) & _NEEDED == _NEEDED
    return True


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
