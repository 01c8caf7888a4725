"""What all fields share: the order of the checks and the gathering of faults."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

NON_FIELD = "nonFieldErrors"

REQUIRED = "Dit veld is vereist."
EMPTY = "Dit veld mag niet leeg zijn."
NUL_REFUSED = "Null-tekens zijn niet toegestaan."
SURROGATE_REFUSED = "De tekst bevat tekens die geen geldige Unicode zijn."


class Fault(NamedTuple):
    """One entry of ``invalidParams`` (OAS FieldValidationError)."""

    name: str
    code: str
    reason: str


class Faults:
    """Gathers the faults of one request.

    `subpath` is the mount path of this API (``""`` or ``/contactmomenten``): URLs of own
    resources are resolved against it.
    """

    def __init__(self, subpath: str = "") -> None:
        """Start without faults."""
        self.subpath = subpath
        self.entries: list[Fault] = []

    def add(self, name: str, code: str, reason: str) -> None:
        """Note a fault of the field `name` (dotted, as in 7.3 of the standard's behaviour)."""
        self.entries.append(Fault(name, code, reason))

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.entries)

    def in_order(self, names: tuple[str, ...]) -> tuple[Fault, ...]:
        """Return the faults in the order of the top-level `names`; the others come last."""
        rank = {name: position for position, name in enumerate(names)}
        return tuple(
            sorted(self.entries, key=lambda fault: rank.get(fault.name.split(".")[0], len(rank)))
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One property of a resource.

    Subclasses say in `read` what they accept; null, blank and missing are handled alike for all.
    """

    title: str
    description: str = ""
    required: bool = False
    nullable: bool = False
    read_only: bool = False

    oas_type: ClassVar[Mapping[str, object]] = {}

    def accept(self, value: object, name: str, faults: Faults) -> object:
        """Return the clean form of `value`; on a fault, note it and return None."""
        if value is None:
            if not self.nullable:
                faults.add(name, "null", EMPTY)
            return None
        return self.read(value, name, faults)

    def read(self, value: object, name: str, faults: Faults) -> object:
        """Return the clean form of `value`, which is not None."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """Return the OAS 3.0 schema of this field."""
        schema: dict[str, Any] = {"title": self.title}
        if self.description:
            schema["description"] = self.description
        schema.update(self.oas_type)
        if self.read_only:
            schema["readOnly"] = True
        schema.update(self.limits())
        if self.nullable:
            schema["nullable"] = True
        return schema

    def limits(self) -> dict[str, Any]:
        """Return the part of the schema that holds lengths, formats and choices."""
        return {}


class FieldTable(Mapping[str, Field]):
    """The fields of a resource by their camelCase name, in the order of the standard."""

    def __init__(self, struct: type[msgspec.Struct]) -> None:
        """Read the table from the annotations of `struct`."""
        hints = get_type_hints(struct, include_extras=True)
        self._fields: dict[str, Field] = {}
        self._attributes: dict[str, str] = {}
        for info in msgspec.structs.fields(struct):
            self._fields[info.encode_name] = _field_of(hints[info.name])
            self._attributes[info.encode_name] = info.name
        self.names = tuple(self._fields)
        self.writable = tuple(
            (name, self._attributes[name], field)
            for name, field in self._fields.items()
            if not field.read_only
        )

    def __getitem__(self, name: str) -> Field:
        """Return the field with the camelCase `name`."""
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the camelCase names in order."""
        return iter(self._fields)

    def __len__(self) -> int:
        """Return the number of fields."""
        return len(self._fields)


def _field_of(hint: object) -> Field:
    if get_origin(hint) is Annotated:
        for extra in get_args(hint)[1:]:
            if isinstance(extra, Field):
                return extra
    message = f"{hint} carries no Field"
    raise TypeError(message)


def field_table(struct: type[msgspec.Struct]) -> FieldTable:
    """Return the field table of a resource type."""
    return FieldTable(struct)


def clean(
    table: FieldTable,
    body: Mapping[str, object],
    faults: Faults,
    *,
    partial: bool = False,
    prefix: str = "",
) -> dict[str, Any]:
    """Return the clean values of the properties that `body` has, by snake_case attribute name.

    Unknown and read-only properties are ignored (behaviour 4.0). With `partial` nothing is
    required (PATCH). Faulty fields are noted in `faults` and are left out.
    """
    values: dict[str, Any] = {}
    for name, attribute, field in table.writable:
        if name in body:
            full_name = prefix + name
            before = len(faults.entries)
            value = field.accept(body[name], full_name, faults)
            if len(faults.entries) == before:
                values[attribute] = value
        elif field.required and not partial:
            faults.add(prefix + name, "required", REQUIRED)
    return values
