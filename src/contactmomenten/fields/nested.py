"""Fields that hold other fields: lists and objects."""

from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from contactmomenten.fields.base import NON_FIELD, Faults, Field, FieldTable, clean


def not_an_object(value: object) -> str:
    """Return the reason for a value that should have been a JSON object."""
    return f"Ongeldige data. Verwacht een dictionary, kreeg een {type(value).__name__}."


@dataclass(frozen=True, kw_only=True, slots=True)
class ListOf(Field):
    """A JSON array whose items all follow `item`."""

    item: Field

    oas_type: ClassVar[dict[str, object]] = {"type": "array"}

    def read(self, value: object, name: str, faults: Faults) -> list[object] | None:
        """Return the clean items; a fault carries the index of its item, from 0."""
        if not isinstance(value, list):
            kind = type(value).__name__
            reason = f'Verwachtte een lijst met items, maar kreeg type "{kind}".'
            faults.add(name, "not_a_list", reason)
            return None
        return [
            self.item.accept(item, f"{name}.{index}", faults) for index, item in enumerate(value)
        ]

    def limits(self) -> dict[str, Any]:
        """Return the schema of the items."""
        return {"items": self.item.schema()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Nested(Field):
    """A JSON object with the fields of `struct`; only the given ones are returned."""

    struct: type[msgspec.Struct]
    table: FieldTable

    def read(self, value: object, name: str, faults: Faults) -> dict[str, Any] | None:
        """Return the clean values of the object's known properties."""
        if not isinstance(value, dict):
            faults.add(f"{name}.{NON_FIELD}", "invalid", not_an_object(value))
            return None
        return clean(self.table, value, faults, partial=True, prefix=f"{name}.")

    def schema(self) -> dict[str, Any]:
        """Return a reference to the schema of the struct."""
        return {"$ref": f"#/components/schemas/{self.struct.__name__}"}
