"""Text fields."""

from dataclasses import dataclass
from typing import Any, ClassVar

from contactmomenten.fields.base import (
    EMPTY,
    NUL_REFUSED,
    SURROGATE_REFUSED,
    Faults,
    Field,
)

NOT_A_STRING = "Not a valid string."


def too_long(limit: int) -> str:
    """Return the reason of ``max_length``."""
    return f"Zorg ervoor dat dit veld niet meer dan {limit} karakters bevat."


def has_surrogate(text: str) -> bool:
    """Tell whether `text` has a lone surrogate, which UTF-8 cannot express."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def as_text(value: object) -> str | None:
    """Return `value` as trimmed text; numbers become text, other types give None."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Text(Field):
    """Trimmed text of at most `max_length` characters; numbers are turned into text."""

    max_length: int | None = None
    blank: bool = True

    oas_type: ClassVar[dict[str, object]] = {"type": "string"}
    not_text: ClassVar[str] = NOT_A_STRING

    def read(self, value: object, name: str, faults: Faults) -> str | None:
        """Return the trimmed text."""
        text = as_text(value)
        if text is None:
            faults.add(name, "invalid", self.not_text)
            return None
        if not text.isascii() and has_surrogate(text):
            faults.add(name, "invalid", SURROGATE_REFUSED)
            return None
        if not text:
            if not self.blank:
                faults.add(name, "blank", EMPTY)
            return text
        self.check(text, name, faults)
        return text

    def check(self, text: str, name: str, faults: Faults) -> None:
        """Run every check on a text that is not empty; each may note a fault."""
        self.check_length(text, name, faults)

    def check_length(self, text: str, name: str, faults: Faults) -> None:
        """Check the length and the absence of NUL."""
        if self.max_length is not None and len(text) > self.max_length:
            faults.add(name, "max_length", too_long(self.max_length))
        if "\x00" in text:
            faults.add(name, "null_characters_not_allowed", NUL_REFUSED)

    def limits(self) -> dict[str, Any]:
        """Return the lengths."""
        limits: dict[str, Any] = {}
        if self.max_length is not None:
            limits["maxLength"] = self.max_length
        if not self.blank:
            limits["minLength"] = 1
        return limits
