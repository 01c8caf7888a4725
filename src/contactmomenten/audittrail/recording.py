"""Writing the audit trail (behaviour 9): a line per change, in the transaction of the change."""

from typing import NamedTuple
from uuid import UUID

from contactmomenten.audittrail import queries
from contactmomenten.database.pool import Connection, Row
from contactmomenten.http.context import Context
from contactmomenten.uuids import new_uuid

_MAX_WEERGAVE = 200
_MAX_LOGRECORD = 255


class Author(NamedTuple):
    """Who changes something, why, and by which root of the API."""

    root: str
    applicatie_id: str
    applicatie_weergave: str
    gebruikers_id: str
    gebruikers_weergave: str
    toelichting: str
    logrecord_id: str

    @classmethod
    def of(cls, context: Context) -> "Author":
        """Return the author of what the request in `context` changes."""
        caller, request = context.caller, context.request
        return cls(
            root=request.root,
            applicatie_id=caller.applicatie_id,
            applicatie_weergave=caller.applicatie_weergave,
            gebruikers_id=caller.gebruikers_id,
            gebruikers_weergave=caller.gebruikers_weergave,
            toelichting=request.header(b"x-audit-toelichting") or "",
            logrecord_id=(request.header(b"x-nlx-logrecord-id") or "")[:_MAX_LOGRECORD],
        )


class Line(NamedTuple):
    """One line to be written.

    `oud` and `nieuw` are the JSON of the resource before and after, None where there is none.
    """

    contactmoment: UUID
    actie: str
    resultaat: int
    resource: str
    resource_url: str
    resource_weergave: str
    oud: bytes | None
    nieuw: bytes | None

    def values(self, author: Author) -> tuple[object, ...]:
        """Return the values of `queries.insert_line`."""
        return (
            self.contactmoment,
            new_uuid(),
            author.applicatie_id,
            author.applicatie_weergave,
            author.gebruikers_id,
            author.gebruikers_weergave,
            author.toelichting,
            author.logrecord_id,
            self.actie,
            self.resultaat,
            f"{author.root}/contactmomenten/{self.contactmoment}",
            self.resource,
            self.resource_url,
            self.resource_weergave[:_MAX_WEERGAVE],
            None if self.oud is None else self.oud.decode(),
            None if self.nieuw is None else self.nieuw.decode(),
        )

    def first_values(self, author: Author) -> tuple[object, ...]:
        """Return the values of `queries.insert_first_lines`, for the create of a contactmoment."""
        values: tuple[object, ...] = queries.first_line(self.values(author))
        return values


async def record(connection: Connection, author: Author, line: Line) -> None:
    """Write `line` in the transaction of `connection`."""
    await connection.execute(queries.INSERT_LINE, *line.values(author))


def weergave(moment: Row) -> str:
    """Return the readable name of a contactmoment, from its row (behaviour 9.2)."""
    medewerker = last_segment(moment["medewerker"])
    return (
        f"{moment['bronorganisatie']} {medewerker} at {moment['registratiedatum']}"
        f" via {moment['kanaal']}"
    )


def last_segment(url: str) -> str:
    """Return the text after the last slash of `url`, trailing slashes not counted."""
    return url.rstrip("/").rpartition("/")[2]
