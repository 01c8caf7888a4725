"""One program with neighbours that a test can make say anything."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.neighbour import Neighbour
from tests.blackbox.support.program import Program, running
from tests.blackbox.support.standin import StandIn
from tests.blackbox.support.values import JsonObject

ZAKEN_SECRET = "geheim-van-ons-bij-de-zaken-api-0123456789"
TIMEOUT = 2.0  # seconds; the program's own default is 8


@dataclass
class Neighbours:
    """Each other API as a server of its own."""

    zaken: Neighbour
    klanten: Neighbour
    medewerkers: Neighbour
    ac: Neighbour

    def all(self) -> list[Neighbour]:
        return [self.zaken, self.klanten, self.medewerkers, self.ac]


@pytest.fixture(scope="session")
def servers() -> Iterator[Neighbours]:
    """Start the neighbours."""
    started = Neighbours(Neighbour(), Neighbour(), Neighbour(), Neighbour())
    yield started
    for server in started.all():
        server.close()


@pytest.fixture
def neighbours(servers: Neighbours) -> Neighbours:
    """Give the neighbours as they are in the beginning: they answer 200 to everything."""
    for server in servers.all():
        server.forget()
    return servers


def configuration(servers: Neighbours) -> JsonObject:
    """Add the neighbours to the configuration; that of medewerkers needs no sign-in."""
    return clients.shared_configuration() | {
        "zgw_consumers_config_enable": True,
        "zgw_consumers": {
            "services": [
                {
                    "identifier": "zaken",
                    "label": "Zaken API",
                    "api_root": f"{servers.zaken.origin}/zaken/api/v1/",
                    "api_type": "zrc",
                    "auth_type": "zgw",
                    "client_id": "cmc-bij-zaken",
                    "secret": ZAKEN_SECRET,
                    "user_id": "cmc",
                    "user_representation": "Contactmomenten",
                },
                {
                    "identifier": "klanten",
                    "label": "Klanten API",
                    "api_root": f"{servers.klanten.origin}/klanten/api/v1/",
                    "api_type": "kc",
                    "auth_type": "api_key",
                    "header_key": "Authorization",
                    "header_value": "Token sleutel-bij-klanten",
                },
                {
                    "identifier": "ac",
                    "label": "Autorisaties API",
                    "api_root": f"{servers.ac.origin}/api/v1/",
                    "api_type": "ac",
                    "auth_type": "zgw",
                    "client_id": "cmc-bij-ac",
                    "secret": ZAKEN_SECRET,
                },
            ]
        },
        "autorisaties_config_enable": True,
        "autorisaties_config": {"autorisaties_api_service_identifier": "ac"},
    }


@pytest.fixture(scope="session")
def surrounded(servers: Neighbours) -> Iterator[Program]:
    """Give the instance that lives among these neighbours."""
    env = {
        "ALLOWED_HOSTS": "*",
        "SITE_DOMAIN": "cmc.example.nl",
        "OUTGOING_TIMEOUT": str(TIMEOUT),
        "AC_CACHE_SECONDS": "2",
        "AC_CACHE_MAX_AGE": "4",
    }
    with running(configuration(servers), env) as instance:
        yield instance


@pytest.fixture
def own(surrounded: Program, http: httpx.Client, standin: StandIn, neighbours: Neighbours) -> Api:
    """Give its API for a client with all rights, the neighbours being as in the beginning."""
    assert neighbours.all()
    return Api(surrounded.root, http, standin, clients.ALLES)
