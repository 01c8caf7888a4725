"""Connections to PostgreSQL, and the types that tell reads from writes."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar
from uuid import UUID

import asyncpg

from contactmomenten.database.connecting import Connector
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.merging import Merger
from contactmomenten.http.problems import LATER, SERVICE_UNAVAILABLE, Problem

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    from contactmomenten.database.replica import ReplicaReader

Record: TypeAlias = asyncpg.Record
Connection: TypeAlias = "asyncpg.Connection[Record] | PoolConnectionProxy[Record]"
Pool: TypeAlias = "asyncpg.Pool[Record]"
Isolation: TypeAlias = Literal["read_committed", "repeatable_read", "serializable"]

T = TypeVar("T")


class Row(Protocol):
    """A row: a `Record`, or a dictionary with the same keys."""

    def __getitem__(self, column: str, /) -> Any:  # noqa: ANN401 (any column)
        """Return the value of `column`."""


# A deadlock or serialization failure is nobody's fault: the same transaction succeeds again.
_CONFLICTS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_TRIES = 10

# PostgreSQL counts microseconds from here.
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# The database is away, full, read-only or too slow; the same request may succeed later.
_UNAVAILABLE = (
    OSError,  # also a TimeoutError
    asyncpg.InterfaceError,
    # What asyncpg makes of a connection that was cut while nobody used it.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # it takes no connections; or no lock to be had
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresSystemError,
    # What PostgreSQL has no name for, such as a quota of the file system that is used up.
    asyncpg.InternalServerError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    # A pooler that was not told of (DB_POOLER) gave the statement to another connection.
    asyncpg.InvalidSQLStatementNameError,
    asyncpg.DuplicatePreparedStatementError,
    *_CONFLICTS,
)


def database_unavailable() -> Problem:
    """Return the 503."""
    return Problem(SERVICE_UNAVAILABLE, headers=LATER)


def unavailable(error: BaseException) -> Problem | None:
    """Return the 503 for a failure of the database, None for any other error."""
    # An InterfaceError that is also a ValueError is a value that we should not have sent: a bug.
    if isinstance(error, _UNAVAILABLE) and not isinstance(error, ValueError):
        return database_unavailable()
    return None


class Reads(ABC):
    """Statements that read, wherever they go."""

    @abstractmethod
    async def on_connection(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work` on a connection; all else here goes through this."""

    @abstractmethod
    async def in_snapshot(self, work: "Callable[[Reads], Awaitable[T]]") -> T:
        """Run `work` with reads that all see the database as it is at one moment."""

    async def row(self, sql: str, *values: object) -> Record | None:
        """Return the first row, or None."""
        return await self.on_connection(lambda connection: connection.fetchrow(sql, *values))

    async def rows(self, sql: str, *values: object) -> list[Record]:
        """Return all rows."""
        return await self.on_connection(lambda connection: connection.fetch(sql, *values))

    async def value(self, sql: str, *values: object) -> Any:  # noqa: ANN401 (any column)
        """Return the first column of the first row, or None."""
        return await self.on_connection(lambda connection: connection.fetchval(sql, *values))


class _Snapshot(Reads):
    """Reads in one transaction, which keeps to the first view that it had of the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def on_connection(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        return await work(self._connection)

    async def in_snapshot(self, work: Callable[[Reads], Awaitable[T]]) -> T:
        return await work(self)


class Reader(Reads):
    """Reads that may go to a replica: each statement stands on its own."""

    def __init__(self, pool: Pool, seconds: float) -> None:
        """Read through `pool`, waiting at most `seconds` for a connection of it."""
        self._pool = pool
        self._seconds = seconds

    async def on_connection(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work` on a connection of the pool."""
        pool = self._pool
        # A timeout costs more than taking a connection that is free.
        connection = await pool.acquire(timeout=None if pool.get_idle_size() else self._seconds)
        try:
            result = await work(connection)
        except BaseException as error:
            if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
                # Another server writes now: whatever we are connected to, it is not that one.
                await pool.expire_connections()
            # A statement that was broken off has to be ended first.
            await pool.release(connection, timeout=self._seconds)
            raise
        await pool.release(connection)
        return result

    async def in_snapshot(self, work: Callable[[Reads], Awaitable[T]]) -> T:
        """Run `work` in a transaction of its own, which may run twice."""

        async def read(connection: Connection) -> T:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await work(_Snapshot(connection))

        return await self.on_connection(read)


