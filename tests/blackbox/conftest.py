"""One program and one stand-in for the whole session; most tests speak as `api`."""

from collections.abc import Iterator

import httpx
import pytest

from .support import clients
from .support.api import Api
from .support.program import Program, running
from .support.standin import StandIn
from .support.values import JsonObject


@pytest.fixture(scope="session")
def standin() -> Iterator[StandIn]:
    """Every other API, on loopback."""
    server = StandIn()
    yield server
    server.close()


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    """Give the instance that most tests share; its data is shared too."""
    with running(clients.shared_configuration(), {"ALLOWED_HOSTS": "*"}) as instance:
        yield instance


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """Give a client that never looks at the environment and never follows a redirect."""
    with httpx.Client(trust_env=False, timeout=15) as client:
        yield client


@pytest.fixture(scope="session")
def api(program: Program, http: httpx.Client, standin: StandIn) -> Api:
    """Give the API for a client with all rights."""
    return Api(program.root, http, standin, clients.ALLES)


@pytest.fixture
def moment(api: Api) -> JsonObject:
    """Make a contactmoment of this test alone."""
    return api.moment()
