"""Fields with a fixed set of values."""

from dataclasses import dataclass
from typing import Any, ClassVar

from contactmomenten.fields.base import SURROGATE_REFUSED, Faults, Field
from contactmomenten.fields.text import has_surrogate

_SHOWN = 200  # of a refused value, characters


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice(Field):
    """One of `choices`, to the letter; ``""`` as well when `blank`."""

    choices: tuple[str, ...]
    blank: bool = False

    oas_type: ClassVar[dict[str, object]] = {"type": "string"}

    def read(self, value: object, name: str, faults: Faults) -> str | None:
        """Return the value when it is one of the choices."""
        if isinstance(value, str):
            if value in self.choices or (self.blank and not value):
                return value
            if has_surrogate(value):
                faults.add(name, "invalid", SURROGATE_REFUSED)
                return None
        faults.add(name, "invalid_choice", f'"{_shown(value)}" is een ongeldige keuze.')
        return None

    def limits(self) -> dict[str, Any]:
        """Return the allowed values."""
        return {"enum": [*self.choices, ""] if self.blank else list(self.choices)}


def _shown(value: object) -> str:
    try:
        text = str(value)
    except (RecursionError, ValueError):  # nested too deep, or a number of too many digits
        return "…"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
