"""Merging: what waits while the database is busy goes to it together, in one statement."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")
R = TypeVar("R")

# The size of the largest group: large enough to gain nearly everything there is to gain, small
# enough to be over soon.
_MOST: Final = 64


def select_by_uuid(columns: str, table: str) -> str:
    """Return the SELECT of the rows of `table` with the uuids $1, for `Writer.by_uuid`.

    It has one plan for any number of uuids, made once: planning costs as much as reading. That is
    why the array is hidden from the planner. Row by row, so that also a plan that was made while
    the table was empty goes by the index.
    """
    return (
        "SELECT found.* FROM unnest((SELECT $1::uuid[])) AS wanted (uuid) CROSS JOIN LATERAL"
        f" (SELECT {columns} FROM {table} WHERE {table}.uuid = wanted.uuid LIMIT 1) AS found"
    )


class _Waiting(NamedTuple, Generic[T, R]):
    """One caller: what it asked, its outcome, and when (time.monotonic) it is too late."""

    item: T
    outcome: "asyncio.Future[R]"
    until: float


class Merger(Generic[T, R]):
    """Carries out the same thing for many callers, as few times as it can.

    Nobody waits for company: when nothing is under way, what is asked is done at once. What is
    asked meanwhile is done together as soon as that has ended.
    """

    def __init__(
        self,
        run: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        hopeless: Callable[[Exception], object],
        seconds: float,
    ) -> None:
        """Prepare to merge.

        Args:
            run: does the thing for a group and returns one outcome for each, in order; when it
                fails, nothing was done for any of them.
            hopeless: tells of a failure of a group whether trying again would be in vain; after
                any other one each of the group is tried again alone.
            seconds: how long one may wait for the groups before it; after that it fails with a
                TimeoutError.
        """
        self._run = run
        self._hopeless = hopeless
        self._seconds = seconds
        self._waiting: list[_Waiting[T, R]] = []
        # One at a time: a second one under way would only make the groups smaller.
        self._working: asyncio.Task[None] | None = None

    def ask(self, item: T) -> "asyncio.Future[R]":
        """Return what will hold the outcome for `item`, or the failure that is its own.

        A caller that cancels it hurts nobody else; what is not under way by then is not done.
        """
        outcome: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(item, outcome, time.monotonic() + self._seconds))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return outcome

    async def _work(self) -> None:
        try:
            while self._waiting:
                group = self._waiting[:_MOST]
                del self._waiting[:_MOST]
                await self._together(_in_time(group))
        finally:
            self._working = None

    async def _together(self, group: Sequence[_Waiting[T, R]]) -> None:
        if not group:
            return
        try:
            outcomes = await self._run([one.item for one in group])
        except Exception as error:  # noqa: BLE001 (whatever it is, somebody waits for it)
            if len(group) > 1 and not self._hopeless(error):
                for one in group:
                    await self._together(_in_time([one]))
                return
            for one in group:
                if not one.outcome.done():
                    one.outcome.set_exception(error)
        else:
            for one, outcome in zip(group, outcomes, strict=True):
                if not one.outcome.done():
                    one.outcome.set_result(outcome)


def _in_time(group: Sequence[_Waiting[T, R]]) -> list[_Waiting[T, R]]:
    """Return those that still wait; for whom it is too late, that is the outcome."""
    now = time.monotonic()
    for one in group:
        if one.until < now and not one.outcome.done():
            one.outcome.set_exception(TimeoutError())
    return [one for one in group if not one.outcome.done()]
