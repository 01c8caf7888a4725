"""SQL of the contactmomenten and their chain."""

from collections.abc import Iterable
from typing import Final

from contactmomenten.audittrail.queries import LINE_LENGTH, insert_line, insert_lines
from contactmomenten.notificaties.outbox import insert_notificatie, insert_notificaties

# What a client can set, in the order of the parameters of INSERT and UPDATE, with the types of
# these. Arrays go as text (see `text_array`), as PostgreSQL has no arrays of arrays that differ
# in length.
_DATA: Final = {
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
    "volgend_contactmoment": "uuid",
}
DATA_COLUMNS: Final = tuple(_DATA)

COLUMNS: Final = f"uuid, {', '.join(DATA_COLUMNS)}"

READ: Final = f"SELECT {COLUMNS} FROM contactmoment WHERE uuid = $1"

# The JSON of several, with the root left open. The array is hidden from the planner, which would
# make a plan for each length of it otherwise: that costs more than the reading.
READ_JSON: Final = """
SELECT uuid, json FROM contactmoment WHERE uuid = ANY ((SELECT $1::uuid[])::uuid[])
"""

# For the check of a reference: does it exist, and who follows on it already?
FOLLOWED_BY: Final = "SELECT volgend_contactmoment FROM contactmoment WHERE uuid = $1"

# Rows are locked in the order of their uuid, so that two requests never wait for each other.
LOCK_FOR_UPDATE: Final = f"""
SELECT {COLUMNS} FROM contactmoment WHERE uuid = ANY($1) ORDER BY uuid FOR NO KEY UPDATE
"""
LOCK_FOR_DELETE: Final = f"""
SELECT {COLUMNS} FROM contactmoment WHERE uuid = ANY($1) ORDER BY uuid FOR UPDATE
"""


def _as_stored(name: str, value: str) -> str:
    """Return the SQL of what the column `name` gets, from that of its parameter."""
    return f"{value}::text[]" if name == "onderwerp_links" else value


_PLACES: Final = {name: f"${number}" for number, name in enumerate(_DATA, start=2)}
_AFTER_DATA: Final = 2 + len(_DATA)
_AFTER_LINE: Final = _AFTER_DATA + LINE_LENGTH

# Several moments, each with its line in the trail and its notification: one statement, so one
# round trip and one transaction. Each parameter is an array: $1 are the uuids, then come the
# data, the lines, the notifications.
INSERT: Final = f"""
WITH moment AS (
    INSERT INTO contactmoment
        (uuid, {", ".join(_DATA)}, medewerker_identificatie_id)
    SELECT
        uuid, {", ".join(_as_stored(name, name) for name in _DATA)},
        CASE WHEN medewerker_identificatie IS NOT NULL
            THEN nextval('medewerker_identificatie_volgnummer')
        END
    FROM unnest(
        $1::uuid[], {", ".join(f"{_PLACES[name]}::{kind}[]" for name, kind in _DATA.items())}
    ) AS nieuw (uuid, {", ".join(_DATA)})
), trail AS (
    {insert_lines(_AFTER_DATA)}
)
{insert_notificaties(_AFTER_LINE)}
"""

# One moment, with its line and its notification; the parameters are those of INSERT.
UPDATE: Final = f"""
WITH moment AS (
    UPDATE contactmoment SET
        {
    ", ".join(
        f"{name} = {_as_stored(name, f'{_PLACES[name]}::{kind}')}" for name, kind in _DATA.items()
    )
},
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
{insert_notificatie(_AFTER_LINE)}
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
