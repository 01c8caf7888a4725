"""The lines of the outbox as the delivery sees them: leased, sent, and settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from contactmomenten.database.pool import Connection, Record, Writer
from contactmomenten.notificaties import queries
from contactmomenten.notificaties.outcomes import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Line:
    """A leased line; `pogingen` counts the attempts that failed before."""

    id: int
    contactmoment: UUID
    bericht: bytes
    pogingen: int


class Result(NamedTuple):
    """How an attempt for `line` ended, and after how many seconds it may be tried again."""

    line: Line
    outcome: Outcome
    wait: float


class Wanted(NamedTuple):
    """How many lines at most: of those tried before, and in total."""

    tried: int
    total: int


NOTHING = Wanted(0, 0)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn at the queue came to.

    Attributes:
        lines: leased from now on; those tried before come first.
        tried: how many of them were tried before.
        parked: lines that will not be tried again by themselves.
        more: whether there may be more to lease at once.
    """

    lines: tuple[Line, ...]
    tried: int
    parked: tuple[Record, ...]
    more: bool


class Queue:
    """The queue, as seen by one holder of leases."""

    def __init__(self, writer: Writer, holder: UUID, lease: float) -> None:
        """Lease for `lease` seconds in the name of `holder`."""
        self._writer = writer
        self._holder = holder
        self._lease = lease

    async def turn(self, results: Sequence[Result], wanted: Wanted, max_retries: int) -> Turn:
        """Settle what has ended and lease what comes next, in one short transaction.

        Args:
            results: of lines that this holder leased; a repetition does no harm.
            wanted: how many lines to lease.
            max_retries: how often a refused message is tried again before it is parked.

        Raises:
            Exception: of asyncpg or OSError, when the database is away; what was leased all the
                same comes free when the lease ends.
        """

        async def work(connection: Connection) -> Turn:
            await connection.execute(queries.PLAN_ANEW)
            parked = await self._settle(connection, results, max_retries)
            tried = await self._take(connection, queries.TAKE_TRIED, wanted.tried)
            new = await self._take(connection, queries.TAKE_NEW, wanted.total - len(tried))
            short = len(tried) + len(new) < wanted.total
            aside = await connection.fetchval(queries.SET_ASIDE, self._lease) if short else 0
            return Turn((*tried, *new), len(tried), tuple(parked), more=aside > 0)

        return await self._writer.in_transaction(work)

    async def mend(self, longest: float) -> int:
        """Have no line wait for a moment of a clock that was set back; return how many did.

        Args:
            longest: seconds that a line may be told to wait.
        """
        return len(await self._writer.rows(queries.MEND, self._lease, longest))

    async def _take(self, connection: Connection, sql: str, number: int) -> list[Line]:
        if number <= 0:
            return []
        rows = await connection.fetch(sql, self._holder, self._lease, number)
        return [
            Line(row["id"], row["contactmoment"], row["bericht"].encode(), row["pogingen"])
            for row in rows
        ]

    async def _settle(
        self, connection: Connection, results: Sequence[Result], max_retries: int
    ) -> list[Record]:
        delivered = [
            result.line.id for result in results if result.outcome.verdict is Verdict.ACCEPTED
        ]
        others = [result for result in results if result.outcome.verdict is not Verdict.ACCEPTED]
        if delivered:
            gone = await connection.fetch(queries.DELETE_DELIVERED, delivered, self._holder)
            await connection.execute(queries.HAND_OVER, [row["contactmoment"] for row in gone])
        if not others:
            return []
        rows = await connection.fetch(
            queries.PUT_BACK,
            self._holder,
            max_retries,
            [result.line.id for result in others],
            [result.wait for result in others],
            [result.outcome.verdict is not Verdict.UNTRIED for result in others],
            [result.outcome.verdict is Verdict.REFUSED for result in others],
            [result.outcome.code for result in others],
        )
        return [row for row in rows if row["parked"]]
