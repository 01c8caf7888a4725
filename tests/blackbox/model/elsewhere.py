"""The other APIs as both sides see them: what a URL answers follows from the URL."""

from typing import Final

from tests.blackbox.support.values import JsonObject

UNREACHABLE: Final = "De server is niet bereikbaar."

# What the Zaken API says of a relation.
RELATED: Final = "related"
UNRELATED: Final = "unrelated"
SILENT: Final = "silent"


class Elsewhere:
    """Klanten, medewerkers and zaken; the Zaken API may change its mind about relations."""

    def __init__(self) -> None:
        self.says = RELATED

    @staticmethod
    def status(url: str) -> int | None:
        """Return the final status of a GET of `url`; None when nobody answers."""
        if url.endswith("/weg"):
            return 404
        return None if url.endswith("/stil") else 200

    @staticmethod
    def content(url: str) -> JsonObject:
        """Return the zaak at `url`, or something else."""
        zaak: JsonObject = {
            "bronorganisatie": "000000000",
            "zaaktype": "https://example.nl/zaaktypen/1",
            "verantwoordelijkeOrganisatie": "000000000",
            "startdatum": "2026-01-01",
        }
        if url.endswith("/geen-zaak"):
            del zaak["startdatum"]
        return zaak
