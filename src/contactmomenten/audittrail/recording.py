"""Writing the audit trail (behaviour 9): a line per change, in the transaction of the change."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from contactmomenten.audittrail import queries
from contactmomenten.database.pool import Connection, Row
from contactmomenten.http.context import Context

_MAX_WEERGAVE = 200
_MAX_LOGRECORD = 255


@dataclass(frozen=True, slots=True)
class Line:
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

    def values(self, context: Context) -> tuple[object, ...]:
        """Return the values of `queries.LINE_COLUMNS`; who did it and why comes from `context`."""
        caller, request = context.caller, context.request
        return (
            self.contactmoment,
            uuid4(),
            caller.applicatie_id,
            caller.applicatie_weergave,
            caller.gebruikers_id,
            caller.gebruikers_weergave,
            request.header(b"x-audit-toelichting") or "",
            (request.header(b"x-nlx-logrecord-id") or "")[:_MAX_LOGRECORD],
            self.actie,
            self.resultaat,
            f"{request.root}/contactmomenten/{self.contactmoment}",
            self.resource,
            self.resource_url,
            self.resource_weergave[:_MAX_WEERGAVE],
            None if self.oud is None else self.oud.decode(),
            None if self.nieuw is None else self.nieuw.decode(),
        )


async def record(connection: Connection, context: Context, line: Line) -> None:
    """Write `line` in the transaction of `connection`."""
    await connection.execute(queries.INSERT_LINE, *line.values(context))


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
