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
LOOKALIKES = [
    "contactmomenten",
    "contactmomenten.*",
    "Contactmomenten.Lezen",
    "contactmomenten.lezen.alles",
    "lezen",
]
UNCONFIGURED = Credentials("bb-niemand", "geheim-van-niemand-met-meer-dan-32-tekens")


@pytest.fixture
def odd(request: pytest.FixtureRequest) -> Iterator[Program]:
    """Make a program, not started yet, whose one client has these credentials and scopes."""
    credentials, scopes = request.param
    application = clients.applicatie(
        "55555555-0000-4000-8000-000000000000",
        "Vreemd",
        credentials,
        [{"component": "cmc", "scopes": scopes}],
    )
    configuration = clients.configuration([credentials], [application])
    instance = Program(configuration, {"ALLOWED_HOSTS": "*"})
    yield instance
    instance.remove()


def serves(instance: Program) -> bool:
    """Start it; a configuration may also be refused, by name, without a crash."""
    try:
        instance.start()
    except RuntimeError:
        log = instance.log.read_text()
        assert instance.exit_code is not None, "it hung"
        assert instance.exit_code > 0
        assert "Traceback" not in log
        assert "vng_api_common" in log, "the refusal says where the fault is"
        return False
    return True


@pytest.mark.parametrize("odd", [(EMPTY, clients.SCOPES)], ids=["empty secret"], indirect=True)
def test_an_empty_secret_opens_nothing(odd: Program, http: httpx.Client, standin: StandIn) -> None:
    """The client is unknown, or the configuration is refused as a whole."""
    if serves(odd):
        response = Api(odd.root, http, standin, EMPTY).get("/contactmomenten")
        expect.forbidden(response, "invalid-client-identifier", "Client identifier bestaat niet")


@pytest.mark.parametrize(
    "odd",
    [(LOOSE, LOOKALIKES), (LOOSE, [f"{clients.LEZEN} "])],
    ids=["five", "blank"],
    indirect=True,
)
def test_a_scope_counts_only_when_it_is_exactly_the_same(
    odd: Program, http: httpx.Client, standin: StandIn
) -> None:
    """Such a scope gives nothing, or the configuration is refused as a whole."""
    if serves(odd):
        api = Api(odd.root, http, standin, LOOSE)
        for path in ("/contactmomenten", "/klantcontactmomenten", "/objectcontactmomenten"):
            expect.forbidden(api.get(path))
        expect.forbidden(api.post("/contactmomenten", api.moment_body()))


def test_a_client_of_another_configuration_is_unknown(api: Api) -> None:
    response = api.as_client(UNCONFIGURED).get("/contactmomenten")
    expect.forbidden(response, "invalid-client-identifier")
