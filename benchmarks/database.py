"""The database of a running program, as the benchmarks look at it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any, Final, Self
from uuid import UUID

import asyncpg

from contactmomenten.database.connection import ConnectionInfo

APPLICATION_NAME: Final = "benchmark"

# Counting ten million rows without an index takes its time.
_SECONDS: Final = 900.0


class Observer:
    """A connection of our own; close it with ``with``."""

    def __init__(self, info: ConnectionInfo) -> None:
        """Connect."""
        self._runner = asyncio.Runner()
        self._connection: asyncpg.Connection[asyncpg.Record] = self._runner.run(
            asyncpg.connect(
                **info.connect_args(),
                command_timeout=_SECONDS,
                server_settings={"application_name": APPLICATION_NAME, "timezone": "UTC"},
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._connection.close())
        self._runner.close()

    def value(self, sql: str, *values: object) -> Any:  # noqa: ANN401 (any column)
        """Return the first column of the first row, or None."""
        return self._runner.run(self._connection.fetchval(sql, *values))

    def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """Return all rows."""
        return self._runner.run(self._connection.fetch(sql, *values))

    def backends(self, application_name: str) -> list[int]:
        """Return the processes of PostgreSQL that work for other programs than this one."""
        rows = self.rows(
            "SELECT pid FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND application_name <> $1",
            application_name,
        )
        return [row["pid"] for row in rows]

    def count(self, table: str, where: str = "", *values: object) -> int:
        """Return how many rows of `table` there are."""
        condition = f" WHERE {where}" if where else ""
        return int(self.value(f"SELECT count(*) FROM {table}{condition}", *values))

    def often(self, table: str, column: str) -> str:
        """Return the value that most rows have in `column`; empty ones do not count."""
        return str(
            self.value(
                f"SELECT {column} FROM {table} WHERE {column} <> ''"
                f" GROUP BY {column} ORDER BY count(*) DESC, {column} LIMIT 1"
            )
        )

    def seldom(self, table: str, column: str) -> str:
        """Return the value that the fewest rows have in `column`; empty ones do not count."""
        return str(
            self.value(
                f"SELECT {column} FROM {table} WHERE {column} <> ''"
                f" GROUP BY {column} ORDER BY count(*), {column} LIMIT 1"
            )
        )

    def uncounted(self) -> int:
        """Return how many numbers of contactmomenten the kept counts do not have yet."""
        return int(
            self.value(
                "SELECT (SELECT coalesce(max(id), 0) FROM contactmoment) - tot"
                " FROM telling_stand WHERE tabel = 'contactmoment'"
            )
        )

    def moments(self) -> tuple[datetime, datetime]:
        """Return the first and the last registratiedatum."""
        [row] = self.rows("SELECT min(registratiedatum), max(registratiedatum) FROM contactmoment")
        return row[0], row[1]

    def moment_within(
        self, where: str, values: Sequence[object], skipped: int, *, descending: bool
    ) -> datetime:
        """Return the registratiedatum of the last of `skipped` contactmomenten, by time."""
        direction = "DESC" if descending else "ASC"
        found: datetime = self.value(
            f"SELECT registratiedatum FROM contactmoment WHERE {where}"
            f" ORDER BY registratiedatum {direction} LIMIT 1 OFFSET {skipped - 1}",
            *values,
        )
        return found

    def uuids(self, number: int, rng: Random) -> Sequence[UUID]:
        """Return the uuids of up to `number` contactmomenten, anywhere in the table."""
        first, last = self.rows("SELECT min(id), max(id) FROM contactmoment")[0]
        span = range(first, last + 1)
        ids = rng.sample(span, min(number, len(span)))
        rows = self.rows("SELECT uuid FROM contactmoment WHERE id = ANY($1)", ids)
        uuids = [row["uuid"] for row in rows]
        rng.shuffle(uuids)
        return uuids
