"""Clients in a configuration that is odd: nobody gets more than the text gives."""

from collections.abc import Iterator

import httpx
import pytest

from .support import clients, expect
from .support.api import Api
from .support.program import Program
from .support.standin import StandIn
from .support.tokens import Credentials

EMPTY = Credentials("bb-leeg", "")
LOOSE = Credentials("bb-los", "geheim-van-los-met-meer-dan-32-tekens")
UNCONFIGURED = Credentials("bb-niemand", "geheim-van-niemand-met-meer-dan-32-tekens")


def started(credentials: list[Credentials], scopes: list[str]) -> Program | None:
    """Start a program with an odd client; give None when it refuses such a configuration."""
    odd = clients.applicatie(
        "55555555-0000-4000-8000-000000000000",
        "Vreemd",
        credentials[0],
        [{"component": "cmc", "scopes": scopes}],
    )
    instance = Program(clients.configuration(credentials, [odd]), {"ALLOWED_HOSTS": "*"})
    try:
        instance.start()
    except RuntimeError:
        instance.remove()
        return None
    return instance


@pytest.fixture
def empty_secret() -> Iterator[Program | None]:
    """Start a program with a client whose secret is empty."""
    instance = started([EMPTY], clients.SCOPES)
    yield instance
    if instance:
        instance.remove()


@pytest.fixture
def loose_scopes() -> Iterator[Program | None]:
    """Start a program with a client whose scopes only look like the real ones."""
    scopes = [
        "contactmomenten",
        "contactmomenten.*",
        "Contactmomenten.Lezen",
        "contactmomenten.lezen ",
        "contactmomenten.lezen.alles",
        "lezen",
        "",
    ]
    instance = started([LOOSE], scopes)
    yield instance
    if instance:
        instance.remove()


def test_an_empty_secret_is_an_unknown_client(
    empty_secret: Program | None, http: httpx.Client, standin: StandIn
) -> None:
    if empty_secret is None:
        pytest.skip("the program refuses a configuration with an empty secret")
    api = Api(empty_secret.root, http, standin, EMPTY)
    response = api.get("/contactmomenten")
    expect.forbidden(response, "invalid-client-identifier", "Client identifier bestaat niet")


def test_a_scope_counts_only_when_it_is_exactly_the_same(
    loose_scopes: Program | None, http: httpx.Client, standin: StandIn
) -> None:
    if loose_scopes is None:
        pytest.skip("the program refuses a configuration with unknown scopes")
    api = Api(loose_scopes.root, http, standin, LOOSE)
    for path in ("/contactmomenten", "/klantcontactmomenten", "/objectcontactmomenten"):
        expect.forbidden(api.get(path))
    expect.forbidden(api.post("/contactmomenten", api.moment_body()))


def test_a_client_of_another_configuration_is_unknown(api: Api) -> None:
    response = api.as_client(UNCONFIGURED).get("/contactmomenten")
    expect.forbidden(response, "invalid-client-identifier")
