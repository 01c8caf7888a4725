"""RSIN: nine digits that pass the eleven-test (behaviour 4.1.1)."""

from dataclasses import dataclass
from functools import lru_cache

from contactmomenten.fields.base import Faults
from contactmomenten.fields.text import Text

_LENGTH = 9
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_DIGITS = frozenset("0123456789")


def rsin_fault(text: str) -> tuple[str, str] | None:
    """Return code and reason of the first rule that `text` breaks, or None."""
    if not _DIGITS.issuperset(text):
        return "only-digits", "Waarde moet numeriek zijn."
    if len(text) != _LENGTH:
        return "invalid-length", f"RSIN moet {_LENGTH} tekens lang zijn."
    if not _passes_eleven_test(text):
        return "invalid", "Onjuist RSIN nummer."
    return None


# An organisation registers all its contactmomenten under the same few numbers.
@lru_cache(maxsize=1000)
def _passes_eleven_test(text: str) -> bool:
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=True))
    return total % 11 == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Rsin(Text):
    """A text that must be an RSIN."""

    max_length: int | None = _LENGTH
    blank: bool = False

    def check(self, text: str, name: str, faults: Faults) -> None:
        """Report the first broken RSIN rule, then the length and NUL."""
        fault = rsin_fault(text)
        if fault:
            faults.add(name, *fault)
        self.check_length(text, name, faults)
