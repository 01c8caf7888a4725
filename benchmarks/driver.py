"""The load: connections that each send a request, read the answer, and send the next one.

It runs in a process of its own (`Driver`), so that its time is not that of what is measured. It
is kept cheap, as it takes its share of the same cores.
"""

import asyncio
import multiprocessing
import time
from array import array
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Final, Self, cast

import uvloop

from benchmarks.http import Prepared, body_size, head_size

# Of so many answers the body of one is looked at.
_SAMPLE: Final = 50

# Beyond its time a round may take so many seconds, for answers that are still to come.
_PATIENCE: Final = 60.0


class WrongAnswerError(Exception):
    """An answer was not what it must be; the text shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A round of load.

    Attributes:
        port: at 127.0.0.1, of the server.
        requests: what is sent, in this order and then from the start again.
        seconds: after which no request is sent any more.
        connections: at the same time, with one request each.
        start: which request is the first.
        once: whether each request is sent once; the round then ends with the last one.
        most: requests in all, at most; 0 for no limit.
    """

    port: int
    requests: Sequence[Prepared]
    seconds: float
    connections: int = 16
    start: int = 0
    once: bool = False
    most: int = 0


@dataclass(slots=True)
class Outcome:
    """How a round went.

    Attributes:
        latencies: of each request, in seconds, from sending it to the last byte of the answer.
        seconds: from the first request to the last answer.
        wrong: how many answers were not right.
        example: one of those, as text.
    """

    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    seconds: float = 0.0
    wrong: int = 0
    example: str = ""

    @property
    def requests(self) -> int:
        """Return how many requests were answered."""
        return len(self.latencies)


class Driver:
    """A process that makes load; close it with ``with``."""

    def __init__(self) -> None:
        """Start the process."""
        # Spawned, so that it has nothing of this process but the code.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, mp_context=context)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def run(self, job: Job) -> Outcome:
        """Return how `job` went.

        Raises:
            WrongAnswerError: an answer was wrong.
        """
        outcome = self._pool.submit(drive, job).result(job.seconds + 2 * _PATIENCE)
        if outcome.wrong:
            raise WrongAnswerError(f"{outcome.wrong} wrong answers, such as: {outcome.example}")
        return outcome


def drive(job: Job) -> Outcome:
    """Make the load of `job` in this process."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_drive(job))


async def _drive(job: Job) -> Outcome:
    loop = asyncio.get_running_loop()
    load = _Load(job, loop.create_future())
    begun = time.perf_counter()
    load.until = begun + job.seconds
    async with asyncio.timeout(job.seconds + _PATIENCE):
        for _ in range(job.connections):
            await loop.create_connection(lambda: _Connection(load), "127.0.0.1", job.port)
        await load.over
    load.outcome.seconds = time.perf_counter() - begun
    return load.outcome


class _Load:
    """What the connections of a round share."""

    def __init__(self, job: Job, over: "asyncio.Future[None]") -> None:
        """Make the load of `job`; when it is done, `over` is."""
        self.outcome = Outcome()
        self.over = over
        self.until = 0.0
        self._requests = job.requests
        self._next = job.start
        limits = [len(job.requests)] if job.once else []
        limits += [job.start + job.most] if job.most else []
        self._end = min(limits, default=None)
        self._left = job.connections

    def take(self) -> Prepared | None:
        """Return the next request; None when there is none."""
        number = self._next
        if time.perf_counter() >= self.until or (self._end is not None and number >= self._end):
            return None
        self._next += 1
        return self._requests[number % len(self._requests)]

    def answered(self, prepared: Prepared, seconds: float, head: bytes, body: bytes) -> None:
        """Note an answer."""
        outcome = self.outcome
        outcome.latencies.append(seconds)
        looked_at = len(outcome.latencies) % _SAMPLE == 1
        if int(head[9:12]) != prepared.status or (looked_at and prepared.contains not in body):
            self.wrong(f"{prepared.raw[:300]!r} was answered with {head!r} {body[:500]!r}")

    def wrong(self, example: str) -> None:
        """Note that something is wrong."""
        self.outcome.wrong += 1
        self.outcome.example = self.outcome.example or example

    def leave(self) -> None:
        """Note that a connection is done."""
        self._left -= 1
        if not self._left and not self.over.done():
            self.over.set_result(None)


class _Connection(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: _Load) -> None:
        """Take requests from `load`."""
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._prepared: Prepared | None = None
        self._received = bytearray()
        self._sizes = (0, 0)  # of head and body of the answer; (0, 0) while not known
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take a part of the answer; after the last part, send the next request."""
        received = self._received
        received += data
        head, body = self._sizes
        if not head:
            head = head_size(received)
            if not head:
                return
            body = body_size(bytes(received[:head]))
            self._sizes = (head, body)
        if len(received) < head + body or self._prepared is None:
            return
        seconds = time.perf_counter() - self._sent_at
        self._load.answered(self._prepared, seconds, bytes(received[:head]), bytes(received[head:]))
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave; that the server closes it while it owes an answer is wrong."""
        if self._prepared is not None:
            self._load.wrong(f"{self._prepared.raw[:300]!r} was not answered: {exc!r}")
        self._load.leave()

    def _send(self) -> None:
        assert self._transport is not None
        self._received.clear()
        self._sizes = (0, 0)
        self._prepared = self._load.take()
        if self._prepared is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._prepared.raw)
