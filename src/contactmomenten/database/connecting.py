"""Connecting to PostgreSQL: to the one host, or to the one of several that serves now."""

from typing import Any, Final, TypeAlias

import asyncpg

from contactmomenten.database.connection import ConnectionInfo

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# What goes wrong when a server is away, refuses us, or is not the one we look for.
FAILURES: Final = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

# One of several hosts that is dead may not answer at all: the others must get their turn.
_SECONDS_EACH: Final = 3.0

SESSION: Final = {"application_name": "contactmomenten", "timezone": "UTC"}

# Each statement reads little, whatever PostgreSQL expects: to start helpers or a compiler costs
# more than it brings. A pooler refuses to pass these on (docs/scaling.md says what to do then).
PLANNING: Final = {"max_parallel_workers_per_gather": "0", "jit": "off"}


class Connector:
    """Makes connections, each to the first host that will do; it remembers which that was."""

    def __init__(self, info: ConnectionInfo) -> None:
        """Connect to where `info` says.

        Raises:
            OSError: see `ConnectionInfo.connect_args`.
        """
        self._places = [place.connect_args() for place in info.places()]
        self._session = SESSION if info.pooler else SESSION | PLANNING
        # A standby is to be preferred again as soon as there is one.
        self._remember = info.options.get("target_session_attrs") != "prefer-standby"

    async def __call__(
        self,
        dsn: str | None = None,  # noqa: ARG002 (a pool says None)
        *,
        timeout: float = 60.0,  # noqa: ASYNC109 (a name of asyncpg)
        **more: Any,  # noqa: ANN401 (arguments of asyncpg.connect)
    ) -> Connection:
        """Return a new connection, as ``asyncpg.connect`` does.

        Raises:
            OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError:
                no host will do; of several, what tells most.
        """
        if len(self._places) > 1:
            timeout = min(timeout / len(self._places), _SECONDS_EACH)
        failures: list[Exception] = []
        for place in tuple(self._places):
            try:
                connection: Connection = await asyncpg.connect(
                    **place, timeout=timeout, server_settings=self._session, **more
                )
            except FAILURES as error:
                failures.append(error)
            else:
                self._found(place)
                return connection
        raise _telling(failures)

    def _found(self, place: dict[str, Any]) -> None:
        if self._remember and place is not self._places[0]:
            self._places = [place, *(other for other in self._places if other is not place)]


def _telling(failures: list[Exception]) -> Exception:
    """Return the first that is more than "not the server that you look for", if any."""
    for failure in failures:
        if not isinstance(failure, asyncpg.TargetServerAttributeNotMatched):
            return failure
    return failures[0]