class Writer(Reader):
    """The primary: writes, and reads that must see them.

    A write of one statement is a transaction of its own and goes through `row`; one of several
    statements goes through `in_transaction`. Feature code never commits.
    """

    def __init__(self, pool: Pool, seconds: float) -> None:
        """Write through `pool`; `seconds` as in `Reader`."""
        super().__init__(pool, seconds)
        self._by_uuid: dict[str, Merger[UUID, Record | None]] = {}
        self._together: dict[str, Merger[Sequence[object], None]] = {}

    async def by_uuid(self, sql: str, uuid: UUID) -> Record | None:
        """Return the row with `uuid`, or None; several that wait are read by one statement.

        Args:
            sql: made by `select_by_uuid`; the columns must have uuid among them.
            uuid: which one is wanted.
        """
        merger = self._by_uuid.get(sql)
        if merger is None:
            read = partial(self._read, sql)
            merger = Merger(read, hopeless=unavailable, seconds=self._seconds)
            self._by_uuid[sql] = merger
        return await merger.ask(uuid)

    async def together(self, sql: str, *values: object) -> None:
        """Write one row; several that wait are written by one statement, and so committed at once.

        Each has an outcome of its own: when the others of its group cannot be written, it is.

        Args:
            sql: an INSERT; each parameter is the array of what the rows have in that place.
            values: those of this row, in the order of the parameters.
        """
        merger = self._together.get(sql)
        if merger is None:
            write = partial(self._write, sql)
            merger = Merger(write, hopeless=unavailable, seconds=self._seconds)
            self._together[sql] = merger
        await merger.ask(values)

    async def _read(self, sql: str, uuids: Sequence[UUID]) -> Sequence[Record | None]:
        found = {row["uuid"]: row for row in await self.rows(sql, uuids)}
        return [found.get(uuid) for uuid in uuids]

    async def _write(self, sql: str, rows: Sequence[Sequence[object]]) -> Sequence[None]:
        await self.row(sql, *zip(*rows, strict=True))
        return [None] * len(rows)

    async def row(self, sql: str, *values: object) -> Record | None:
        """Run one statement and return its first row; it runs again after a deadlock."""
        for _ in range(_TRIES - 1):
            try:
                return await super().row(sql, *values)
            except _CONFLICTS:
                continue
        return await super().row(sql, *values)

    async def in_transaction(
        self, work: Callable[[Connection], Awaitable[T]], *, isolation: Isolation | None = None
    ) -> T:
        """Run `work` in one transaction: everything it writes, or nothing.

        On a deadlock with another request `work` runs again from the start, so it must not keep
        anything from an earlier run.

        Args:
            work: what is done with the connection.
            isolation: other than the default of the database.
        """
        for _ in range(_TRIES - 1):
            try:
                return await self._once(work, isolation)
            except _CONFLICTS:
                continue
        return await self._once(work, isolation)

    async def _once(
        self, work: Callable[[Connection], Awaitable[T]], isolation: Isolation | None
    ) -> T:
        async def transact(connection: Connection) -> T:
            async with connection.transaction(isolation=isolation):
                return await work(connection)

        return await self.on_connection(transact)


class Database:
    """The pool of one worker, as `reader` and `writer`; with a replica, `reader` reads there."""

    def __init__(self, pool: Pool, seconds: float) -> None:
        """Use `pool`, which is closed with `close`; `seconds` as in `Reader`."""
        self._pool = pool
        self._replica: ReplicaReader | None = None
        self.reader = Reader(pool, seconds)
        self.writer = Writer(pool, seconds)

    def read_from(self, replica: "ReplicaReader") -> None:
        """Read from `replica` from now on; `close` closes it too."""
        self.reader = self._replica = replica

    @property
    def connections(self) -> tuple[int, int]:
        """Return how many connections there are, and how many of them nobody uses."""
        return self._pool.get_size(), self._pool.get_idle_size()

    async def close(self) -> None:
        """Wait for running statements and close all connections."""
        if self._replica is not None:
            await self._replica.close()
        await self._pool.close()


async def prepare(connection: Connection) -> None:
    """Make a new connection read and write points in time as they are.

    asyncpg by itself takes the first and the last moment that Python knows for -infinity and
    infinity, and gives them back without a zone.
    """
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        format="tuple",
        encoder=lambda moment: ((moment - _EPOCH) // _MICROSECOND,),
        decoder=lambda parts: _EPOCH + timedelta(microseconds=parts[0]),
    )


async def open_database(info: ConnectionInfo, *, max_size: int, seconds: float) -> Database:
    """Open the pool.

    Args:
        info: where the database is.
        max_size: the most connections.
        seconds: for a connection, and for one statement.

    Raises:
        OSError, asyncpg.PostgresError: the database cannot be reached.
    """
    pool = await open_pool(Connector(info), min_size=1, max_size=max_size, seconds=seconds)
    return Database(pool, seconds)


async def open_pool(connect: Connector, *, min_size: int, max_size: int, seconds: float) -> Pool:
    """Open a pool of connections that `connect` makes; `min_size` of them now."""
    return await asyncpg.create_pool(
        connect=connect,
        min_size=min_size,
        max_size=max_size,
        timeout=seconds,
        command_timeout=seconds,
        max_inactive_connection_lifetime=0,
        # Nothing here changes the state of a session, so there is nothing to undo on release;
        # undoing it all the same costs a round trip per request.
        reset=_keep,
        init=prepare,
    )


async def _keep(_connection: Connection) -> None:
    """Leave a released connection as it is."""
