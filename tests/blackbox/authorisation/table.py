"""The oracle: which scope opens what (behaviour 3.1). An x allows, a dot refuses.

The columns are contactmomenten.lezen, .aanmaken, .bijwerken and .verwijderen, and
audittrails.lezen.
"""

from dataclasses import dataclass
from typing import Final

from tests.blackbox.support import clients, expect

COLUMNS: Final = (
    clients.LEZEN,
    clients.AANMAKEN,
    clients.BIJWERKEN,
    clients.VERWIJDEREN,
    clients.AUDITTRAILS,
)

TABLE: Final = """
method   path                               lezen aanmaken bijwerken verwijderen trails   status
GET      /contactmomenten                     x      .         .          .        .        200
HEAD     /contactmomenten                     x      .         .          .        .        200
POST     /contactmomenten                     .      x         .          .        .        201
GET      /contactmomenten/{m}                 x      .         .          .        .        200
HEAD     /contactmomenten/{m}                 x      .         .          .        .        200
PUT      /contactmomenten/{m}                 .      .         x          .        .        200
PATCH    /contactmomenten/{m}                 .      .         x          .        .        200
DELETE   /contactmomenten/{m}                 .      .         .          x        .        204
GET      /contactmomenten/{m}/audittrail      .      .         .          .        x        200
HEAD     /contactmomenten/{m}/audittrail      .      .         .          .        x        200
GET      /contactmomenten/{m}/audittrail/{r}  .      .         .          .        x        200
HEAD     /contactmomenten/{m}/audittrail/{r}  .      .         .          .        x        200
GET      /klantcontactmomenten                x      .         .          .        .        200
HEAD     /klantcontactmomenten                x      .         .          .        .        200
POST     /klantcontactmomenten                .      x         .          .        .        201
GET      /klantcontactmomenten/{k}            x      .         .          .        .        200
HEAD     /klantcontactmomenten/{k}            x      .         .          .        .        200
DELETE   /klantcontactmomenten/{k}            .      .         .          x        .        204
GET      /objectcontactmomenten               x      .         .          .        .        200
HEAD     /objectcontactmomenten               x      .         .          .        .        200
POST     /objectcontactmomenten               .      x         .          .        .        201
GET      /objectcontactmomenten/{o}           x      .         .          .        .        200
HEAD     /objectcontactmomenten/{o}           x      .         .          .        .        200
DELETE   /objectcontactmomenten/{o}           .      .         .          x        .        204
"""

PATHS: Final = {
    "/contactmomenten": expect.COLLECTION,
    "/contactmomenten/{m}": expect.MOMENT,
    "/contactmomenten/{m}/audittrail": expect.TRAIL,
    "/contactmomenten/{m}/audittrail/{r}": expect.TRAIL,
    "/klantcontactmomenten": expect.COLLECTION,
    "/klantcontactmomenten/{k}": expect.RELATION,
    "/objectcontactmomenten": expect.COLLECTION,
    "/objectcontactmomenten/{o}": expect.RELATION,
}
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    method: str
    path: str
    scope: str
    status: int

    @property
    def allow(self) -> str:
        return PATHS[self.path]

    @property
    def writes(self) -> bool:
        return self.method not in {"GET", "HEAD"}


def _row(line: str) -> Row:
    method, path, *marks, status = line.split()
    (scope,) = [name for name, mark in zip(COLUMNS, marks, strict=True) if mark == "x"]
    return Row(method, path, scope, int(status))


ROWS: Final = [_row(line) for line in TABLE.strip().splitlines()[1:]]

# What is on a path but no operation: the same answer for everybody.
OPEN: Final = [Row("OPTIONS", path, "", 204) for path in PATHS] + [
    Row(method, path, "", 405)
    for path, allow in PATHS.items()
    for method in _METHODS
    if method not in allow.split(", ")
]
