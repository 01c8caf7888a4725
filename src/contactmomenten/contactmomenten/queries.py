"""SQL of the contactmomenten and their chain."""

from typing import Final

from contactmomenten.audittrail.queries import LINE_LENGTH, insert_line
from contactmomenten.notificaties.outbox import insert_notificatie

# What a client can set, in the order of the parameters of INSERT and UPDATE.
DATA_COLUMNS: Final = (
    "bronorganisatie",
    "registratiedatum",
    "kanaal",
    "voorkeurskanaal",
    "voorkeurstaal",
    "tekst",
    "onderwerp_links",
    "initiatiefnemer",
    "medewerker",
    "medewerker_identificatie",
    "vorig_contactmoment",
    "volgend_contactmoment",
)

COLUMNS: Final = f"uuid, {', '.join(DATA_COLUMNS)}"

READ: Final = f"SELECT {COLUMNS} FROM contactmoment WHERE uuid = $1"

# For the check of a reference: does it exist, and who follows on it already?
FOLLOWED_BY: Final = "SELECT volgend_contactmoment FROM contactmoment WHERE uuid = $1"

# Rows are locked in the order of their uuid, so that two requests never wait for each other.
LOCK_FOR_UPDATE: Final = f"""
SELECT {COLUMNS} FROM contactmoment WHERE uuid = ANY($1) ORDER BY uuid FOR NO KEY UPDATE
"""
LOCK_FOR_DELETE: Final = f"""
SELECT {COLUMNS} FROM contactmoment WHERE uuid = ANY($1) ORDER BY uuid FOR UPDATE
"""

_PARAMETERS: Final = {name: f"${number}" for number, name in enumerate(DATA_COLUMNS, start=2)}
_AFTER_DATA: Final = 2 + len(DATA_COLUMNS)
_AFTER_LINE: Final = _AFTER_DATA + LINE_LENGTH

_TRAIL_AND_NOTIFICATION: Final = f"""
trail AS (
    {insert_line(_AFTER_DATA)}
)
{insert_notificatie(_AFTER_LINE)}
"""

# The moment, its line in the trail and its notification: one statement, so one round trip and
# one transaction. $1 is the uuid, then the data, the line, the notification.
INSERT: Final = f"""
WITH moment AS (
    INSERT INTO contactmoment
        (uuid, {", ".join(DATA_COLUMNS)}, medewerker_identificatie_id)
    VALUES (
        $1, {", ".join(_PARAMETERS.values())},
        CASE WHEN {_PARAMETERS["medewerker_identificatie"]}::json IS NOT NULL
            THEN nextval('medewerker_identificatie_volgnummer')
        END
    )
), {_TRAIL_AND_NOTIFICATION}
"""

UPDATE: Final = f"""
WITH moment AS (
    UPDATE contactmoment SET
        {", ".join(f"{name} = {place}" for name, place in _PARAMETERS.items())},
        medewerker_identificatie_id = CASE
            WHEN {_PARAMETERS["medewerker_identificatie"]}::json IS NOT NULL
            THEN coalesce(
                medewerker_identificatie_id, nextval('medewerker_identificatie_volgnummer')
            )
        END
    WHERE uuid = $1
), {_TRAIL_AND_NOTIFICATION}
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
