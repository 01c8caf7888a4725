"""The hash of a line of the audit trail, as migration 7 has it in SQL (decision 0013)."""

from hashlib import sha256
from typing import Final

from contactmomenten.database.pool import Row

# The columns of a line that are text, in the order in which they are hashed.
_TEXTS: Final = (
    "applicatie_id",
    "applicatie_weergave",
    "gebruikers_id",
    "gebruikers_weergave",
    "actie",
    "hoofd_object",
    "resource",
    "resource_url",
    "toelichting",
    "resource_weergave",
    "logrecord_id",
    "oud",
    "nieuw",
)

# What `hash_of` needs. Any moment, also one that is no moment at all, as microseconds or null.
HASHED: Final = f"""
    contactmoment, uuid, id, resultaat, vorige_hash, {", ".join(_TEXTS)},
    CASE WHEN isfinite(aanmaakdatum)
        THEN (extract(epoch FROM aanmaakdatum) * 1000000)::bigint
    END AS microseconden
"""


def hash_of(row: Row) -> bytes:
    """Return the hash that the line in `row`, with the columns `HASHED`, must have."""
    vorige, texts = row["vorige_hash"], [row[name] for name in _TEXTS]
    numbers = (
        vorige.hex() if vorige is not None else "",
        row["id"],
        row["contactmoment"],
        row["uuid"],
        row["microseconden"],
        row["resultaat"],
        *(-1 if text is None else len(text) for text in texts),
    )
    text = "|".join(map(str, numbers)) + "|" + "".join(text or "" for text in texts)
    return sha256(text.encode()).digest()
