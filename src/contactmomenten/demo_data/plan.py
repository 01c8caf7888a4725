"""What is asked for: how many contactmomenten, of which seed, until when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

PART: Final = 10_000

# Of every ten contactmomenten six have a medewerkerIdentificatie; the others a URL.
_IDENTIFIED: Final = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that determines the rows: two loads with the same plan make the same rows.

    Attributes:
        count: how many contactmomenten.
        seed: what everything random follows from.
        until: the first day after the five years.
        root: of the URLs in relations and trail, such as ``https://example.nl/api/v1``.
        after: the highest number of a contactmoment that is there already; what comes after it
            gets other uuids than what came before.
        identified: the highest number of an identification that is there already.
        trail: whether the audit trail is made too.
    """

    count: int
    seed: int
    until: date
    root: str
    after: int = 0
    identified: int = 0
    trail: bool = True

    @property
    def identifications(self) -> int:
        """Return how many contactmomenten have a medewerkerIdentificatie."""
        return sum(identified(size) for _, size in self.parts())

    def parts(self) -> Iterator[tuple[int, int]]:
        """Return first number (from 0) and size of each part that is made on its own."""
        for first in range(0, self.count, PART):
            yield first, min(PART, self.count - first)


def identified(size: int) -> int:
    """Return how many contactmomenten of a part have a medewerkerIdentificatie."""
    return round(size * _IDENTIFIED)
