"""The report of the proof, as Markdown."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.figures import table


def markdown(about: Mapping[str, str], options: Sequence[str], lines: Iterable[str]) -> str:
    """Return the report.

    Args:
        about: machine, commit and versions, by name.
        options: what pytest was asked besides.
        lines: what `tests.proof.record` and `tests.proof.outcomes` have written.
    """
    found: list[dict[str, Any]] = [json.loads(line) for line in lines]
    tests = [line for line in found if "test" in line]
    ends = Counter(str(line["outcome"]) for line in tests)
    summary = ", ".join(f"{number} {end}" for end, number in sorted(ends.items()))
    parts = [
        "# Proof",
        "\n".join(f"* {name}: {value}" for name, value in about.items()),
        f"Command: `{_command(options)}`. Tests: {summary or 'none'}.",
    ]
    for line in found:
        if "subject" in line:
            parts += [f"## {line['subject']}", _figures(line["figures"])]
    rows = [[f"`{one['test']}`", one["outcome"], f"{one['seconds']:.0f} s"] for one in tests]
    parts += ["## Every test", table(["test", "outcome", "time"], rows)]
    return "\n\n".join(parts) + "\n"


def _figures(figures: Mapping[str, float | str]) -> str:
    return table(["what", "figure"], [[_name(name), _shown(it)] for name, it in figures.items()])


def _name(name: str) -> str:
    return name.replace("_", " ")


def _shown(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3g}"


def _command(options: Sequence[str]) -> str:
    return f'make prove ARGS="{" ".join(options)}"' if options else "make prove"
