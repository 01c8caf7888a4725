"""What makes one kind of relation different from the other."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import msgspec

from contactmomenten.audittrail.queries import insert_line
from contactmomenten.database.pool import Row
from contactmomenten.fields import FieldTable


@dataclass(frozen=True, kw_only=True)
class Relatie:
    """One kind of relation.

    Attributes:
        resource: its name in the audit trail.
        path: of its list, below the root of the API.
        table: where it is stored; with the columns uuid, contactmoment and `data`.
        data: the columns besides those, the related thing first.
        unique: the names (as in the API) of what must be unique together.
        unique_columns: the columns that are compared for it, besides contactmoment.
        fields: its field table.
        show: turns a row into what is answered, given the root.
    """

    resource: str
    path: str
    table: str
    data: tuple[str, ...]
    unique: tuple[str, ...]
    unique_columns: tuple[str, ...]
    fields: FieldTable
    show: Callable[[Row, str], msgspec.Struct]

    def url(self, root: str, uuid: UUID) -> str:
        """Return the URL of the relation `uuid`."""
        return f"{root}{self.path}/{uuid}"

    @cached_property
    def columns(self) -> str:
        """Return what is selected."""
        return f"uuid, contactmoment, {', '.join(self.data)}"

    @cached_property
    def read(self) -> str:
        """SQL: the relation with uuid $1."""
        return f"SELECT {self.columns} FROM {self.table} WHERE uuid = $1"

    @cached_property
    def exists(self) -> str:
        """SQL: true when the relation of contactmoment $1 with the unique columns is there."""
        conditions = " AND ".join(
            f"{column} = ${number}" for number, column in enumerate(self.unique_columns, start=2)
        )
        return f"SELECT true FROM {self.table} WHERE contactmoment = $1 AND {conditions}"

    @cached_property
    def insert(self) -> str:
        """SQL: a new relation and its line: $1 uuid, $2 contactmoment, the data, the line."""
        places = ", ".join(f"${number}" for number in range(3, 3 + len(self.data)))
        return (
            f"WITH relatie AS (INSERT INTO {self.table} ({self.columns})"
            f" VALUES ($1, $2, {places})) {insert_line(3 + len(self.data))}"
        )

    @cached_property
    def remove(self) -> str:
        """SQL: delete relation $1 and write its line; returns nothing if it was gone already."""
        return (
            f"WITH relatie AS (DELETE FROM {self.table} WHERE uuid = $1 RETURNING contactmoment)"
            f" {insert_line(2, 'relatie')} RETURNING uuid"
        )
