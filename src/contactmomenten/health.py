"""Health, for whoever keeps the program running: the paths that the sister products have.

`/_healthz/livez/` says that this worker answers, `/_healthz/readyz/` that it can do its work, and
`/_healthz/` the same with what was looked at. They are no part of the API: they ask for no token,
and answer at any host name, because a cluster calls them by the address of a machine.
"""

import asyncio
import time
from typing import Final

import msgspec

from contactmomenten.database.migrations import all_migrations
from contactmomenten.database.pool import Database, unavailable
from contactmomenten.http.problems import METHOD_NOT_ALLOWED, Problem
from contactmomenten.http.response import Response
from contactmomenten.notificaties.queue import queue_state

ALL: Final = "/_healthz/"
LIVE: Final = "/_healthz/livez/"
READY: Final = "/_healthz/readyz/"

_PATHS: Final = frozenset({ALL, LIVE, READY})
_ALLOW: Final = ((b"allow", b"GET, HEAD"),)
_NO_STORE: Final = ((b"cache-control", b"no-store"),)

# Seconds that an answer counts: many may ask, and none of them needs a fresher one.
_REMEMBER: Final = 1.0
_REMEMBER_QUEUE: Final = 10.0

# Seconds that the database may take; who asks gives up after some seconds.
_PATIENCE: Final = 3.0

_STEP: Final = "SELECT max(nummer) FROM migratie"

OK: Final = "ok"

# The status of an answer that says so.
GOOD: Final = 200

# Of a worker that answers.
LIVING: Final = Response(GOOD, msgspec.json.encode({"status": OK}), headers=_NO_STORE)


def is_live(path: str) -> bool:
    """Tell whether `path`, below a mount path or not, asks whether this worker answers."""
    return _whole(path).endswith(LIVE)


def _whole(path: str) -> str:
    return path if path.endswith("/") else f"{path}/"


class Health:
    """What one worker knows of its own health."""

    def __init__(self, database: Database, *, max_outbox_age: float) -> None:
        """Look at `database`.

        Args:
            database: that of the worker.
            max_outbox_age: seconds after which a waiting notification makes the program unready;
                0 is never, and then they are not looked at.
        """
        self._database = database
        self._max_outbox_age = max_outbox_age
        self._step = all_migrations()[-1].number
        self._looking = asyncio.Lock()
        self._look: asyncio.Task[int] | None = None
        self._found: dict[str, str] = {}
        self._found_at = -_REMEMBER
        self._outbox = OK
        self._outbox_at = -_REMEMBER_QUEUE

    async def answer(self, method: str, path: str) -> Response | None:
        """Return the answer to a request for `path`; None: no path of health.

        Raises:
            Problem: 405 for another method than GET and HEAD.
        """
        path = _whole(path)
        if path not in _PATHS:
            return None
        if method not in {"GET", "HEAD"}:
            detail = f'Methode "{method}" niet toegestaan.'
            raise Problem(METHOD_NOT_ALLOWED, detail, headers=_ALLOW)
        if path == LIVE:
            return LIVING
        found = await self._known()
        good = all(state == OK for state in found.values())
        content = {"status": OK if good else "fail", "checks": found}
        return Response(GOOD if good else 503, msgspec.json.encode(content), headers=_NO_STORE)

    async def _known(self) -> dict[str, str]:
        """Return what is well and what is not; those who ask at once share one look."""
        async with self._looking:
            if time.monotonic() - self._found_at >= _REMEMBER:
                self._found = await self._fresh()
                self._found_at = time.monotonic()
            return self._found

    async def _fresh(self) -> dict[str, str]:
        try:
            step = await self._step_in_time()
        except Exception as error:
            if unavailable(error) is None:
                raise
            found = {"database": "unavailable", "migrations": "unknown", "outbox": "unknown"}
        else:
            # A newer database is fine: old and new processes serve together during an upgrade.
            migrations = OK if step >= self._step else f"step {step} of {self._step}"
            found = {"database": OK, "migrations": migrations, "outbox": self._outbox}
        if not self._max_outbox_age:
            del found["outbox"]
        return found

    async def _step_in_time(self) -> int:
        """Return the step that the database is at, and look at the outbox.

        To break off a statement of a database that hangs takes far longer than anybody waits, so
        that is left to itself; until then there is no next one, which would hang as well.

        Raises:
            TimeoutError: the database does not answer.
        """
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._look_at_database())
            self._look.add_done_callback(_heed)
        if not self._look.cancelling():
            await asyncio.wait([self._look], timeout=_PATIENCE)
            if self._look.done():
                return self._look.result()
            self._look.cancel()
        raise TimeoutError

    async def _look_at_database(self) -> int:
        step = await self._database.writer.value(_STEP) or 0
        if self._max_outbox_age and time.monotonic() - self._outbox_at >= _REMEMBER_QUEUE:
            self._outbox = await self._look_at_outbox()
            self._outbox_at = time.monotonic()
        return int(step)

    async def _look_at_outbox(self) -> str:
        state = await queue_state(self._database.writer)
        late = state.age is not None and state.age > self._max_outbox_age
        return f"{state.length} waiting, the oldest for {state.age:.0f} s" if late else OK


def _heed(look: asyncio.Task[int]) -> None:
    """Take in how a look ended that nobody waits for any more, which asyncio complains of."""
    if not look.cancelled():
        look.exception()
