"""Programs of their own: what is tried here must disturb no other test."""

from collections.abc import Iterator

import httpx
import pytest

from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program, running
from tests.blackbox.support.standin import StandIn

UNLIMITED = {"JWT_FAILURES_PER_ADDRESS": "0", "JWT_FAILURES_PER_CLIENT": "0"}

LONELY = {"DB_POOL_MAX_SIZE": "1", "DB_TIMEOUT": "90"}


@pytest.fixture(scope="module")
def lonely() -> Iterator[Program]:
    """Give a program with one connection to its database and no limit on refused tokens."""
    with running(clients.shared_configuration(), UNLIMITED | LONELY) as instance:
        yield instance


@pytest.fixture(scope="module")
def limited() -> Iterator[Program]:
    """Give a program that tells an address of five bad tokens what is wrong, a client of eight."""
    settings = {
        "JWT_FAILURES_PER_ADDRESS": "5",
        "JWT_FAILURES_PER_CLIENT": "8",
        "JWT_FAILURES_SECONDS": "6",
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    with running(clients.shared_configuration(), settings) as instance:
        yield instance


@pytest.fixture
def line() -> Iterator[httpx.Client]:
    """Give a client with one connection: what it sends is answered by one worker."""
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    with httpx.Client(trust_env=False, timeout=15, limits=limits) as client:
        yield client


@pytest.fixture
def door(limited: Program, line: httpx.Client, standin: StandIn) -> Api:
    """Give the limited program, by one connection, for the client with all rights."""
    return Api(limited.root, line, standin, clients.ALLES)
