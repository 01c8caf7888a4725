"""Fields that are only ever answered, never sent."""

from dataclasses import dataclass
from typing import Any

from contactmomenten.fields.base import Field


@dataclass(frozen=True, kw_only=True, slots=True)
class Plain(Field):
    """A field with nothing to check: its type and limits are stated for the OAS."""

    type: str = "string"
    format: str | None = None
    enum: tuple[str, ...] = ()
    min_length: int | None = None
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    ref: str | None = None

    def schema(self) -> dict[str, Any]:
        """Return the OAS schema; with `ref` a reference and nothing else."""
        if self.ref:
            return {"$ref": f"#/components/schemas/{self.ref}"}
        return Field.schema(self)

    def limits(self) -> dict[str, Any]:
        """Return type, format, choices and limits."""
        limits = {
            "type": self.type,
            "format": self.format,
            "enum": list(self.enum) or None,
            "minLength": self.min_length,
            "maxLength": self.max_length,
            "minimum": self.minimum,
            "maximum": self.maximum,
        }
        return {key: value for key, value in limits.items() if value is not None}
