"""What there is to list."""

from dataclasses import dataclass
from typing import Any

from tests.application import MOMENT, Api

# By name; the name is also the text.
MOMENTS: dict[str, dict[str, object]] = {
    "a": {"kanaal": "telefoon", "registratiedatum": "2026-01-01T12:00:00.000001Z"},
    "b": {"kanaal": "Telefoon", "registratiedatum": "2026-01-01T12:00:00Z", "voorkeurstaal": "nld"},
    "c": {"kanaal": "é & b=c", "bronorganisatie": "000000012", "initiatiefnemer": "klant"},
    "d": {
        "medewerker": "",
        "medewerkerIdentificatie": {"identificatie": "1"},
        "voorkeurskanaal": "100%",
        "onderwerpLinks": ["http://b.nl"],
    },
    "e": {
        "medewerker": "https://example.nl/medewerkers/2?a=b",
        "medewerkerIdentificatie": {"identificatie": "0"},
        "initiatiefnemer": "gemeente",
        "onderwerpLinks": ["http://a.nl", "http://c.nl"],
    },
}


@dataclass(frozen=True)
class Stock:
    """The resources by their names."""

    api: Api
    moments: dict[str, dict[str, Any]]
    klant: dict[str, Any]
    object: dict[str, Any]

    def url(self, name: str) -> str:
        """Return the URL of a contactmoment."""
        url: str = self.moments[name]["url"]
        return url


async def make_stock(api: Api) -> Stock:
    """Fill the database; b follows on a, and e on itself."""
    moments = {
        name: await api.make("contactmomenten", **(MOMENT | properties), tekst=name)
        for name, properties in MOMENTS.items()
    }
    await api.change(moments["b"]["url"], vorigContactmoment=moments["a"]["url"])
    await api.change(moments["e"]["url"], vorigContactmoment=moments["e"]["url"])
    klant = await api.make(
        "klantcontactmomenten",
        contactmoment=moments["a"]["url"],
        klant="https://example.nl/klanten/1",
        rol="gesprekspartner",
    )
    related = await api.make(
        "objectcontactmomenten",
        contactmoment=moments["a"]["url"],
        object="https://example.nl/zaken/1",
        objectType="zaak",
    )
    return Stock(api, moments, klant, related)
