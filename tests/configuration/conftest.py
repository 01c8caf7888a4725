"""What the tests of the configuration share."""

import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from contactmomenten.configuration import Configuration, ConfigurationError, read_configuration
from contactmomenten.secrets import SecretBox
from tests.configuration.helpers import PROJECT, Lines, Read

# --- the database: to be replaced by the shared fixture -------------------------------------

_BINARIES = Path("/usr/lib/postgresql/15/bin")
_MIGRATIONS = PROJECT / "src/contactmomenten/database/migrations"
_numbers = count()


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Start a PostgreSQL of our own; return the folder of its socket."""
    user = "nobody" if os.getuid() == 0 else None  # PostgreSQL refuses to run as root
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)

        def run(*command: str) -> None:
            arguments = [str(_BINARIES / command[0]), "-D", f"{folder}/data", *command[1:]]
            subprocess.run(arguments, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

        run("initdb", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale", "C")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "start", "-w", "-l", f"{folder}/log", "-o", options)
        yield folder
        run("pg_ctl", "stop", "-m", "immediate")


@pytest.fixture
async def connection(cluster: str) -> AsyncIterator[asyncpg.Connection]:
    """Return a connection to a freshly migrated, empty database."""
    name = f"test{next(_numbers)}"
    admin = await asyncpg.connect(host=cluster, user="postgres", database="postgres")
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    connection = await asyncpg.connect(host=cluster, user="postgres", database=name)
    for migration in sorted(_MIGRATIONS.glob("*.sql")):
        await connection.execute(migration.read_text())
    yield connection
    await connection.close()


# --- files ----------------------------------------------------------------------------------


@pytest.fixture
def box() -> SecretBox:
    return SecretBox("a key for tests, and for nothing else")


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads YAML, given as text, with the given variables."""

    def read(text: str, **environ: str) -> Configuration:
        path = tmp_path / "test.yaml"
        path.write_text(text)
        return read_configuration(path, environ)

    return read


@pytest.fixture
def errors(read: Read, tmp_path: Path) -> Lines:
    """Return a function that reads wrong YAML and gives the errors, as ``line: path: reason``."""

    def errors(text: str, **environ: str) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            read(text, **environ)
        prefix = f"{tmp_path}/test.yaml:"
        assert all(error.startswith(prefix) for error in caught.value.errors)
        return [error.removeprefix(prefix) for error in caught.value.errors]

    return errors


@pytest.fixture
def warnings(read: Read, tmp_path: Path) -> Lines:
    """Return a function that reads good YAML and gives the warnings, likewise."""

    def warnings(text: str, **environ: str) -> list[str]:
        prefix = f"{tmp_path}/test.yaml:"
        return [warning.removeprefix(prefix) for warning in read(text, **environ).warnings]

    return warnings
