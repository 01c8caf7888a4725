"""What all tests share: a real PostgreSQL, and the application on top of it without a server."""

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from contactmomenten.cli import checking, common
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import EmbeddedPostgres
from contactmomenten.database.pool import Connection, Database, open_database, prepare
from tests.application import Api, api_on
from tests.databases import Cluster, connected, make_template, superuser_of
from tests.quiet import Quiet

# What is in memory need not be written to a disk; a database asks for that all the time.
_MEMORY = Path("/dev/shm")  # noqa: S108 (only if it is there)
_ENOUGH_MEMORY = 2 * 2**30

# The URL of another PostgreSQL than the embedded one, as its superuser: to try other versions.
# What starts the whole program goes on with the embedded one.
_SERVER = "TEST_DATABASE_URL"


def pytest_configure(config: pytest.Config) -> None:
    """Let tests run beside each other, and the programs that they start hear Ctrl-C."""
    # In the background a shell has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Quiet(config.workerinput["testrunuid"]))


def _in_memory() -> Path | None:
    """Return the folder in memory, if there is room for the databases of the tests."""
    with suppress(OSError):
        if _MEMORY.is_mount() and shutil.disk_usage(_MEMORY).free >= _ENOUGH_MEMORY:
            return _MEMORY
    return None


@contextmanager
def _short_folder(place: Path | None = None) -> Iterator[Path]:
    """Lend a folder that every user can reach and whose name is short, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="cm-test-", dir=place))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def no_logging_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep commands, run in this process, from setting up the log of all later tests."""
    for module in (checking, common):
        monkeypatch.setattr(module, "set_up_logging", lambda *_: None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """Run a PostgreSQL for the whole session."""
    with _short_folder(_in_memory()) as folder, EmbeddedPostgres(folder / "data") as postgres:
        yield postgres


@pytest.fixture(scope="session")
async def cluster(request: pytest.FixtureRequest) -> Cluster:
    """Make the template of all databases, on the server of `_SERVER` if that is set."""
    if url := os.environ.get(_SERVER):
        superuser = ConnectionInfo.from_url(url)
    else:
        superuser = superuser_of(request.getfixturevalue("postgres"))
    cluster = Cluster(superuser, count(1))
    await make_template(cluster)
    return cluster


@pytest.fixture
async def info(cluster: Cluster) -> AsyncIterator[ConnectionInfo]:
    """Make a database with all tables, all empty."""
    async with cluster.fresh() as info:
        yield info


@pytest.fixture
async def connection(info: ConnectionInfo) -> AsyncIterator[Connection]:
    """Connect to a database with all tables, all empty."""
    async with connected(info) as connection:
        await prepare(connection)
        yield connection


@pytest.fixture
async def database(info: ConnectionInfo) -> AsyncIterator[Database]:
    """Open a pool on the database of `connection`."""
    database = await open_database(info, max_size=10, seconds=10)
    yield database
    await database.close()


@pytest.fixture
async def api(database: Database) -> AsyncIterator[Api]:
    """Call the application, in this process, as a client that may do everything."""
    async with api_on(database) as api:
        yield api


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Make a folder as `_short_folder` lends it."""
    with _short_folder() as folder:
        yield folder
