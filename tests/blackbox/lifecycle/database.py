"""A PostgreSQL that is not the program's own, to be hurt in every way."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import EmbeddedPostgres
from tests.databases import superuser_of, url_of
from tests.processes import alive, descendants, stopped
from tests.waiting import PATIENCE, until


class Cluster:
    """A server with as many databases as asked for; it comes back whenever it is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._postgres = EmbeddedPostgres(folder)
        self._numbers = count(1)
        self._postgres.start()
        self.owner = self._postgres.owner()
        self.superuser = superuser_of(self._postgres)

    def stop(self) -> None:
        self._postgres.stop()

    def sql(self, sql: str, database: str | None = None, *values: object) -> list[tuple[Any, ...]]:
        """Run `sql` as the superuser and return its rows."""
        info = replace(self.superuser, database=database or self.superuser.database)
        return run(info, sql, *values)

    @contextmanager
    def fresh(self) -> Iterator[ConnectionInfo]:
        """Lend an empty database."""
        name = f"own_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield replace(self.superuser, database=name)
        finally:
            self.back()
            self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @property
    def postmaster(self) -> int:
        """The process that all others of the server descend from."""
        (file,) = self.folder.rglob("postmaster.pid")
        return int(file.read_text().split()[0])

    def kill(self) -> None:
        """Kill -9 all its processes at once, as a power cut does; it is started again."""
        postmaster = self.postmaster
        victims = [postmaster, *descendants(postmaster)]
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while any(map(alive, victims)) and time.monotonic() < deadline:
            time.sleep(0.005)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Stop all its processes meanwhile: connections stay, and nothing answers."""
        with stopped(self.postmaster):
            yield

    def answers(self) -> bool:
        """Tell whether it is there."""
        try:
            return self.sql("SELECT 1") == [(1,)]
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False

    def back(self) -> None:
        """Wait until it answers again."""
        until(self.answers)


def run(info: ConnectionInfo, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Run `sql` on a connection of its own and return its rows."""

    async def execute() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(**info.connect_args(), timeout=10, command_timeout=60)
        try:
            if values:
                return [tuple(row) for row in await connection.fetch(sql, *values)]
            # Several statements at once are possible only without values.
            if ";" in sql.rstrip("; \n"):
                await connection.execute(sql)
                return []
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close(timeout=5)

    with ThreadPoolExecutor(1) as elsewhere:  # an event loop of our own
        return elsewhere.submit(asyncio.run, execute()).result()


__all__ = ["Cluster", "run", "url_of"]
