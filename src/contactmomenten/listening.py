"""The sockets that this process listens at, and what the kernel does for us there."""

import contextlib
import ctypes
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SO_ATTACH_FILTER: Final = 26

# A packet filter for a socket of TCP, as (code, if true, if false, value) each: of a packet that
# asks for a connection (SYN, and not ACK) nothing is kept, all others pass.
_NO_REQUESTS: Final = (
    (0x30, 0, 0, 13),  # load the byte with the flags
    (0x54, 0, 0, 0x12),  # keep SYN and ACK of it
    (0x15, 0, 1, 0x02),  # SYN alone?
    (0x06, 0, 0, 0),  # drop it
    (0x06, 0, 0, 0xFFFF_FFFF),  # pass it on whole
)


def take_no_new_connections() -> None:
    """Have the kernel ignore who asks for a connection; those in the queue are still taken.

    A socket that is closed with connections in its queue breaks these off, though their clients
    think that they are connected. Now the queue runs empty first. Who asks meanwhile asks again
    after a second, and is then refused or answered by another instance. Where the kernel has no
    such filters nothing happens.
    """
    if sys.platform != "linux":
        return
    code = b"".join(struct.pack("=HBBI", *step) for step in _NO_REQUESTS)
    kept = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(_NO_REQUESTS), ctypes.addressof(kept))
    for listener in _listeners():
        with contextlib.suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def give_up_on_deaf_clients(seconds: float) -> int:
    """Have connections broken off whose client takes nothing of its answer for so many seconds.

    The kernel does it, for every connection that is made from now on to what this process listens
    at: an answer that is not read would otherwise stay in memory, and keep its connection, for
    ever. Linux only. Return at how many sockets it listens.
    """
    if sys.platform != "linux":
        return 0
    listening = 0
    for listener in _listeners():
        milliseconds = max(1, round(seconds * 1000))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        listening += 1
    return listening


def _listeners() -> Iterator[socket.socket]:
    """Lend every socket of this process that listens by TCP."""
    for name in list(Path("/proc/self/fd").iterdir()):
        # What is no socket is not tried: `fromfd` would leave its copy of it open.
        if not name.is_socket():
            continue
        with contextlib.suppress(OSError), socket.fromfd(int(name.name), -1, -1) as found:
            listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if listens and found.family in {socket.AF_INET, socket.AF_INET6}:
                yield found
