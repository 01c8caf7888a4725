"""The world of the matrix."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests import proof
from tests.blackbox.support.neighbour import Neighbour
from tests.blackbox.support.program import Program
from tests.blackbox.support.standin import StandIn
from tests.databases import Cluster, connected, url_of

from .states import STATES
from .world import LIFETIME, ODD_ANSWERS, Ac, World, configuration


@pytest.fixture(scope="module")
async def world(cluster: Cluster, standin: StandIn, http: httpx.Client) -> AsyncIterator[World]:
    """Start the program on a database that the test can look into."""
    server = Neighbour()
    ac = Ac(server, STATES, {f"ac-{name}": reply for name, (reply, _) in ODD_ANSWERS.items()})
    server.answer = ac.answer
    async with cluster.fresh() as info, connected(info) as connection:
        env = {
            "ALLOWED_HOSTS": "*",
            "DATABASE_URL": url_of(info),
            "SECRET_KEY": "a key of the tests",
            "NOTIFICATIONS_DISABLED": "false",
            "AC_CACHE_SECONDS": str(LIFETIME),
            "AC_CACHE_MAX_AGE": str(LIFETIME),
        }
        program = Program(configuration(server, STATES), env)
        try:
            program.start()
            world = World(program, ac, connection, http, standin)
            yield world
            proof.record("Authorisation matrix", **world.cells)
        finally:
            program.remove()
            server.close()
