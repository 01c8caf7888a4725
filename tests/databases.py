"""One PostgreSQL for the whole run, and databases in it that cost next to nothing."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import asyncpg

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import EmbeddedPostgres
from contactmomenten.database.migrations import migrate
from contactmomenten.database.pool import Connection

TEMPLATE = "template_of_tests"


@dataclass(frozen=True)
class Cluster:
    """A running server; `info` is its superuser, in its own database."""

    info: ConnectionInfo
    numbers: Iterator[int]

    async def admin(self, sql: str) -> None:
        """Run `sql` as the superuser."""
        connection = await asyncpg.connect(**self.info.connect_args())
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def create(self, template: str) -> ConnectionInfo:
        """Make a database from `template`."""
        name = f"test_{next(self.numbers)}"
        await self.admin(f"CREATE DATABASE {name} TEMPLATE {template}")
        return replace(self.info, database=name)

    @asynccontextmanager
    async def fresh(self, template: str = TEMPLATE) -> AsyncIterator[ConnectionInfo]:
        """Lend a database of its own; with `template0` one without any table."""
        info = await self.create(template)
        try:
            yield info
        finally:
            await self.admin(f"DROP DATABASE {info.database} WITH (FORCE)")


def superuser_of(postgres: EmbeddedPostgres) -> ConnectionInfo:
    """Return how to connect to all databases of a running server."""
    assert postgres._home is not None
    return postgres._home.connection(superuser=True)


@asynccontextmanager
async def connected(info: ConnectionInfo) -> AsyncIterator[Connection]:
    """Lend a connection."""
    connection = await asyncpg.connect(**info.connect_args(), timeout=10, command_timeout=30)
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


async def make_template(cluster: Cluster) -> None:
    """Make the migrated database that all others are copies of."""
    # Nothing here outlives the run, but perhaps the server.
    await cluster.admin(f"DROP DATABASE IF EXISTS {TEMPLATE}")
    await cluster.admin("ALTER ROLE CURRENT_USER SET synchronous_commit = off")
    await cluster.admin(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
    async with connected(replace(cluster.info, database=TEMPLATE)) as connection:
        await migrate(connection, lambda _: None)


def url_of(info: ConnectionInfo) -> str:
    """Return `info` as a DATABASE_URL."""
    server = f"host={info.host}&port={info.port}"
    return f"postgresql://{info.user}:{info.password}@/{info.database}?{server}"
