"""Applications: what the clients that belong to them may do here."""

from collections.abc import Iterable

import msgspec

from contactmomenten.autorisaties.scopes import COMPONENT


class Applicatie(msgspec.Struct, frozen=True):
    """An application of the AC or the configuration.

    `scopes` are those for this component only; autorisaties for other components do not count.
    """

    uuid: str
    label: str
    heeft_alle_autorisaties: bool
    scopes: frozenset[str]


def may(applicaties: Iterable[Applicatie], scope: str) -> bool:
    """Tell whether any of `applicaties` gives the right `scope` (behaviour 3.1)."""
    return any(
        applicatie.heeft_alle_autorisaties or scope in applicatie.scopes
        for applicatie in applicaties
    )


def from_ac(result: object) -> Applicatie | None:
    """Return the usable part of an application as the AC answers it; None when there is none.

    What is missing or of a wrong type counts as absent, and so never gives a right.
    """
    if not isinstance(result, dict):
        return None
    url, label = result.get("url"), result.get("label")
    autorisaties = result.get("autorisaties")
    scopes = {
        scope
        for autorisatie in (autorisaties if isinstance(autorisaties, list) else [])
        if isinstance(autorisatie, dict) and autorisatie.get("component") == COMPONENT
        for scope in _texts(autorisatie.get("scopes"))
    }
    return Applicatie(
        uuid=url.rstrip("/").rpartition("/")[2] if isinstance(url, str) else "",
        label=label if isinstance(label, str) else "",
        heeft_alle_autorisaties=result.get("heeftAlleAutorisaties") is True,
        scopes=frozenset(scopes),
    )


def client_ids_of(result: object) -> list[str]:
    """Return the client ids of an application as the AC answers it."""
    return _texts(result.get("clientIds")) if isinstance(result, dict) else []


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
