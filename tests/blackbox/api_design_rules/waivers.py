"""The waivers: where the API deviates from a rule, and why it may."""

from pathlib import Path
from typing import Final

import msgspec
import yaml

FILE: Final = Path(__file__).with_name("waivers.yaml")


class Waiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reason for some deviations.

    Attributes:
        rule: as the rules name it.
        deviates: what deviates, as the check of the rule tells it.
        reason: why.
        where: what decides it: a part of the standard, a document, a setting.
    """

    rule: str
    deviates: tuple[str, ...]
    reason: str
    where: str


def waivers() -> tuple[Waiver, ...]:
    """Return all waivers, in the order of the file."""
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return msgspec.convert(read, tuple[Waiver, ...])
