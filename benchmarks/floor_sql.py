"""The SQL of the floor: that of the program where it can be taken from there."""

import asyncio
from typing import Final, cast

from contactmomenten.contactmomenten.lists import CONTACTMOMENTEN
from contactmomenten.database.pool import Pool, Reader, Record
from contactmomenten.lists.finding import Finder, Wanted
from contactmomenten.lists.selection import Selection

# $1 are the uuids of all that wait.
READ: Final = "SELECT uuid, json FROM contactmoment WHERE uuid = ANY($1)"

# Several moments, each with its line in the trail and its notification, in one commit. All
# parameters are arrays; onderwerp_links goes as text, as there are no arrays of arrays that differ
# in length.
_NEW: Final = {
    "bronorganisatie": "text",
    "registratiedatum": "timestamptz",
    "kanaal": "text",
    "voorkeurskanaal": "text",
    "voorkeurstaal": "text",
    "tekst": "text",
    "onderwerp_links": "text",
    "initiatiefnemer": "text",
    "medewerker": "text",
    "medewerker_identificatie": "json",
    "vorig_contactmoment": "uuid",
}
_LINE: Final = {
    "uuid": "uuid",
    "applicatie_id": "text",
    "applicatie_weergave": "text",
    "gebruikers_id": "text",
    "gebruikers_weergave": "text",
    "toelichting": "text",
    "logrecord_id": "text",
    "resource_url": "text",
    "resource_weergave": "text",
    "nieuw": "json",
}


def _arrays(columns: dict[str, str], first: int) -> str:
    return ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(columns.values(), first))


_FIRST_OF_LINE: Final = 2 + len(_NEW)

INSERT: Final = f"""
WITH moment AS (
    INSERT INTO contactmoment (uuid, {", ".join(_NEW)}, medewerker_identificatie_id)
    SELECT
        uuid, {", ".join(_NEW).replace("onderwerp_links", "onderwerp_links::text[]")},
        CASE WHEN medewerker_identificatie IS NOT NULL
            THEN nextval('medewerker_identificatie_volgnummer')
        END
    FROM unnest($1::uuid[], {_arrays(_NEW, 2)}) AS nieuw (uuid, {", ".join(_NEW)})
), trail AS (
    INSERT INTO audittrail
        (contactmoment, {", ".join(_LINE)}, actie, resultaat, hoofd_object, resource)
    SELECT contactmoment, {", ".join(_LINE)}, 'create', 201, resource_url, 'contactmoment'
    FROM unnest($1::uuid[], {_arrays(_LINE, _FIRST_OF_LINE)})
        AS regel (contactmoment, {", ".join(_LINE)})
)
INSERT INTO notificatie (contactmoment, bericht)
SELECT contactmoment, bericht
FROM unnest($1::uuid[], ${_FIRST_OF_LINE + len(_LINE)}::json[]) AS nieuw (contactmoment, bericht)
"""


class _Listener(Reader):
    """Hears which statement is asked for, and answers nothing."""

    def __init__(self) -> None:
        super().__init__(cast("Pool", None), 0)
        self.sql = ""

    async def row(self, sql: str, *values: object) -> Record | None:
        assert not values
        self.sql = sql
        return cast("Record", {"aantal": 0, "rijen": None})


def first_page_sql() -> str:
    """Return the statement of the program for the first page: ``aantal`` and ``rijen``."""
    source = CONTACTMOMENTEN.source
    listener = _Listener()
    wanted = Wanted(Selection(source.table, source.all), (), 0)
    asyncio.run(Finder(source, listener).find(wanted))
    return listener.sql
