"""Orphans: relations that their source does not know (any more).

The source of an object creates and deletes the relation here by itself. When that goes wrong
halfway, such as a Zaken API that gave up waiting and rolled back, ours stays behind.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from typing import Final
from uuid import UUID

from contactmomenten.audittrail.recording import Author
from contactmomenten.contactmomenten.rendering import moment_url
from contactmomenten.database.pool import Record, Row, Writer
from contactmomenten.http.request import API_PATH
from contactmomenten.objectcontactmomenten.relation import RELATIE
from contactmomenten.objectcontactmomenten.rules import spellings_of
from contactmomenten.objectcontactmomenten.zaken import LookupFailedError, is_related
from contactmomenten.outgoing import OutgoingClient, Served
from contactmomenten.relaties import remove

_BATCH: Final = 20
_SERVED: Final = Served("relations-check", {})

COUNT: Final = "SELECT count(*) FROM objectcontactmoment"
_NEXT: Final = f"""
SELECT id, {", ".join(RELATIE.stored)} FROM objectcontactmoment
WHERE id > $1 ORDER BY id LIMIT {_BATCH}
"""


class State(Enum):
    """What the source says of a relation."""

    KNOWN = "known"
    ORPHAN = "orphan"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Finding:
    """One relation and what its source says of it; `reason` when it does not answer."""

    row: Record
    state: State
    reason: str = ""

    @property
    def uuid(self) -> UUID:
        """Return the uuid of the relation."""
        uuid: UUID = self.row["uuid"]
        return uuid


async def findings(
    writer: Writer, client: OutgoingClient, public_base: str
) -> AsyncIterator[Finding]:
    """Compare each relation with its source, the oldest first; no connection is held meanwhile."""
    last = 0
    while rows := await writer.rows(_NEXT, last):
        for finding in await asyncio.gather(*(_compare(row, client, public_base) for row in rows)):
            yield finding
        last = rows[-1]["id"]


async def _compare(row: Record, client: OutgoingClient, public_base: str) -> Finding:
    spellings = spellings_of(row["contactmoment"], row["contactmoment_url"], public_base)
    if not spellings:
        return Finding(row, State.UNANSWERED, "SITE_DOMAIN is not set")
    try:
        related = await is_related(client, row["object"], spellings, _SERVED)
    except LookupFailedError as error:
        return Finding(row, State.UNANSWERED, error.outcome)
    return Finding(row, State.KNOWN if related else State.ORPHAN)


async def remove_orphan(writer: Writer, row: Row, public_base: str) -> bool:
    """Remove an orphan, with a line in the trail; False when it was gone already."""
    author = Author(
        root=_root(row, public_base),
        applicatie_id="",
        applicatie_weergave="contactmomenten relations check",
        gebruikers_id="",
        gebruikers_weergave="",
        toelichting="De relatie bestaat niet (meer) in de bron van het object.",
        logrecord_id="",
    )
    return await remove(RELATIE, writer, author, row)


def _root(row: Row, public_base: str) -> str:
    """Return the root for the URLs in the trail, from the literal URL when none is configured."""
    if public_base:
        return public_base + API_PATH
    literal: str = row["contactmoment_url"]
    return literal.removesuffix(moment_url("", row["contactmoment"]))
