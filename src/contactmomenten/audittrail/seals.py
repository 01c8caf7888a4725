"""A seal: where each trail ended at some moment, in a file that is kept somewhere else.

Whoever owns the tables can compute a whole chain anew; then it is right in itself, but not the one
that was sealed. A line of the file: the number and the uuid of a contactmoment, how many lines its
trail had, and the hash of the last one.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Self
from uuid import UUID


class SealError(Exception):
    """The file is not a seal."""


class Sealed(NamedTuple):
    """Where the trail of one contactmoment ended."""

    number: int
    contactmoment: UUID
    lines: int
    hash: bytes

    def __str__(self) -> str:
        """Return the line of the file."""
        return f"{self.number} {self.contactmoment} {self.lines} {self.hash.hex()}\n"

    @classmethod
    def read(cls, line: str) -> Self:
        """Read a line of the file.

        Raises:
            SealError: it is something else.
        """
        try:
            number, contactmoment, lines, digest = line.split()
            return cls(int(number), UUID(contactmoment), int(lines), bytes.fromhex(digest))
        except ValueError:
            message = f"This is not a line of a seal: {line.rstrip()[:80]!r}."
            raise SealError(message) from None


class Earlier:
    """An earlier seal, read along with the contactmomenten: both are in the order of creation."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read `lines`, as far as needed."""
        self._sealed: Iterator[Sealed] = map(Sealed.read, lines)
        self._next = next(self._sealed, None)
        self._passed = 0

    def faults(self, number: int, contactmoment: UUID, hashes: Sequence[bytes | None]) -> list[str]:
        """Return what is wrong with the trail of a contactmoment, compared with the seal."""
        while self._next is not None and self._next.number < number:
            self._passed += 1
            self._next = next(self._sealed, None)
        sealed = self._next
        if sealed is None or sealed.contactmoment != contactmoment:
            return []
        self._next = next(self._sealed, None)
        if sealed.lines <= len(hashes) and hashes[sealed.lines - 1] == sealed.hash:
            return []
        return [f"the first {sealed.lines} lines are not those that were sealed"]

    def rest(self) -> int:
        """Return how many sealed contactmomenten were not met: they were deleted since."""
        return self._passed + (self._next is not None) + sum(1 for _ in self._sealed)
