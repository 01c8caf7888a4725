"""Clients that keep a server waiting, many at once, and the time that other clients wait."""

import contextlib
import http.client
import resource
import select
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

_ENDED: Final = select.POLLHUP | select.POLLERR | select.POLLRDHUP
_SMALL: Final = 4096
# Established, or closed by the server with something left to send (FIN_WAIT1, LAST_ACK).
_KEPT: Final = frozenset({"01", "04", "09"})


def allow_files(number: int) -> None:
    """Make sure that this process may have `number` more files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + 500
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Crowd:
    """Connections that each send `first` and then, every now and then, `drip`.

    None of them reads what it gets.
    """

    def __init__(
        self, port: int, number: int, first: bytes, *, drip: bytes = b"", every: float = 1.0
    ) -> None:
        allow_files(number)
        self._drip = drip
        self._pause = every / number
        self._stopped = threading.Event()
        self._poll = select.poll()
        self._open: dict[int, socket.socket] = {}
        for _ in range(number):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL)
            connection.settimeout(10)
            connection.connect(("127.0.0.1", port))
            connection.sendall(first)
            self._open[connection.fileno()] = connection
            self._poll.register(connection, select.POLLRDHUP)
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self) -> None:
        while self._drip and self._open and not self._stopped.is_set():
            for connection in list(self._open.values()):
                with contextlib.suppress(OSError):
                    connection.send(self._drip)
                if self._stopped.wait(self._pause):
                    return

    def waiting(self) -> int:
        """Count the connections that the server has not ended."""
        for number, event in self._poll.poll(0):
            if event & _ENDED:
                self._poll.unregister(number)
                self._open.pop(number).close()
        return len(self._open)

    def all_ended(self, limit: float) -> float | None:
        """Wait until the server has ended all; give the seconds, None when it has not by then."""
        started = time.monotonic()
        while time.monotonic() - started < limit:
            if not self.waiting():
                return time.monotonic() - started
            time.sleep(0.05)
        return None

    def close(self) -> None:
        """Stop dripping and hang up."""
        self._stopped.set()
        self._thread.join()
        for connection in self._open.values():
            connection.close()


@contextlib.contextmanager
def crowd(
    port: int, number: int, first: bytes, *, drip: bytes = b"", every: float = 1.0
) -> Iterator[Crowd]:
    """Lend a crowd that is gone afterwards."""
    opened = Crowd(port, number, first, drip=drip, every=every)
    try:
        yield opened
    finally:
        opened.close()


def connections_of(port: int) -> int:
    """Count the connections that the system keeps for whoever listens at `port`."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ends = [(row[1].rsplit(":", 1)[1], row[3]) for row in rows]
    return sum(state in _KEPT for own, state in ends if int(own, 16) == port)


class Others:
    """Well-behaved clients that read one thing again and again."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str], clients: int = 2) -> None:
        self._port = port
        self._path = path
        self._headers = dict(headers)
        self._clients = clients

    def p99(self, *, rounds: int, seconds: float) -> float:
        """Ask for a while; give the 99th percentile in seconds, the first quartile of `rounds`.

        What else the machine does makes rounds longer, and none shorter.
        """
        return sorted(self._round(seconds) for _ in range(rounds))[rounds // 4]

    def _round(self, seconds: float) -> float:
        taken: list[list[float]] = [[] for _ in range(self._clients)]
        threads = [
            threading.Thread(target=self._ask, args=(seconds, times), daemon=True)
            for times in taken
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        together = [time for times in taken for time in times]
        assert all(taken), "a client got no answer at all"
        return percentile(together, 99)

    def _ask(self, seconds: float, taken: list[float]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=seconds + 20)
        with contextlib.closing(connection):
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                started = time.monotonic()
                connection.request("GET", self._path, headers=self._headers)
                response = connection.getresponse()
                response.read()
                if response.status == http.client.OK:
                    taken.append(time.monotonic() - started)


def percentile(values: Sequence[float], percent: int) -> float:
    """Give the value that `percent` of a hundred of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
