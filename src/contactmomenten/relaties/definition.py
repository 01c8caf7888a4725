"""What makes one kind of relation different from the other."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import msgspec

from contactmomenten.audittrail.queries import insert_line
from contactmomenten.database.merging import select_by_uuid
from contactmomenten.database.pool import Row
from contactmomenten.fields import Faults, FieldTable
from contactmomenten.http.context import Context


@dataclass(frozen=True, kw_only=True)
class Relatie:
    """One kind of relation.

    Attributes:
        resource: its name in the audit trail.
        path: of its list, below the root of the API.
        table: where it is stored; with the columns uuid, contactmoment and `data`.
        data: the columns besides those that a client sets, the related thing first.
        hidden: columns that are stored but not answered.
        unique: the names (as in the API) of what must be unique together.
        unique_columns: the columns that are compared for it, besides contactmoment.
        fields: its field table.
        show: turns a row into what is answered, given the root.
        enrich: adds the hidden columns to the clean values, from the body.
        check_fields: asks other APIs about single fields, also when others are wrong.
        check_create: asks other APIs once everything of our own is right.
        check_delete: asks other APIs before a relation is removed.
    """

    resource: str
    path: str
    table: str
    data: tuple[str, ...]
    unique: tuple[str, ...]
    unique_columns: tuple[str, ...]
    fields: FieldTable
    show: Callable[[Row, str], msgspec.Struct]
    hidden: tuple[str, ...] = ()
    enrich: Callable[[Mapping[str, object], dict[str, Any]], None] | None = None
    check_fields: Callable[[Context, Mapping[str, Any], Faults], Awaitable[None]] | None = None
    check_create: Callable[[Context, Mapping[str, Any]], Awaitable[None]] | None = None
    check_delete: Callable[[Context, Row], Awaitable[None]] | None = None

    def url(self, root: str, uuid: UUID) -> str:
        """Return the URL of the relation `uuid`."""
        return f"{root}{self.path}/{uuid}"

    @cached_property
    def columns(self) -> str:
        """Return what is selected."""
        return f"uuid, contactmoment, {', '.join(self.data)}"

    @cached_property
    def read(self) -> str:
        """SQL: the relations with the uuids $1."""
        return select_by_uuid(", ".join([self.columns, *self.hidden]), self.table)

    @cached_property
    def exists(self) -> str:
        """SQL: true when the relation of contactmoment $1 with the unique columns is there."""
        conditions = " AND ".join(
            f"{column} = ${number}" for number, column in enumerate(self.unique_columns, start=2)
        )
        return f"SELECT true FROM {self.table} WHERE contactmoment = $1 AND {conditions}"

    @property
    def stored(self) -> tuple[str, ...]:
        """Return the columns of a new row."""
        return ("uuid", "contactmoment", *self.data, *self.hidden)

    @cached_property
    def insert(self) -> str:
        """SQL: a new relation and its line: the `stored` columns, then the line."""
        count = len(self.stored)
        places = ", ".join(f"${number}" for number in range(1, count + 1))
        return (
            f"WITH relatie AS (INSERT INTO {self.table} ({', '.join(self.stored)})"
            f" VALUES ({places})) {insert_line(count + 1)}"
        )

    @cached_property
    def remove(self) -> str:
        """SQL: delete relation $1 and write its line; returns nothing if it was gone already.

        The contactmoment ($2, as in the line) is locked first, as its own delete does: they would
        wait for each other otherwise.
        """
        return (
            "WITH moment AS (SELECT uuid FROM contactmoment WHERE uuid = $2 FOR NO KEY UPDATE),"
            f" relatie AS (DELETE FROM {self.table}"
            " WHERE uuid = $1 AND contactmoment = (SELECT uuid FROM moment)"
            f" RETURNING contactmoment) {insert_line(2, 'relatie')} RETURNING uuid"
        )
