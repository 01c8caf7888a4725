"""The delivery of notifications: from the outbox to the Notificaties API (decision 0007).

Any number of processes deliver side by side. No connection to the database is held during a call.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from traceback import format_tb
from typing import Final
from uuid import uuid4

import structlog

from contactmomenten.autorisaties.registry import Registry
from contactmomenten.configuration.model import Notifications
from contactmomenten.database.pool import Writer
from contactmomenten.notificaties import outcomes
from contactmomenten.notificaties.circuit import Circuit
from contactmomenten.notificaties.lines import NOTHING, Line, Queue, Result, Turn, Wanted
from contactmomenten.notificaties.outcomes import Outcome, Verdict, backoff
from contactmomenten.notificaties.sending import Client, send

logger = structlog.get_logger(__name__)

# What a lease lasts longer than a call, in seconds: room for a process that is held up.
_SLACK: Final = 5.0
# On cancellation: seconds to let calls end, and then to give back what did not.
_LAST_CALLS: Final = 0.5
_LAST_TURN: Final = 0.4

# Seconds between two looks for lines that wait for a moment of a clock that was set back, and how
# long a line behind a parked one waits.
_MEND: Final = 10.0
_ASIDE: Final = 3600.0

_PATH: Final = "notificaties"


@dataclass(frozen=True, slots=True)
class _Target:
    """Where notifications go now, and how often that is tried."""

    url: str
    rules: Notifications


class Delivery:
    """Delivers what is in the outbox, for as long as `run` runs."""

    def __init__(  # noqa: PLR0913 (three parts and three limits)
        self,
        writer: Writer,
        client: Client,
        registry: Registry,
        *,
        slots: int = 8,
        timeout: float = 10.0,
        poll: float = 1.0,
    ) -> None:
        """Prepare to deliver.

        Args:
            writer: the database with the outbox.
            client: what calls.
            registry: knows the Notificaties API; without one, delivery waits.
            slots: calls at the same time, at least 2; half of them at most are for notifications
                that failed before.
            timeout: seconds after which a call is given up.
            poll: seconds after which the queue is looked at, also when nothing woke us.
        """
        self._client = client
        self._registry = registry
        self._slots = slots
        self._timeout = timeout
        self._poll = poll
        self._queue = Queue(writer, uuid4(), timeout + _SLACK)
        self._circuit = Circuit()
        self._target: _Target | None = None
        self._calls: dict[asyncio.Task[None], Line] = {}
        self._results: list[Result] = []
        self._woken = asyncio.Event()
        self._stopping = False
        self._turning: asyncio.Task[Turn] | None = None
        self._told: set[str] = set()
        self._mended = time.monotonic()

    def wake(self) -> None:
        """Look at the queue now: something was written.

        Many call this for each call that can be made: it does nothing when none can be, as what
        makes room for one has us look at the queue anyway.
        """
        if self._wanted() != NOTHING:
            self._woken.set()

    def stop(self) -> None:
        """Let `run` return as soon as the calls that are under way have ended."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Deliver until `stop`, or until cancelled: then it gives back its leases within a second.

        A call that is cut short by cancellation may have reached the other side, and is then made
        twice.
        """
        try:
            while not (self._stopping and not self._calls and not self._results):
                self._woken.clear()
                if not await self._turn():
                    await self._wait()
        except asyncio.CancelledError:
            await self._wind_up()
            raise

    async def _turn(self) -> bool:
        """Settle and lease; return whether to do so again at once."""
        self._look_at_configuration()
        wanted = self._wanted()
        results = tuple(self._results)
        if not results and wanted == NOTHING:
            return False
        began = time.monotonic()
        try:
            await self._mend()
            self._turning = asyncio.create_task(self._settle_and_lease(results, wanted))
            # Shielded, or a cancellation would leave behind leases that nobody knows of.
            turn = await asyncio.shield(self._turning)
        except Exception as error:  # noqa: BLE001 (asyncpg has many ways to say it; we go on)
            # Results are kept: a notification that has arrived is not to be sent again.
            where = "".join(format_tb(error.__traceback__))
            self._tell("outbox_unreachable", error=type(error).__name__, where=where)
            await asyncio.sleep(self._poll)
            return True
        self._told.discard("outbox_unreachable")
        self._start(turn.lines, began)
        return turn.more

    async def _mend(self) -> None:
        if time.monotonic() - self._mended < _MEND:
            return
        self._mended = time.monotonic()
        longest = max(_ASIDE, float(self._rules().notification_delivery_retry_backoff_max))
        if mended := await self._queue.mend(longest + _MEND):
            logger.warning("clock_of_database_was_set_back", lines=mended)

    async def _settle_and_lease(self, results: Sequence[Result], wanted: Wanted) -> Turn:
        max_retries = self._rules().notification_delivery_max_retries
        turn = await self._queue.turn(results, wanted, max_retries)
        del self._results[: len(results)]
        for row in turn.parked:
            logger.error(
                "notification_parked",
                id=row["id"],
                contactmoment=str(row["contactmoment"]),
                outcome=row["uitkomst"],
            )
        return turn

    def _wanted(self) -> Wanted:
        if self._stopping or self._target is None or self._circuit.pause() > 0:
            return NOTHING
        busy = len(self._calls)
        if self._circuit.is_open:
            # Two probes: one may be a message on which the API chokes.
            return NOTHING if busy else Wanted(1, 2)
        free = self._slots - busy
        again = sum(line.pogingen > 0 for line in self._calls.values())
        return Wanted(min(free, self._slots // 2 - again), free) if free > 0 else NOTHING

    def _start(self, lines: Iterable[Line], began: float) -> None:
        under_way = {line.id for line in self._calls.values()}
        under_way |= {result.line.id for result in self._results}
        for line in lines:
            # One whose call outlived its lease is ours again, and is not called twice.
            if line.id not in under_way:
                task = asyncio.create_task(self._deliver(line, began))
                self._calls[task] = line
                task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._calls[task]
        self._woken.set()

    async def _deliver(self, line: Line, began: float) -> None:
        outcome = outcomes.UNTRIED
        try:
            # Held up so long that the lease might end before the call does: let it go.
            if self._target is not None and time.monotonic() - began < _SLACK / 2:
                outcome = await send(self._client, self._target.url, line.bericht, self._timeout)
        finally:
            self._results.append(Result(line, outcome, self._judge(line, outcome)))

    def _judge(self, line: Line, outcome: Outcome) -> float:
        """Tell the circuit, and return the seconds to wait before the next attempt."""
        rules = self._rules()
        first = float(rules.notification_delivery_retry_backoff)
        longest = float(rules.notification_delivery_retry_backoff_max)
        if self._circuit.tell(outcome, first=first, longest=longest):
            if self._circuit.is_open:
                logger.warning("notifications_api_away", outcome=outcome.code)
            else:
                logger.info("notifications_api_back")
        if outcome.verdict is Verdict.UNTRIED:
            return 0.0
        return max(backoff(line.pogingen + 1, first, longest), outcome.retry_after or 0.0)

    async def _wait(self) -> None:
        limit = self._poll
        if pause := self._circuit.pause():
            limit = min(limit, pause)
        try:
            async with asyncio.timeout(limit):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _wind_up(self) -> None:
        """Give back the leases: wait a moment for calls, and cut short what still runs."""
        self._stopping = True
        lines = list(self._calls.values())
        try:
            if self._calls:
                _, late = await asyncio.wait(set(self._calls), timeout=_LAST_CALLS)
                for call in late:
                    call.cancel()
                await asyncio.gather(*late, return_exceptions=True)
            async with asyncio.timeout(_LAST_TURN):
                if self._turning is not None and not self._turning.done():
                    lines += (await asyncio.shield(self._turning)).lines
                known = {result.line.id for result in self._results}
                # A call that was cancelled before it began has no result.
                self._results += [
                    Result(line, outcomes.UNTRIED, 0.0) for line in lines if line.id not in known
                ]
                await self._settle_and_lease(tuple(self._results), NOTHING)
        except Exception as error:  # noqa: BLE001 (we end, whatever the database does)
            logger.warning("leases_not_given_back", error=type(error).__name__)

    # --- configuration and reports ------------------------------------------------------------

    def _look_at_configuration(self) -> None:
        snapshot = self._registry.snapshot
        rules = snapshot.notifications
        service = snapshot.service(rules.notifications_api_service_identifier) if rules else None
        target = _Target(f"{service.api_root}{_PATH}", rules) if service and rules else None
        if target != self._target:
            self._circuit.reset()
            self._target = target
        if target is None:
            self._tell("notifications_wait_for_configuration")
        else:
            self._told.discard("notifications_wait_for_configuration")

    def _rules(self) -> Notifications:
        if self._target is not None:
            return self._target.rules
        return Notifications(notifications_api_service_identifier="")

    def _tell(self, event: str, **facts: object) -> None:
        """Log something that goes on, once."""
        if event not in self._told:
            self._told.add(event)
            logger.warning(event, **facts)
