"""What the tests of more than one machine share."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program
from tests.blackbox.support.standin import StandIn
from tests.blackbox.support.values import JsonObject
from tests.database.scaling.servers import (
    NAME,
    Server,
    binaries,
    folder_for,
    pgbouncer,
    running,
)

Start = Callable[..., Program]

SECRET_KEY = "the key of the tests of more than one machine"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Lend a folder for servers; without their packages, say so."""
    missing = [
        name
        for name, found in (("postgresql", binaries()), ("pgbouncer", pgbouncer()))
        if found is None
    ]
    if missing:
        reason = f"not installed (apt-get install {' '.join(missing)})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with folder_for() as folder:
        yield folder


@pytest.fixture(scope="module")
def primary(folder: Path) -> Iterator[Server]:
    """Run a PostgreSQL with an empty database of the program."""
    with running(folder / "primary", NAME) as primary:
        primary.sql(f"CREATE DATABASE {NAME} OWNER {NAME}", "postgres")
        yield primary


@pytest.fixture(scope="module")
def standby(primary: Server, folder: Path) -> Iterator[Server]:
    """Run a standby that streams from it."""
    standby = primary.clone(folder / "standby")
    try:
        standby.start()
        yield standby
    finally:
        standby.kill()


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    """Every other API, on loopback."""
    server = StandIn()
    yield server
    server.close()


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """Start programs, each an instance of its own; they end with the module."""
    with ExitStack() as stack:

        def start(configuration: JsonObject | None = None, **env: str) -> Program:
            program = Program(
                configuration or clients.shared_configuration(), {"SECRET_KEY": SECRET_KEY, **env}
            )
            stack.callback(program.remove)
            stack.callback(program.kill)
            program.start()
            return program

        yield start


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


def api_of(program: Program, http: httpx.Client, standin: StandIn) -> Api:
    """Return the API of this instance for a client with all rights."""
    return Api(program.root, http, standin, clients.ALLES)
