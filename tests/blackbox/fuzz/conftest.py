"""A program of its own: what is thrown at it disturbs no other test."""

from collections.abc import Iterator

import httpx
import pytest

from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program, running
from tests.blackbox.support.standin import StandIn

from .watching import Watch

# So long is a client waited for here; the default is longer than a test should take.
CLIENT_TIMEOUT = 8


@pytest.fixture(scope="package")
def target() -> Iterator[Program]:
    """Start a program; tokens hold for a day, as the long runs take hours."""
    env = {
        "ALLOWED_HOSTS": "*",
        "CLIENT_TIMEOUT": str(CLIENT_TIMEOUT),
        "REQUEST_TIMEOUT": str(CLIENT_TIMEOUT),
        # A crowd of one client is not to be sent away: it is to be borne.
        "MAX_QUEUE": "4096",
        "QUEUE_TIMEOUT": str(CLIENT_TIMEOUT),
        "JWT_EXPIRY": "86400",
        # Many URLs lead nowhere here.
        "OUTGOING_CONNECT_TIMEOUT": "1",
        "OUTGOING_TIMEOUT": "3",
    }
    with running(clients.shared_configuration(), env) as instance:
        yield instance


@pytest.fixture(scope="package")
def target_api(target: Program, http: httpx.Client, standin: StandIn) -> Api:
    """Give the API of that program for a client with all rights."""
    return Api(target.root, http, standin, clients.ALLES)


@pytest.fixture(autouse=True)
def watch(target: Program, target_api: Api) -> Iterator[Watch]:
    """Expect after each test that the program lives, serves, and has logged no failure."""
    watching = Watch(target, target_api)
    yield watching
    watching.look()
