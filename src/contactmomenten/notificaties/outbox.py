"""The outbox: each notification is stored in the transaction of the change that it tells of."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from contactmomenten.database.pool import Row

KANAAL: Final = "contactmomenten"
HOOFDRESOURCE: Final = "contactmoment"
KENMERKEN: Final = ("bronorganisatie", "kanaal")
ACTIES: Final = ("create", "update", "partial_update", "destroy")


def insert_notificatie(first: int) -> str:
    """Return the INSERT of one notification whose values are the parameters from $`first` on.

    Without a message (null) nothing is inserted.
    """
    return (
        f"INSERT INTO notificatie (contactmoment, bericht)"
        f" SELECT ${first}::uuid, ${first + 1}::json WHERE ${first + 1}::json IS NOT NULL"
    )


def insert_notificaties(contactmomenten: str, berichten: str) -> str:
    """Return the INSERT of several notifications: as `insert_notificatie`, but with arrays.

    `contactmomenten` and `berichten` are parameters, such as ``$1``.
    """
    return (
        f"INSERT INTO notificatie (contactmoment, bericht) SELECT contactmoment, bericht"
        f" FROM unnest({contactmomenten}::uuid[], {berichten}::json[])"
        f" AS nieuw (contactmoment, bericht) WHERE bericht IS NOT NULL"
    )


def notificatie(
    uuid: UUID, url: str, actie: str, moment: Row, *, disabled: bool = False
) -> tuple[UUID, str | None]:
    """Return the values of `insert_notificatie`; with `disabled` they insert nothing.

    Args:
        uuid: of the contactmoment.
        url: of the contactmoment, as in the answer to this request.
        actie: one of `ACTIES`.
        moment: the row after the change; for destroy the last one.
    """
    if disabled:
        return uuid, None
    bericht = {
        "kanaal": KANAAL,
        "hoofdObject": url,
        "resource": HOOFDRESOURCE,
        "resourceUrl": url,
        "actie": actie,
        "aanmaakdatum": datetime.now(UTC),
        "kenmerken": {name: moment[name] for name in KENMERKEN},
    }
    return uuid, msgspec.json.encode(bericht).decode()
