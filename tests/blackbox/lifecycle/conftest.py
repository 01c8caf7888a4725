"""A PostgreSQL for the tests of this folder, and programs on it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp

import pytest

from contactmomenten.database.connection import ConnectionInfo
from tests.blackbox.lifecycle.database import Cluster
from tests.blackbox.support import clients
from tests.blackbox.support.program import Program
from tests.blackbox.support.values import JsonObject
from tests.databases import url_of

Start = Callable[..., Program]

SECRET_KEY = "the key of the tests of the life of the program"


@pytest.fixture(scope="session")
def cluster_to_hurt() -> Iterator[Cluster]:
    """Run a PostgreSQL that these tests kill, fill and replace databases of."""
    folder = Path(mkdtemp(prefix="cm-life-"))
    folder.chmod(0o755)
    cluster = Cluster(folder / "data")
    try:
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty(cluster_to_hurt: Cluster) -> Iterator[ConnectionInfo]:
    """Lend a database of this test alone, without any table."""
    with cluster_to_hurt.fresh() as info:
        yield info


@pytest.fixture
def start(empty: ConnectionInfo) -> Iterator[Start]:
    """Start programs, all on that database."""
    with ExitStack() as stack:

        def start(configuration: JsonObject | None = None, **env: str) -> Program:
            settings = {"DATABASE_URL": url_of(empty), "SECRET_KEY": SECRET_KEY, **env}
            program = Program(configuration or clients.shared_configuration(), settings)
            stack.callback(program.remove)
            stack.callback(program.kill)
            program.start()
            return program

        yield start
