"""The filters of a list: what each query parameter accepts, and its condition in SQL.

A condition is written with ``{}`` where its value goes; the numbering of parameters comes later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from contactmomenten.counts.definitions import Dimension
from contactmomenten.fields.base import NUL_REFUSED, Faults
from contactmomenten.fields.moment import parse_moment
from contactmomenten.fields.rsin import rsin_fault
from contactmomenten.fields.url import NOT_A_URL, is_url
from contactmomenten.http.context import Context
from contactmomenten.lists.selection import Condition
from contactmomenten.lists.wanted import Term

NOT_A_MOMENT = "Voer een geldige datum/tijd in."
_SHOWN = 200  # of a refused value, characters


def not_a_choice(value: str) -> str:
    """Return the reason for a value outside a list of choices."""
    shown = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
    return f"Selecteer een geldige keuze. {shown} is geen beschikbare keuze."


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """One query parameter of a list.

    `sql` is the condition, with one ``{}`` for the value; `dimension` is by what the rows with one
    value are counted.
    """

    name: str
    description: str
    sql: str
    dimension: Dimension | None = None

    oas_schema: ClassVar[Mapping[str, Any]] = {"type": "string"}

    async def condition(self, text: str, context: Context, faults: Faults) -> Condition | None:
        """Return the condition for the given `text`; None for no condition or after a fault."""
        text = text.strip()
        if not text:
            return None
        value = self.read(text, context, faults)
        return None if value is None else self.comparing(value)

    def comparing(self, value: object) -> Condition:
        """Return the condition that compares with `value`."""
        return Condition(self.sql, (value,), self.dimension)

    def read(self, text: str, context: Context, faults: Faults) -> object | None:
        """Return the value to compare with, or note a fault and return None."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """Return the OAS schema of the value."""
        return dict(self.oas_schema)

    def parameter(self) -> dict[str, Any]:
        """Return the OAS parameter object."""
        return {
            "name": self.name,
            "in": "query",
            "description": self.description,
            "required": False,
            "schema": self.schema(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class TextFilter(Filter):
    """An exact text."""

    def read(self, text: str, _context: Context, faults: Faults) -> str | None:
        """Return the trimmed text."""
        if "\x00" in text:
            faults.add(self.name, "null_characters_not_allowed", NUL_REFUSED)
            return None
        return text


@dataclass(frozen=True, kw_only=True, slots=True)
class RsinFilter(Filter):
    """An RSIN."""

    def read(self, text: str, _context: Context, faults: Faults) -> str | None:
        """Return the RSIN."""
        fault = rsin_fault(text)
        if fault:
            faults.add(self.name, *fault)
            return None
        return text


@dataclass(frozen=True, kw_only=True, slots=True)
class MomentFilter(Filter):
    """A point in time, compared to the microsecond.

    Attributes:
        low: whether it says from when on.
        high: whether it says until when.
    """

    low: bool
    high: bool

    def comparing(self, value: object) -> Condition:
        """Return the condition, with the end of a period that it is."""
        assert isinstance(value, datetime)  # noqa: S101 (it is what `read` returns)
        return Condition(
            self.sql, (value,), low=value if self.low else None, high=value if self.high else None
        )

    def read(self, text: str, _context: Context, faults: Faults) -> object | None:
        """Return the moment in UTC."""
        try:
            return parse_moment(text)
        except (ValueError, OverflowError):
            faults.add(self.name, "invalid", NOT_A_MOMENT)
            return None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceFilter(Filter):
    """One of a fixed set of values."""

    choices: tuple[str, ...]

    async def condition(self, text: str, _context: Context, faults: Faults) -> Condition | None:
        """Return the condition; a choice is compared to the letter."""
        if not text:
            return None
        if text not in self.choices:
            faults.add(self.name, "invalid_choice", not_a_choice(text))
            return None
        return self.comparing(text)

    def schema(self) -> dict[str, Any]:
        """Return the OAS schema with the choices."""
        return {"type": "string", "enum": list(self.choices)}


@dataclass(frozen=True, kw_only=True, slots=True)
class UrlFilter(Filter):
    """An exact URL of something elsewhere."""

    oas_schema: ClassVar[Mapping[str, Any]] = {"type": "string", "format": "uri"}

    def read(self, text: str, _context: Context, faults: Faults) -> str | None:
        """Return the URL."""
        if "\x00" in text:
            faults.add(self.name, "null_characters_not_allowed", NUL_REFUSED)
        elif not is_url(text):
            faults.add(self.name, "invalid", NOT_A_URL)
        else:
            return text
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ordering:
    """The parameter ``ordering`` (behaviour 6.5).

    `columns` gives for each name of the OAS its expression in SQL; None is accepted and orders
    nothing.
    """

    columns: Mapping[str, str | None]
    description: str

    name: ClassVar[str] = "ordering"

    def terms(self, text: str, faults: Faults) -> tuple[Term, ...]:
        """Return the terms that `text` asks for."""
        terms = []
        for element in text.split(","):
            if not element:
                continue
            descending = element.startswith("-")
            name = element.removeprefix("-")
            if name not in self.columns:
                faults.add(self.name, "invalid_choice", not_a_choice(element))
                break
            column = self.columns[name]
            if column is not None:
                terms.append(Term(column, descending))
        return tuple(terms)

    def parameter(self) -> dict[str, Any]:
        """Return the OAS parameter object."""
        choices = [choice for name in self.columns for choice in (name, f"-{name}")]
        return {
            "name": self.name,
            "in": "query",
            "description": self.description,
            "required": False,
            "schema": {"type": "string", "enum": choices},
        }
