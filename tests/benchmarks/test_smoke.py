"""The benchmarks on the real program, with so little data that nothing of it is a figure."""

from pathlib import Path

import pytest

from benchmarks import flat, flat_report, throughput, throughput_report


@pytest.fixture(autouse=True)
def settings_for_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", "/nergens/database")
    monkeypatch.setenv("SUBPATH", "/elders")


def test_throughput_is_measured(short_folder: Path) -> None:
    options = throughput.Options(
        folder=short_folder / "data",
        count=300,
        seed=1,
        reuse=False,
        workers=1,
        connections=4,
        rounds=1,
        single_rounds=1,
        seconds=0.05,
        idle_seconds=0.1,
    )
    said: list[str] = []
    report = throughput.run(options, said.append)
    names = [result.name for result in report.results]
    assert {"read by uuid", "list, first page", "create", "PATCH", "delete"} <= set(names)
    assert all(result.rounds for result in report.results)
    assert sum(bool(result.on("floor")) for result in report.results) == 4
    assert report.memory
    assert "## Against the floor" in throughput_report.markdown(report)


def test_growth_is_measured(short_folder: Path) -> None:
    options = flat.Options(
        folder=short_folder,
        sizes=[200],
        seed=1,
        trail=False,
        workers=1,
        rounds=1,
        seconds=0.02,
        only=["kanaal", "registratiedatum__gt", "klantcontactmomenten", "object"],
    )
    report = flat.run(options, lambda _: None)
    assert {line.group for line in report.lines} == {
        "pages",
        "filters",
        "periods",
        "combinations",
        "orderings",
        "relations",
    }
    assert "| klantcontactmomenten | last page |" in flat_report.markdown(report)
