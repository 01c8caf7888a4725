"""Pictures of time against rows: one file per group of lists, one small chart per list."""

from collections.abc import Sequence
from itertools import groupby
from math import ceil, floor, log10
from operator import attrgetter
from pathlib import Path
from typing import Final

from benchmarks.figures import seconds
from benchmarks.flat import Line
from benchmarks.questions import DEEP, FIRST, LAST, MIDDLE

# Of a chart, in pixels.
_WIDTH: Final = 210
_HEIGHT: Final = 120
_MARGIN: Final = 42
_TITLE: Final = 22
_COLUMNS: Final = 4
_LEGEND: Final = 26

# Told apart also without colours, by their dashes.
_STYLES: Final = {
    FIRST: ("#0b6e99", ""),
    MIDDLE: ("#8a6d00", "1 3"),
    DEEP: ("#b3440d", "6 3"),
    LAST: ("#5b3a8c", "3 2"),
}
_STYLE: Final = (
    "text{font:10px sans-serif;fill:#222}.t{font-weight:bold}.g{stroke:#ddd;fill:none}"
    ".l{fill:none;stroke-width:1.8}"
)
_POINTS_OF_TEN: Final = ("", "10", "100", "1k", "10k", "100k", "1M", "10M", "100M")


def write(lines: Sequence[Line], folder: Path) -> list[Path]:
    """Write the pictures; return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for group, found in groupby(lines, key=attrgetter("group")):
        path = folder / f"{group}.svg"
        path.write_text(picture(group, list(found)), encoding="utf-8")
        written.append(path)
    return written


def picture(title: str, lines: Sequence[Line]) -> str:
    """Return a picture of some lists, as SVG."""
    charts = [list(found) for _, found in groupby(lines, key=attrgetter("name"))]
    columns = min(_COLUMNS, len(charts))
    cell = (_WIDTH + _MARGIN + 10, _HEIGHT + _TITLE + 24)
    width = max(columns * cell[0], 460)
    height = _LEGEND + ceil(len(charts) / columns) * cell[1]
    axes = _Axes(lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">',
        f"<title>{title}: time of a page against contactmomenten in the database</title>",
        f'<style>{_STYLE}</style><rect width="{width}" height="{height}" fill="#fff"/>',
        _legend([position for position in _STYLES if _has(lines, position)]),
    ]
    for number, chart in enumerate(charts):
        x = number % columns * cell[0] + _MARGIN
        y = number // columns * cell[1] + _LEGEND + _TITLE
        parts.append(f'<g transform="translate({x} {y})">{axes.chart(chart)}</g>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _has(lines: Sequence[Line], position: str) -> bool:
    return any(line.position == position for line in lines)


def _legend(positions: Sequence[str]) -> str:
    parts = []
    for number, position in enumerate(positions):
        colour, dashes = _STYLES[position]
        x = _MARGIN + number * 110
        parts.append(
            f'<path class="l" d="M{x} 13h24" stroke="{colour}" stroke-dasharray="{dashes}"/>'
            f'<text x="{x + 30}" y="16">{position}</text>'
        )
    return "".join(parts)


class _Axes:
    """The axes that all charts of a picture share; both are logarithmic."""

    def __init__(self, lines: Sequence[Line]) -> None:
        points = [point for line in lines for point in line.points]
        self._x = [log10(point.size) for point in points]
        times = [log10(point.median) for point in points]
        self._low, self._high = floor(min(times)), max(ceil(max(times)), floor(min(times)) + 1)

    def _across(self, size: int) -> float:
        low, high = min(self._x), max(self._x)
        return _WIDTH * (log10(size) - low) / ((high - low) or 1)

    def _down(self, time: float) -> float:
        return _HEIGHT * (self._high - log10(time)) / (self._high - self._low)

    def chart(self, lines: Sequence[Line]) -> str:
        """Return the chart of one list."""
        parts = [f'<text class="t" y="-8">{lines[0].name}</text>', self._grid()]
        for line in lines:
            colour, dashes = _STYLES[line.position]
            path = "L".join(
                f"{self._across(point.size):.1f} {self._down(point.median):.1f}"
                for point in line.points
            )
            parts.append(
                f'<path class="l" d="M{path}" stroke="{colour}" stroke-dasharray="{dashes}"/>'
            )
        return "".join(parts)

    def _grid(self) -> str:
        parts = [f'<rect class="g" width="{_WIDTH}" height="{_HEIGHT}"/>']
        for power in range(self._low, self._high + 1):
            y = self._down(10.0**power)
            label = seconds(10.0**power).replace(".00", "").replace(".0", "")
            parts.append(f'<path class="g" d="M0 {y:.1f}h{_WIDTH}"/>')
            parts.append(f'<text x="-4" y="{y + 3:.1f}" text-anchor="end">{label}</text>')
        for power in range(ceil(min(self._x)), floor(max(self._x)) + 1):
            x = self._across(10**power)
            parts.append(f'<path class="g" d="M{x:.1f} 0v{_HEIGHT}"/>')
            label = _POINTS_OF_TEN[power]
            y = _HEIGHT + 13
            parts.append(f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{label}</text>')
        return "".join(parts)
