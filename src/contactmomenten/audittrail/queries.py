"""SQL of the audit trail."""

from operator import itemgetter
from typing import Final

# Columns of one new line with their types, in the order of `recording.Line.values`.
_LINE: Final = {
    "contactmoment": "uuid",
    "uuid": "uuid",
    "applicatie_id": "text",
    "applicatie_weergave": "text",
    "gebruikers_id": "text",
    "gebruikers_weergave": "text",
    "toelichting": "text",
    "logrecord_id": "text",
    "actie": "text",
    "resultaat": "smallint",
    "hoofd_object": "text",
    "resource": "text",
    "resource_url": "text",
    "resource_weergave": "text",
    "oud": "json",
    "nieuw": "json",
}
LINE_LENGTH: Final = len(_LINE)
LINE_COLUMNS: Final = tuple(_LINE)


def insert_line(first: int, source: str = "") -> str:
    """Return the INSERT of one line whose values are the parameters from $`first` on.

    With `source`, the name of a common table expression: one line per row that it has.
    """
    values = ", ".join(
        f"${number}::{kind}" for number, kind in enumerate(_LINE.values(), start=first)
    )
    origin = f" FROM {source}" if source else ""
    return f"INSERT INTO audittrail ({', '.join(_LINE)}) SELECT {values}{origin}"


# What needs not be sent along with the line of a new contactmoment, as SQL.
_SAME: Final = {
    "contactmoment": "contactmoment",
    "actie": "'create'",
    "resultaat": "201",
    "hoofd_object": "resource_url",
    "resource": "'contactmoment'",
    "oud": "NULL",
}
_DIFFERENT: Final = {name: kind for name, kind in _LINE.items() if name not in _SAME}
FIRST_LINE_LENGTH: Final = len(_DIFFERENT)

# The values of `insert_first_lines` out of those of `insert_line`.
first_line: Final = itemgetter(*(n for n, name in enumerate(_LINE) if name in _DIFFERENT))


def insert_first_lines(contactmomenten: str, first: int) -> str:
    """Return the INSERT of the lines of several new contactmomenten.

    Each parameter is an array: `contactmomenten`, such as ``$1``, and those from $`first` on.
    """
    arrays = ", ".join(
        f"${number}::{kind}[]" for number, kind in enumerate(_DIFFERENT.values(), start=first)
    )
    return (
        f"INSERT INTO audittrail ({', '.join(_LINE)})"
        f" SELECT {', '.join(_SAME.get(name, name) for name in _LINE)}"
        f" FROM unnest({contactmomenten}::uuid[], {arrays})"
        f" AS nieuw (contactmoment, {', '.join(_DIFFERENT)})"
    )


INSERT_LINE: Final = insert_line(1)

_SHOWN: Final = """
    uuid, applicatie_id, applicatie_weergave, gebruikers_id, gebruikers_weergave, actie, resultaat,
    hoofd_object, resource, resource_url, toelichting, resource_weergave, aanmaakdatum, oud, nieuw
"""

# Nothing for a contactmoment that does not exist; one row of nulls for one without lines.
LIST: Final = f"""
SELECT a.*
FROM contactmoment c
LEFT JOIN LATERAL (
    SELECT {_SHOWN}, id FROM audittrail WHERE contactmoment = c.uuid
) a ON true
WHERE c.uuid = $1
ORDER BY a.aanmaakdatum, a.id
"""

READ: Final = f"SELECT {_SHOWN} FROM audittrail WHERE contactmoment = $1 AND uuid = $2"
