"""SQL of the contactmomenten and their chain."""

from collections.abc import Iterable
from typing import Final

from contactmomenten.audittrail.queries import (
    FIRST_LINE_LENGTH,
    LINE_LENGTH,
    insert_first_lines,
    insert_line,
)
from contactmomenten.database.merging import select_by_uuid
from contactmomenten.notificaties.outbox import insert_notificatie, insert_notificaties

# What a client can set, with its type, in the order of the parameters of UPDATE.
_DATA: Final = {
    "bronorganisatie": "text",
    "registratiedatum": "timestamptz",
    "kanaal": "text",
    "voorkeurskanaal": "text",
    "voorkeurstaal": "text",
    "tekst": "text",
    "onderwerp_links": "text[]",
    "initiatiefnemer": "text",
    "medewerker": "text",
    "medewerker_identificatie": "json",
    "vorig_contactmoment": "uuid",
    "volgend_contactmoment": "uuid",
}
DATA_COLUMNS: Final = tuple(_DATA)

# The same for INSERT: nothing follows on a new one yet. PostgreSQL has no arrays of arrays that
# differ in length, so an array goes as text (see `text_array`).
_NEW: Final = {
    name: kind.removesuffix("[]") for name, kind in _DATA.items() if name != "volgend_contactmoment"
}
NEW_COLUMNS: Final = tuple(_NEW)

COLUMNS: Final = f"uuid, {', '.join(DATA_COLUMNS)}"

READ: Final = f"SELECT {COLUMNS} FROM contactmoment WHERE uuid = $1"

# The JSON, with the root left open.
READ_JSON: Final = select_by_uuid("uuid, json", "contactmoment")

# For the check of a reference: does it exist, and who follows on it already?
FOLLOWED_BY: Final = "SELECT volgend_contactmoment FROM contactmoment WHERE uuid = $1"

LOCK_FOR_UPDATE: Final = f"SELECT {COLUMNS} FROM contactmoment WHERE uuid = $1 FOR NO KEY UPDATE"
LOCK_FOR_DELETE: Final = f"SELECT {COLUMNS} FROM contactmoment WHERE uuid = $1 FOR UPDATE"

_AFTER_NEW: Final = 2 + len(_NEW)

# Several moments, each with its line in the trail and its notification: one statement, so one
# round trip and one transaction. Each parameter is an array: $1 are the uuids, then come the
# data, the lines, the notifications.
INSERT: Final = f"""
WITH moment AS (
    INSERT INTO contactmoment (uuid, {", ".join(_NEW)}, medewerker_identificatie_id)
    SELECT
        uuid, {", ".join(f"{name}::{_DATA[name]}" for name in _NEW)},
        CASE WHEN medewerker_identificatie IS NOT NULL
            THEN nextval('medewerker_identificatie_volgnummer')
        END
    FROM unnest(
        $1::uuid[],
        {", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_NEW.values(), start=2))}
    ) AS nieuw (uuid, {", ".join(_NEW)})
), trail AS (
    {insert_first_lines("$1", _AFTER_NEW)}
)
{insert_notificaties("$1", f"${_AFTER_NEW + FIRST_LINE_LENGTH}")}
"""

_PLACES: Final = {name: f"${number}" for number, name in enumerate(_DATA, start=2)}
_AFTER_DATA: Final = 2 + len(_DATA)

# $1 is the uuid, then come the data, the line, the notification.
UPDATE: Final = f"""
WITH moment AS (
    UPDATE contactmoment SET
        {", ".join(f"{name} = {place}" for name, place in _PLACES.items())},
        medewerker_identificatie_id = CASE
            WHEN {_PLACES["medewerker_identificatie"]}::json IS NOT NULL
            THEN coalesce(
                medewerker_identificatie_id, nextval('medewerker_identificatie_volgnummer')
            )
        END
    WHERE uuid = $1
), trail AS (
    {insert_line(_AFTER_DATA)}
)
{insert_notificatie(_AFTER_DATA + LINE_LENGTH)}
"""

# Relations, trail and chain go with it by their foreign keys.
DELETE: Final = f"""
WITH moment AS (
    DELETE FROM contactmoment WHERE uuid = $1
)
{insert_notificatie(2)}
"""

# The chain: $1 the predecessor, $2 the successor.
LINK: Final = "INSERT INTO keten (voorganger, opvolger) VALUES ($1, $2)"
UNLINK: Final = "DELETE FROM keten WHERE opvolger = $1"

SET_VOLGEND: Final = "UPDATE contactmoment SET volgend_contactmoment = $2 WHERE uuid = $1"
SET_VORIG: Final = "UPDATE contactmoment SET vorig_contactmoment = $2 WHERE uuid = $1"


def text_array(texts: Iterable[str]) -> str:
    """Return `texts` as PostgreSQL writes an array of them."""
    escaped = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in escaped) + "}"
