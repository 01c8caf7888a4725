"""What the kernel does for us on the connections of clients."""

import contextlib
import os
import socket
import stat
import sys
from pathlib import Path
from typing import Final

_OWN_FILES: Final = Path("/proc/self/fd")


def give_up_on_deaf_clients(seconds: float) -> int:
    """Have connections broken off whose client takes nothing of its answer for so many seconds.

    The kernel does it, for every connection that is made from now on to what this process listens
    at: an answer that is not read would otherwise stay in memory, and keep its connection, for
    ever. Linux only. Return at how many sockets it listens.
    """
    listening = 0
    if sys.platform == "linux":
        for path in _OWN_FILES.iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile, or no TCP
                listening += _guard(int(path.name), max(1, round(seconds * 1000)))
    return listening


def _guard(number: int, milliseconds: int) -> bool:
    if not stat.S_ISSOCK(os.fstat(number).st_mode):
        return False
    with socket.socket(fileno=os.dup(number)) as one:
        if not one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return False
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    return True
