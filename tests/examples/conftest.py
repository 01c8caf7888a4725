"""What the examples are tried on: the program amid the stand-ins of `make play`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from contactmomenten.autorisaties.tokens import make_token
from play.__main__ import SPELER, ZAKEN_CLIENT, configuration
from play.neighbours import Neighbours
from tests.blackbox.support.program import running

SECRET: Final = "a secret of the tests of the examples, long enough"


@dataclass(frozen=True)
class World:
    """Where everything is, and who may call."""

    root: str
    neighbours: str
    client_id: str = SPELER
    secret: str = SECRET

    @property
    def environment(self) -> dict[str, str]:
        """What the example clients read."""
        return {
            "PATH": "/usr/bin:/bin",
            "CONTACTMOMENTEN_ROOT": self.root,
            "CONTACTMOMENTEN_CLIENT_ID": self.client_id,
            "CONTACTMOMENTEN_SECRET": self.secret,
        }


@pytest.fixture(scope="package")
def world() -> Iterator[World]:
    """Run the program and the stand-ins."""
    neighbours = Neighbours(0, lambda: make_token(ZAKEN_CLIENT, SECRET))
    try:
        with running(configuration(neighbours.origin, SECRET)) as program:
            yield World(program.root, neighbours.origin)
    finally:
        neighbours.shutdown()
        neighbours.server_close()
