"""What is asked of a list and what comes of it: sources, orders, pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from contactmomenten.counts.definitions import Dimension, Order
from contactmomenten.lists.selection import Condition, Selection


class Term(NamedTuple):
    """One term of an order: a column, or an expression, and the direction."""

    sql: str
    descending: bool = False

    def reversed(self) -> "Term":
        """Return the term in the other direction."""
        return Term(self.sql, not self.descending)

    def __str__(self) -> str:
        """Return SQL for ORDER BY."""
        return f"{self.sql} DESC" if self.descending else self.sql


ROW_ORDER: Final = Term("id")


@dataclass(frozen=True, slots=True)
class Found:
    """A page.

    Attributes:
        count: of all rows of the list.
        rows: the JSON of those on the page, separated by commas; empty when there are none.
    """

    count: int
    rows: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the rows of a list are, and what helps to find them.

    Attributes:
        table: of the rows.
        json: SQL: the JSON of a row, with byte 1 for the root.
        all: the dimension that has all rows.
        orders: for a column, the order in which rows lie in blocks.
        groups: for a column, the dimension by whose values rows lie together.
        often_empty: the columns that are empty in many rows.
    """

    table: str
    json: str
    all: Dimension
    orders: Mapping[str, Order] = field(default_factory=dict)
    groups: Mapping[str, Dimension] = field(default_factory=dict)
    often_empty: Mapping[str, "OftenEmpty"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OftenEmpty:
    """A column that is empty in many rows; those come first or last, in the order of creation.

    Attributes:
        filled: which rows have a value.
        empty: which rows have none; they are counted.
        terms: the ascending order of the rows with a value.
        empty_first: whether the others come first when it ascends.
    """

    filled: Condition
    empty: Condition
    terms: tuple[Term, ...]
    empty_first: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page that is asked for.

    Attributes:
        selection: of which rows.
        terms: their order; the order of creation comes after it.
        offset: how many rows to pass over.
        limit: how many rows at most.
        size: how many rows there are in all, where that is known; else they are counted.
    """

    selection: Selection
    terms: tuple[Term, ...]
    offset: int
    limit: int = 100
    size: int | None = None

    @property
    def order(self) -> str:
        """Return SQL: ORDER BY what."""
        return ", ".join(map(str, (*self.terms, ROW_ORDER)))

    @property
    def nearest(self) -> int:
        """Return how many rows to pass over from the end that is nearer, as far as is known."""
        if self.size is None:
            return self.offset
        return min(self.offset, max(0, self.size - self.offset - self.limit))

    @property
    def is_nearer_to_the_end(self) -> bool:
        """Tell whether there is less to pass over when one starts at the end."""
        return self.size is not None and self.offset > self.size - self.offset - self.limit

    def reversed(self) -> "Wanted":
        """Return the same rows, seen from the end."""
        offset = max(0, (self.size or 0) - self.offset - self.limit)
        return replace(self, terms=tuple(map(Term.reversed, self.terms)), offset=offset)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the rows of a list: they come together, `size` of them."""

    condition: Condition
    terms: tuple[Term, ...]
    size: int
