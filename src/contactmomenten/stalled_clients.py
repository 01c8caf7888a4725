"""Clients that do not take what is sent to them: the kernel gives them up after a while.

The HTTP server ends a client that does not say what it wants, but would wait without end for one
that does not read its answer.
"""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def give_up_after(seconds: float) -> int:
    """Set the time on all sockets at which this process listens; return how many these are.

    A connection gets it from the socket at which it came in. It counts from when the client
    stopped acknowledging or has no room left, and starts anew whenever it takes something.
    """
    if sys.platform != "linux":
        return 0
    found = 0
    for listener in _listeners():
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(seconds * 1000))
        found += 1
    return found


def _listeners() -> Iterator[socket.socket]:
    for entry in list(Path("/proc/self/fd").iterdir()):
        with suppress(OSError):  # it is no socket, or was closed meanwhile
            if entry.readlink().name.startswith("socket:"):
                with socket.socket(fileno=os.dup(int(entry.name))) as one:
                    listens = one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                    if listens and one.family in {socket.AF_INET, socket.AF_INET6}:
                        yield one
