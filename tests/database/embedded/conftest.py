"""One running server for the tests that only look at it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import EmbeddedPostgres


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared") / "data"


@pytest.fixture(scope="session")
def running(data: Path) -> Iterator[ConnectionInfo]:
    database = EmbeddedPostgres(data)
    yield database.start()
    database.stop()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with a database that was stopped; to be copied, not used."""
    folder = tmp_path_factory.mktemp("template") / "data"
    with EmbeddedPostgres(folder):
        return folder


@pytest.fixture
def made(template: Path, tmp_path: Path) -> Path:
    """Return a data folder with a database that is stopped."""
    folder = tmp_path / "data"
    subprocess.run(["/usr/bin/env", "cp", "-a", str(template), str(folder)], check=True)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a data folder that is not there yet."""
    return tmp_path / "data"
