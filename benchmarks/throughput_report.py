"""The report of a measurement of throughput, as Markdown."""

from collections.abc import Sequence
from typing import Final

from benchmarks.figures import seconds, table
from benchmarks.throughput import Report, Result, Summary

ROUNDS: Final = "## All rounds"

_MICROSECONDS: Final = 1e6
_MEBIBYTE: Final = 2**20

_EXPLANATION: Final = (
    "Medians of the rounds. Processor time is per request, of all processes of the server and of "
    "all processes of its database that worked for it."
)


def markdown(report: Report) -> str:
    """Return the report."""
    parts = [
        "# Throughput and cost",
        "\n".join(f"* {name}: {value}" for name, value in report.about.items()),
        "\n".join(f"* {name}: {value}" for name, value in report.options.items()),
        _EXPLANATION,
        "## Against the floor",
        _ratios([result for result in report.results if result.on("floor")]),
        "## Each scenario",
        _scenarios(report.results),
        "## At rest",
        _rest(report),
        ROUNDS,
        _rounds(report.results),
    ]
    return "\n\n".join(parts) + "\n"


def verdicts(results: Sequence[Result]) -> list[str]:
    """Return one line per promise: kept or not."""
    return [
        f"{'MISSED' if result.is_missed else 'met   '}  {result.name}: {result.ratio:.2f} x the"
        f" floor's processor time, promised at most {result.most}"
        for result in results
        if result.most is not None and result.ratio is not None
    ]


def _micro(value: float) -> str:
    return f"{value * _MICROSECONDS:,.0f}"


def _ratios(results: Sequence[Result]) -> str:
    head = ["scenario", "ours, µs", "floor, µs", "ratio", "promised", ""]
    rows = []
    for result in results:
        one, other = (Summary.of(result.on(server)) for server in ("ours", "floor"))
        verdict = "" if result.most is None else "**MISSED**" if result.is_missed else "met"
        rows.append(
            [
                result.name,
                f"{_micro(one.application)} + {_micro(one.database)}",
                f"{_micro(other.application)} + {_micro(other.database)}",
                "" if result.ratio is None else f"{result.ratio:.2f}",
                "" if result.most is None else f"≤ {result.most}",
                verdict,
            ]
        )
    return table(head, rows)


def _scenarios(results: Sequence[Result]) -> str:
    head = ["scenario", "server", "requests/s", "p50", "p99", "application, µs", "database, µs"]
    rows = [
        [
            result.name,
            server,
            f"{summary.rate:,.0f}",
            seconds(summary.p50),
            seconds(summary.p99),
            _micro(summary.application),
            _micro(summary.database),
        ]
        for result in results
        for server in ("ours", "floor")
        if (rounds := result.on(server))
        for summary in [Summary.of(rounds)]
    ]
    return table(head, rows)


def _rest(report: Report) -> str:
    idle = report.idle
    of_a_core = f"{idle.application:.1%} of a core for the application, {idle.database:.1%}"
    lines = [
        f"* From the start of the command to the first answer: {report.started_in:.2f} s.",
        f"* Without requests: {of_a_core} for the database.",
        f"* New contactmomenten not in the kept counts, at the end: {report.uncounted:,}.",
    ]
    head = ["process", "PSS, MiB", "RSS, MiB"]
    rows = [
        [f"`{one.command[-60:]}`", f"{one.pss / _MEBIBYTE:.0f}", f"{one.rss / _MEBIBYTE:.0f}"]
        for one in report.memory
    ]
    total = sum(one.pss for one in report.memory) / _MEBIBYTE
    lines.append(f"* Memory of the application after all rounds: {total:.0f} MiB (PSS).")
    return "\n".join(lines) + "\n\n" + table(head, rows)


def _rounds(results: Sequence[Result]) -> str:
    head = ["scenario", "server", "requests", "seconds", "p50", "p99", "app., µs", "db., µs"]
    rows = [
        [
            result.name,
            one.server,
            f"{one.requests:,}",
            f"{one.seconds:.2f}",
            seconds(one.p50),
            seconds(one.p99),
            _micro(one.application),
            _micro(one.database),
        ]
        for result in results
        for one in result.rounds
    ]
    return table(head, rows)
