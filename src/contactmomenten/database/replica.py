"""Reads on a replica; on the primary while the replica is away (decision 0011)."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import asyncpg
import structlog

from contactmomenten.database.connecting import FAILURES, Connector
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection, Pool, Reader, open_pool, unavailable

T = TypeVar("T")

logger = structlog.get_logger(__name__)

# Seconds after which a read that has no answer yet makes us ask whether the replica is still there.
_DOUBT: Final = 1.0
# Seconds that a replica may take to say that it is there, and between two such questions.
_ANSWER: Final = 1.0
_PAUSE: Final = 1.0
_LAST_READS: Final = 2.0

# Said of one statement, by a replica that is well: its rows were cleaned up on the primary.
_CONFLICTS: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


class ReplicaReader(Reader):
    """Reads on the replica, and on the primary what the replica cannot answer.

    Once a read finds the replica away, nothing is read there until it has answered a question in
    the background. So one read loses time, not every one.
    """

    def __init__(self, connect: Connector, pool: Pool, primary: Reader, seconds: float) -> None:
        """Read through `pool`, whose connections `connect` makes; `seconds` as in `Reader`."""
        super().__init__(pool, seconds)
        self._connect = connect
        self._primary = primary
        self._away = False
        self._watching: asyncio.Task[None] | None = None

    async def on_connection(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work`, which may run twice, on the replica or on the primary."""
        if not self._away:
            reading = asyncio.ensure_future(super().on_connection(work))
            try:
                if await self._finishes(reading):
                    return reading.result()
            except TimeoutError:
                # It was given all the time there is; to wait once more would help nobody.
                self._watch(pause=0)
                raise
            except FAILURES as error:
                # What the replica does not have yet (a new column) it refuses too.
                if unavailable(error) and not isinstance(error, _CONFLICTS):
                    self._leave(type(error).__name__)
                    self._watch(pause=_PAUSE)
            finally:
                _abandon(reading)
        return await self._primary.on_connection(work)

    async def _finishes(self, reading: "asyncio.Future[T]") -> bool:
        """Wait for `reading`; return False when the replica turns out to be away meanwhile."""
        while True:
            done, _ = await asyncio.wait([reading], timeout=_DOUBT)
            if done or self._away:
                return bool(done)
            self._watch(pause=0)

    def _leave(self, reason: str) -> None:
        if not self._away:
            self._away = True
            logger.warning("replica_away", error=reason)

    def _watch(self, pause: float) -> None:
        """Ask the replica whether it is there, after `pause` seconds, until it says so."""
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._keep_asking(pause))

    async def _keep_asking(self, pause: float) -> None:
        while True:
            await asyncio.sleep(pause)
            if await self.answers():
                break
            pause = _PAUSE
        if self._away:
            # Those from before may lead to what is no more, and would hang.
            await self._pool.expire_connections()
            self._away = False
            logger.info("replica_back")

    async def answers(self) -> bool:
        """Ask the replica whether it is there; if not, it is away from now on."""
        try:
            async with asyncio.timeout(_ANSWER):
                connection = await self._connect(timeout=_ANSWER)
                try:
                    await connection.fetchval("SELECT 1")
                finally:
                    connection.terminate()
        except FAILURES as error:
            self._leave(type(error).__name__)
            return False
        return True

    async def start(self) -> None:
        """Look whether the replica is there; if not, go on without it."""
        if not await self.answers():
            self._watch(pause=_PAUSE)

    async def close(self) -> None:
        """Close all connections; what still reads on a replica that hangs is cut off."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_READS):
                await self._pool.close()


async def open_replica(
    info: ConnectionInfo, primary: Reader, *, max_size: int, seconds: float
) -> ReplicaReader:
    """Open a pool on the replica, which may be away now.

    Args:
        info: where the replica is.
        primary: reads what the replica cannot.
        max_size: the most connections.
        seconds: for a connection, and for one statement.

    Raises:
        OSError: see `ConnectionInfo.connect_args`.
    """
    connect = Connector(info)
    pool = await open_pool(connect, min_size=0, max_size=max_size, seconds=seconds)
    reader = ReplicaReader(connect, pool, primary, seconds)
    await reader.start()
    return reader


def _abandon(reading: "asyncio.Future[T]") -> None:
    """Cancel what nobody waits for any more; it ends when it can."""
    if not reading.done():
        reading.add_done_callback(_forget)
        reading.cancel()


def _forget(reading: "asyncio.Future[T]") -> None:
    if not reading.cancelled():
        reading.exception()
