"""The report of a measurement of growth, as Markdown."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from benchmarks.figures import length, seconds, table
from benchmarks.flat import MOST, Line, Point, Report

_MICROSECONDS: Final = 1e6

_EXPLANATION: Final = f"""\
Requests one after the other on one connection; median and 90th percentile of all rounds, and the
processor time per request of application + database. Growth is the time in the largest database
against that in the smallest one, of rounds that were taken one after the other, and of that the
median. Promised: at most {MOST}. A page with fewer rows is faster for that reason alone: growth is
then seen from the smallest database whose page has about as many. Where there is none it stands in
parentheses, without a promise; unless the largest database has the longer page and keeps the
promise all the same. The ends of periods are chosen (within a hundred rows) so that the last page
has about fifty rows in each database; a list with fewer than that in the smallest one is left as it
is.

"page 900" is page 900 where the list has so many; in a shorter one it is the page at nine tenths,
which is where page 900 is in a list of a hundred thousand rows. Each count was compared with a
`SELECT count(*)`."""


def markdown(report: Report) -> str:
    """Return the report."""
    parts = [
        "# Time against size",
        "\n".join(f"* {name}: {value}" for name, value in report.about.items()),
        "\n".join(f"* {name}: {value}" for name, value in report.options.items()),
        _EXPLANATION,
    ]
    for group, lines in groupby(report.lines, key=attrgetter("group")):
        parts += [f"## {group}", _table(list(lines))]
    return "\n\n".join(parts) + "\n"


def verdicts(lines: Sequence[Line]) -> list[str]:
    """Return how many promises are kept, and one line for each that is not."""
    comparable = [line for line in lines if line.growth is not None]
    missed = [line for line in comparable if line.is_missed]
    kept = f"{len(comparable) - len(missed)} of {len(comparable)} pages of lists"
    return [
        f"{kept} grow at most x {MOST}; {len(lines) - len(comparable)} cannot be compared.",
        *(
            f"MISSED  {line.group}: {line.name}, {line.position}: x {line.growth:.2f}"
            for line in missed
        ),
    ]


def _table(lines: Sequence[Line]) -> str:
    head = ["list", "page"]
    for point in lines[0].points:
        head += [f"{length(point.size)}: median", "p90", "processor, µs", "rows, page"]
    rows = []
    for line in lines:
        growth = f"({line.growth_at_all:.2f})" if line.growth is None else f"{line.growth:.2f}"
        cells = [cell for point in line.points for cell in _cells(point)]
        marked = f"**{growth}**" if line.is_missed else growth
        rows.append([line.name, line.position, *cells, marked])
    return table([*head, "growth"], rows)


def _cells(point: Point) -> list[str]:
    processor = f"{point.application * _MICROSECONDS:,.0f} + {point.database * _MICROSECONDS:,.0f}"
    place = f"{length(point.rows)} of {length(point.count)}, {length(point.page)}"
    return [seconds(point.median), seconds(point.p90), processor, place]
