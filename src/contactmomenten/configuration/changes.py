"""What applying a configuration does: for people to read, and as SQL."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["add", "change", "remove"]

_SIGNS: dict[Kind, str] = {"add": "+", "change": "~", "remove": "-"}


@dataclass(frozen=True)
class Change:
    """One thing that differs from what is stored; str() is one line for people, no secrets."""

    kind: Kind
    # "client secret", "application", "service", "notifications" or "autorisaties".
    what: str
    name: str
    details: str

    def __str__(self) -> str:
        line = f"{_SIGNS[self.kind]} {self.what:<14} {self.name}"
        if not self.details:
            return line
        return f"{line} {self.details}" if self.details[0] == "(" else f"{line}: {self.details}"


@dataclass(frozen=True)
class Statement:
    """SQL with the values that are bound to it (secrets among them are encrypted)."""

    sql: str
    values: tuple[object, ...] = field(repr=False)


@dataclass
class Plan:
    """The changes, and the statements that make them, in this order."""

    changes: list[Change] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)

    def change(self, kind: Kind, what: str, name: str, details: str = "") -> None:
        """Add a change."""
        self.changes.append(Change(kind, what, name, details))

    def do(self, sql: str, *values: object) -> None:
        """Add a statement."""
        self.statements.append(Statement(sql, values))


def added_and_removed(before: Iterable[str], after: Iterable[str]) -> str:
    """Return how two sets differ: ``+ new, - gone``; empty if they do not."""
    old, new = set(before), set(after)
    return ", ".join(
        [f"+ {item}" for item in sorted(new - old)] + [f"- {item}" for item in sorted(old - new)]
    )
