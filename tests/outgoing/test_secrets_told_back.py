"""What was shown to another API, and comes back in what it says."""

import pytest

from contactmomenten.autorisaties.tokens import make_token
from contactmomenten.configuration.model import Service
from contactmomenten.outgoing import OutgoingClient, OutgoingSettings

TOKEN = make_token("cmc", "a secret of the tests, long enough for HS256")
KEY, SECRET = "sleutel/van+dienst", "geheim-van-dienst"


@pytest.fixture
def client() -> OutgoingClient:
    services = (
        Service(
            identifier="a",
            label="A",
            api_root="https://a.nl/",
            auth_type="api_key",
            header_key="Authorization",
            header_value=f"Token {KEY}",
        ),
        Service(identifier="b", label="B", api_root="https://b.nl/", client_id="x", secret=SECRET),
        Service(identifier="c", label="C", api_root="https://c.nl/", auth_type="no_auth"),
    )
    return OutgoingClient(OutgoingSettings(), lambda: services)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"Onbekend: Bearer {TOKEN}!", "Onbekend: Bearer ***!"),
        (f"https://a.nl/?t={TOKEN}&x=1", "https://a.nl/?t=***&x=1"),
        (f"Onbekend: {TOKEN[:60]}", "Onbekend: ***"),
        (f"Onbekend: Token {KEY}", "Onbekend: Token ***"),
        ("https://a.nl/?k=sleutel%2Fvan%2Bdienst", "https://a.nl/?k=***"),
        (f"{SECRET}, {SECRET}", "***, ***"),
        ("De zaak is niet gevonden. eyJ", "De zaak is niet gevonden. eyJ"),
        ("", ""),
    ],
)
def test_it_is_not_told_on(client: OutgoingClient, said: str, shown: str) -> None:
    assert client.without_secrets(said) == shown
