"""A pytest plugin that keeps how each test ended, next to the figures."""

import json
import os
from pathlib import Path

import pytest

from tests.proof import FIGURES


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the end of a test, and a failure around it."""
    if report.when == "call" or report.outcome != "passed":
        line = {"test": report.nodeid, "outcome": report.outcome, "seconds": report.duration}
        with Path(os.environ[FIGURES]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
