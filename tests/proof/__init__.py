"""The proof: how much of it runs, and what it found.

A test of the proof carries the mark `proof`. `make test` runs a short version of it with all other
tests; `make prove` runs nothing but the proof, at full length, and writes a report to docs/proof.
"""

import json
import os
from pathlib import Path
from typing import Final

LENGTH: Final = "PROOF_LENGTH"
FIGURES: Final = "PROOF_FIGURES"

LONG: Final = os.environ.get(LENGTH) == "long"


def amount(*, short: int, long: int) -> int:
    """Return how often to repeat something: `short` in every run, `long` for the report."""
    return long if LONG else short


def record(subject: str, **figures: float | str) -> None:
    """Keep figures for the report, if one is being made.

    Args:
        subject: what was put to the test, as a heading of the report.
        figures: what was done and found, by name; underscores are shown as spaces.
    """
    if FIGURES in os.environ:
        with Path(os.environ[FIGURES]).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"subject": subject, "figures": figures}) + "\n")
