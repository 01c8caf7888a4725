"""Run the proof at full length and write its report: ``python -m tests.proof [pytest options]``."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.machine import describe
from contactmomenten.database.embedded.binaries import installed
from tests.proof import FIGURES, LENGTH
from tests.proof.report import markdown

FOLDER: Final = Path(__file__).parents[2] / "docs/proof"

# No single test of it takes longer, in seconds.
_LIMIT: Final = 4 * 3600


def main(options: Sequence[str]) -> int:
    """Run all tests with the mark `proof` and write the report; return pytest's exit code."""
    about = describe(installed().major())
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder, "figures.jsonl")
        figures.touch()
        command = [sys.executable, "-m", "pytest", "-p", "tests.proof.outcomes", "-m", "proof"]
        code = subprocess.run(
            [*command, f"--timeout={_LIMIT}", *options],
            env={**os.environ, LENGTH: "long", FIGURES: str(figures)},
            check=False,
        ).returncode
        report = markdown(about, options, figures.read_text("utf-8").splitlines())
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{datetime.now(UTC):%Y-%m-%d-%H%M}.md"
    path.write_text(report, encoding="utf-8")
    print(f"Report: {path}")  # noqa: T201 (what the command is for)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
