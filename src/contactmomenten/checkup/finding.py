"""One thing that was found."""

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad it is."""

    GOOD = 0
    UNWISE = 1
    WRONG = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and what to do about it.

    Attributes:
        level: how bad it is.
        subject: the setting, or the part of the installation.
        text: one or two sentences; never a secret.
    """

    level: Level
    subject: str
    text: str


def good(subject: str, text: str) -> Finding:
    """Return what is as it should be."""
    return Finding(Level.GOOD, subject, text)


def unwise(subject: str, text: str) -> Finding:
    """Return what works, but should not stay as it is in production."""
    return Finding(Level.UNWISE, subject, text)


def wrong(subject: str, text: str) -> Finding:
    """Return what does not work."""
    return Finding(Level.WRONG, subject, text)
