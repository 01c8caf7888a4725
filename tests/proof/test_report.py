"""The report of the proof."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import proof
from tests.proof.report import markdown

REPOSITORY = Path(__file__).parents[2]


def test_a_report_has_machine_command_figures_and_every_test() -> None:
    lines = [
        json.dumps({"subject": "Kill -9", "figures": {"rounds": 1000, "writes_lost": 0}}),
        json.dumps({"test": "tests/a.py::test_b", "outcome": "failed", "seconds": 61.4}),
        json.dumps({"test": "tests/a.py::test_c", "outcome": "passed", "seconds": 2.0}),
    ]
    text = markdown({"cpu": "fast"}, ["-k", "kill"], lines)
    assert "* cpu: fast" in text
    assert 'Command: `make prove ARGS="-k kill"`. Tests: 1 failed, 1 passed.' in text
    assert "## Kill -9\n\n| what | figure |\n|---|---:|\n| rounds | 1,000 |" in text
    assert "| writes lost | 0 |" in text
    assert "| `tests/a.py::test_b` | failed | 61 s |" in text


def test_figures_are_kept_only_for_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(proof.FIGURES, raising=False)
    proof.record("Nothing", found=0)
    monkeypatch.setenv(proof.FIGURES, str(tmp_path / "figures"))
    proof.record("Something", found=1)
    (line,) = (tmp_path / "figures").read_text().splitlines()
    assert json.loads(line) == {"subject": "Something", "figures": {"found": 1}}


def test_the_plugin_keeps_how_each_test_ended(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text("def test_a(): pass\ndef test_b(): assert False\n")
    figures = tmp_path / "figures"
    command = [sys.executable, "-m", "pytest", "-p", "tests.proof.outcomes", "--rootdir=."]
    done = subprocess.run(
        [*command, "-q", str(tmp_path / "test_two.py")],
        cwd=REPOSITORY,
        env={**os.environ, proof.FIGURES: str(figures)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    lines = [json.loads(line) for line in figures.read_text().splitlines()]
    ends = [(line["test"].split("::")[-1], line["outcome"]) for line in lines]
    assert ends == [("test_a", "passed"), ("test_b", "failed")]
