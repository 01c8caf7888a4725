"""Figures: percentiles, medians and how they are written."""

from collections.abc import Sequence
from math import ceil
from statistics import median
from typing import Final

__all__ = ["length", "median", "percentile", "seconds", "table"]

_MICROSECONDS: Final = 1e6
_MILLI: Final = 1e-3
_TEN: Final = 10


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of `values` that at least `share` of them (0 to 1) do not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def seconds(value: float) -> str:
    """Write a number of seconds with a fitting unit: µs, ms or s."""
    if value < _MILLI:
        return f"{value * _MICROSECONDS:.0f} µs"
    if value < 1:
        number = value / _MILLI
        return f"{number:.2f} ms" if number < _TEN else f"{number:.1f} ms"
    return f"{value:.2f} s"


def length(count: int) -> str:
    """Write a number of rows: 10,000,000."""
    return f"{count:,}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are figures."""
    lines = [
        f"| {' | '.join(head)} |",
        f"|---|{'---:|' * (len(head) - 1)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(lines)
