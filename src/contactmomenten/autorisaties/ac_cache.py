"""What the AC said, remembered in the database for all workers (behaviour 3.3).

An answer counts for AC_CACHE_SECONDS; after that the AC is asked again, and only when it cannot
be reached the old answer is used, up to AC_CACHE_MAX_AGE. Answers that are in use are asked for
anew in the background before they run out. However many requests of one client arrive, in however
many processes, one of them asks and the others wait for what it hears.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import structlog

from contactmomenten.autorisaties import ac_queries as queries
from contactmomenten.autorisaties.ac import (
    AcRefusesUsError,
    AcUnreachableError,
    applicaties_of_client,
)
from contactmomenten.autorisaties.applicaties import Applicatie
from contactmomenten.database.pool import Record, Writer
from contactmomenten.outgoing import OutgoingClient, Served

logger = structlog.get_logger(__name__)

Applicaties = tuple[Applicatie, ...]

_TURN_SECONDS: Final = 15.0
_GLANCE_SECONDS: Final = 0.03
_RENEW_AT: Final = 0.8  # of the lifetime

_SUCCESS: Final = "gelukt"
_REFUSED: Final = "geweigerd"
_UNREACHABLE: Final = "onbereikbaar"

_decoder = msgspec.json.Decoder(Applicaties)


@dataclass(frozen=True, slots=True)
class _Known:
    applicaties: Applicaties
    fetched: float  # time.monotonic()


class AcCache:
    """The applications at the AC, as this worker knows them."""

    def __init__(
        self,
        client: OutgoingClient,
        writer: Writer,
        root: Callable[[], str | None],
        *,
        lifetime: float,
        max_age: float,
    ) -> None:
        """Ask by `client`; `root` gives the API root of the AC, None when there is none."""
        self._client = client
        self._writer = writer
        self._root = root
        self._lifetime = lifetime
        self._max_age = max_age
        self._version: int | None = None
        self._known: dict[str, _Known] = {}
        self._flights: dict[str, asyncio.Task[Applicaties]] = {}

    async def refresh(self) -> None:
        """Take over what is in the database, if it has changed."""
        version = await self._writer.value(queries.VERSION)
        if version != self._version:
            await self._read()
            self._version = version

    async def _read(self) -> None:
        now = time.monotonic()
        rows = await self._writer.rows(queries.READ_ALL)
        self._known = {
            row["client_id"]: _Known(_decoder.decode(row["applicaties"]), now - row["leeftijd"])
            for row in rows
        }

    async def applicaties(self, client_id: str, served: Served | None) -> Applicaties:
        """Return the applications of `client_id`; none when there is no AC.

        Raises:
            AcRefusesUsError: the AC does not accept our credentials.
            AcUnreachableError: the AC cannot be reached and nothing usable is known.
        """
        root = self._root()
        if root is None:
            return ()
        known = self._known.get(client_id)
        age = time.monotonic() - known.fetched if known else 0.0
        if known and age < self._lifetime:
            if age > self._lifetime * _RENEW_AT:
                self._flight(root, client_id, None)
            return known.applicaties
        try:
            # Shielded: a client that hangs up must not take the answer from the others.
            return await asyncio.shield(self._flight(root, client_id, served))
        except AcUnreachableError as error:
            if known and age < self._max_age:
                logger.warning("ac_unreachable_old_answer_used", reason=str(error))
                return known.applicaties
            raise

    def _flight(
        self, root: str, client_id: str, served: Served | None
    ) -> asyncio.Task[Applicaties]:
        """Return the one question about `client_id` that is under way in this worker."""
        flight = self._flights.get(client_id)
        if flight is None:
            flight = asyncio.create_task(self._ask(root, client_id, served))
            self._flights[client_id] = flight
            flight.add_done_callback(lambda done: self._landed(client_id, done))
        return flight

    def _landed(self, client_id: str, flight: asyncio.Task[Applicaties]) -> None:
        del self._flights[client_id]
        # In the background nobody else looks at the outcome.
        if not flight.cancelled() and (error := flight.exception()):
            logger.warning("ac_not_asked", error=type(error).__name__, reason=str(error))

    async def _ask(self, root: str, client_id: str, served: Served | None) -> Applicaties:
        """Ask the AC, or wait for another process that does."""
        since = await self._writer.value(queries.NOW)
        while True:
            if await self._writer.row(queries.TAKE_TURN, client_id, _TURN_SECONDS):
                return await self._ask_now(root, client_id, served)
            outcome = await self._wait(client_id, since)
            if outcome is not None:
                return self._take_over(client_id, outcome)

    async def _ask_now(self, root: str, client_id: str, served: Served | None) -> Applicaties:
        try:
            found = tuple(await applicaties_of_client(self._client, root, client_id, served))
        except AcRefusesUsError:
            await self._writer.row(queries.STORE_FAILURE, client_id, _REFUSED)
            raise
        except AcUnreachableError:
            await self._writer.row(queries.STORE_FAILURE, client_id, _UNREACHABLE)
            raise
        if found:
            await self._writer.row(queries.STORE, client_id, msgspec.json.encode(found).decode())
            self._known[client_id] = _Known(found, time.monotonic())
        else:
            await self._writer.row(queries.STORE_NONE, client_id)
            self._known.pop(client_id, None)
        return found

    async def _wait(self, client_id: str, since: datetime) -> Record | None:
        """Wait for the outcome of the process whose turn it is; None when it gives none."""
        until = time.monotonic() + _TURN_SECONDS
        while time.monotonic() < until:
            outcome = await self._writer.row(queries.OUTCOME_SINCE, client_id, since)
            if outcome is not None:
                return outcome
            await asyncio.sleep(_GLANCE_SECONDS)
        return None

    def _take_over(self, client_id: str, outcome: Record) -> Applicaties:
        if outcome["uitkomst"] == _REFUSED:
            raise AcRefusesUsError
        if outcome["uitkomst"] == _UNREACHABLE:
            raise AcUnreachableError(_UNREACHABLE)
        if outcome["applicaties"] is None:
            return ()
        found = _decoder.decode(outcome["applicaties"])
        self._known[client_id] = _Known(found, time.monotonic())
        return found

    def fetch_soon(self, client_id: str) -> None:
        """Ask the AC for `client_id` in the background."""
        root = self._root()
        if root is not None:
            self._flight(root, client_id, None)

    async def forget(self, uuid: str, client_ids: list[str]) -> None:
        """Forget what is known of `client_ids` and of whoever has the application `uuid`."""
        await self._writer.row(queries.FORGET, client_ids, uuid)
        await self.refresh()
