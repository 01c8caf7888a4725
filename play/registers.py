"""What the stand-ins hold: everything in memory, gone when the play is over."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

Json = dict[str, Any]

# The four APIs and where each of them begins.
ZAKEN = "/zaken/api/v1/"
KLANTEN = "/klanten/api/v1/"
AUTORISATIES = "/autorisaties/api/v1/"
NOTIFICATIES = "/notificaties/api/v1/"

# Rights for the clients of which the local configuration knows nothing but the secret.
LEZER = "lezer"


@dataclass
class Registers:
    """The contents of all stand-ins, at `origin`."""

    origin: str
    zaken: dict[str, Json] = field(default_factory=dict)
    zaakcontactmomenten: dict[str, Json] = field(default_factory=dict)
    klanten: dict[str, Json] = field(default_factory=dict)
    medewerkers: dict[str, Json] = field(default_factory=dict)
    applicaties: dict[str, Json] = field(default_factory=dict)
    kanalen: dict[str, Json] = field(default_factory=dict)
    abonnementen: dict[str, Json] = field(default_factory=dict)
    notificaties: list[Json] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        """Put something in each register to begin with."""
        self.zaak = self.add(self.zaken, f"{ZAKEN}zaken", _zaak())
        self.klant = self.add(
            self.klanten,
            f"{KLANTEN}klanten",
            {"bronorganisatie": "000000000", "klantnummer": "K-1", "voornaam": "Noor"},
        )
        self.medewerker = self.add(
            self.medewerkers, f"{KLANTEN}medewerkers", {"identificatie": "m1"}
        )
        self.add(
            self.applicaties,
            f"{AUTORISATIES}applicaties",
            {
                "clientIds": [LEZER],
                "label": "Lezer (rechten uit de Autorisaties API)",
                "heeftAlleAutorisaties": False,
                "autorisaties": [
                    {
                        "component": "cmc",
                        "componentWeergave": "Contactmomenten API",
                        "scopes": ["contactmomenten.lezen"],
                    }
                ],
            },
        )

    def add(self, register: dict[str, Json], path: str, content: Mapping[str, Any]) -> str:
        """Keep a new object with `content`; return its URL."""
        uuid = str(uuid4())
        url = f"{self.origin}{path}/{uuid}"
        with self.lock:
            register[uuid] = {"url": url, **content}
        return url

    def related(self, zaak: str, contactmoment: str) -> list[Json]:
        """Return the relations that the Zaken API knows, for these filters ('' for any)."""
        with self.lock:
            return [
                one
                for one in self.zaakcontactmomenten.values()
                if zaak in {"", one["zaak"]} and contactmoment in {"", one["contactmoment"]}
            ]


def _zaak() -> Json:
    return {
        "identificatie": "ZAAK-2026-0001",
        "bronorganisatie": "000000000",
        "omschrijving": "Klacht over de afvalkalender",
        "zaaktype": "https://catalogi.example.nl/api/v1/zaaktypen/1",
        "verantwoordelijkeOrganisatie": "000000000",
        "startdatum": "2026-01-01",
    }
