"""A server of its own, with the two roles: one owns the tables, the other one serves."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import EmbeddedPostgres
from contactmomenten.database.migrations import migrate
from contactmomenten.database.pool import Connection, Database, open_database
from tests.application import Api, api_on
from tests.databases import connected, superuser_of


@dataclass(frozen=True)
class Roles:
    """How to connect as each of them, and as who may do anything."""

    serving: ConnectionInfo
    owner: ConnectionInfo
    superuser: ConnectionInfo


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    """Run a server for the tests of one module, with all tables."""
    folder = tmp_path_factory.mktemp("roles") / "data"
    postgres = EmbeddedPostgres(folder)
    found = Roles(postgres.start(), postgres.owner(), superuser_of(postgres))
    try:

        async def tables() -> None:
            async with connected(found.owner) as connection:
                await migrate(connection, lambda _: None, serving=found.serving.user)

        asyncio.run(tables())
        yield found
    finally:
        postgres.stop()


@pytest.fixture
async def serving(roles: Roles) -> AsyncIterator[Connection]:
    """Connect as the role that serves."""
    async with connected(roles.serving) as connection:
        yield connection


@pytest.fixture
async def owner(roles: Roles) -> AsyncIterator[Connection]:
    """Connect as the role that owns the tables."""
    async with connected(roles.owner) as connection:
        yield connection


@pytest.fixture
async def database(roles: Roles) -> AsyncIterator[Database]:
    """Open a pool as the role that serves."""
    database = await open_database(roles.serving, max_size=10, seconds=10)
    yield database
    await database.close()


@pytest.fixture
async def api(database: Database) -> AsyncIterator[Api]:
    """Call the application as it runs with the role that serves."""
    async with api_on(database) as api:
        yield api
