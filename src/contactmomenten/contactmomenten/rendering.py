"""From a row to the JSON of a contactmoment."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from contactmomenten.contactmomenten.schemas import ContactMoment, Medewerker
from contactmomenten.database.pool import Row

RESOURCE = "contactmoment"


def moment_url(root: str, uuid: UUID) -> str:
    """Return the URL of a contactmoment."""
    return f"{root}/contactmomenten/{uuid}"


def shown(row: Row, root: str) -> ContactMoment:
    """Return `row` as it is answered to a client that came in by `root`."""
    base = f"{root}/contactmomenten/"
    vorig, volgend = row["vorig_contactmoment"], row["volgend_contactmoment"]
    return ContactMoment(
        url=f"{base}{row['uuid']}",
        vorig_contactmoment=f"{base}{vorig}" if vorig else None,
        volgend_contactmoment=f"{base}{volgend}" if volgend else None,
        bronorganisatie=row["bronorganisatie"],
        registratiedatum=row["registratiedatum"],
        kanaal=row["kanaal"],
        voorkeurskanaal=row["voorkeurskanaal"],
        voorkeurstaal=row["voorkeurstaal"],
        tekst=row["tekst"],
        onderwerp_links=row["onderwerp_links"],
        initiatiefnemer=row["initiatiefnemer"],
        medewerker=row["medewerker"],
        medewerker_identificatie=msgspec.Raw(row["medewerker_identificatie"] or "null"),
    )


def rendered(row: Row, root: str) -> bytes:
    """Return the JSON of `row`."""
    return msgspec.json.encode(shown(row, root))


def filled(stored: bytes, root: str) -> bytes:
    """Return the JSON that a row holds of itself, with the root that it leaves open."""
    return stored.replace(b"\x01", root.encode())


def merged_identificatie(stored: str | None, given: Mapping[str, Any] | None) -> str | None:
    """Return the stored JSON of a Medewerker with the `given` parts changed (behaviour 4.1.5).

    Nothing given (null, or no known property) leaves it as it was; parts that were never given
    are empty.
    """
    if not given:
        return stored
    medewerker = (
        msgspec.json.decode(stored, type=Medewerker) if stored is not None else Medewerker()
    )
    return msgspec.json.encode(msgspec.structs.replace(medewerker, **given)).decode()
