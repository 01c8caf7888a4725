from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import flat, flat_report, plots, results, throughput, throughput_report
from benchmarks.processes import Memory, Usage
from benchmarks.questions import DEEP, FIRST, LAST, MIDDLE, page_at


def one_round(server: str, processor: float) -> throughput.Round:
    return throughput.Round(
        server=server,
        requests=1000,
        seconds=2,
        p50=0.001,
        p99=0.004,
        application=processor / 2,
        database=processor / 2,
    )


def result(most: float | None, *pairs: tuple[float, float]) -> throughput.Result:
    rounds = []
    for mine, floor in pairs:
        rounds += [one_round("ours", mine), one_round("floor", floor)]
    return throughput.Result("create", most, rounds)


def point(size: int, median: float, rows: int = 100) -> flat.Point:
    return flat.Point(
        size=size,
        count=size,
        page=1,
        rows=rows,
        requests=10,
        median=median,
        p90=median,
        medians=[median] * 3,
        application=median / 2,
        database=median / 2,
    )


def line(*points: flat.Point) -> flat.Line:
    return flat.Line(group="filters", name="kanaal", position=FIRST, points=points)


def test_the_ratio_is_that_of_neighbouring_rounds() -> None:
    assert result(1.4, (2, 1), (30, 20), (6, 5)).ratio == pytest.approx(1.5)


def test_without_a_floor_there_is_no_ratio() -> None:
    alone = throughput.Result("delete", None, [one_round("ours", 1)])
    assert alone.ratio is None
    assert not alone.is_missed


def test_rounds_too_short_for_the_clock_give_no_ratio() -> None:
    assert result(1.4, (1, 0)).ratio is None
    assert result(1.4, (1, 0), (3, 2)).ratio == pytest.approx(1.5)


def test_a_promise_is_missed_above_its_ratio() -> None:
    assert result(1.4, (1.5, 1)).is_missed
    assert not result(1.4, (1.4, 1)).is_missed


def test_the_report_of_throughput_shows_ratios_and_rounds() -> None:
    report = throughput.Report(
        {"commit": "abc"},
        {"count": 10},
        [result(1.4, (0.0003, 0.0002))],
        [Memory("python", 2**20, 2 * 2**20)],
        Usage(0.01, 0.002),
        1.5,
        20,
    )
    text = throughput_report.markdown(report)
    assert "* commit: abc" in text
    assert "| create | 150 + 150 | 100 + 100 | 1.50 | ≤ 1.4 | **MISSED** |" in text
    assert "| create | ours | 1,000 | 2.00 | 1.00 ms | 4.00 ms | 150 | 150 |" in text
    assert "1.0% of a core" in text
    assert throughput_report.verdicts(report.results)[0].startswith("MISSED  create: 1.50 x")


def test_growth_is_seen_from_the_smallest_database_with_as_many_rows_on_the_page() -> None:
    found = line(point(100, 0.001, rows=3), point(1000, 0.002), point(10_000, 0.003))
    assert found.growth == pytest.approx(1.5)
    assert found.growth_at_all == pytest.approx(3)
    assert not found.is_missed


def test_pages_that_differ_are_not_compared() -> None:
    found = line(point(100, 0.001, rows=3), point(10_000, 0.009))
    assert found.growth is None
    assert not found.is_missed
    assert "cannot be compared" in flat_report.verdicts([found])[0]


def test_a_longer_page_that_keeps_the_promise_all_the_same_counts() -> None:
    found = line(point(100, 0.001, rows=3), point(10_000, 0.0014))
    assert found.growth == pytest.approx(1.4)
    shorter = line(point(100, 0.001), point(10_000, 0.0014, rows=3))
    assert shorter.growth is None


def test_the_report_of_growth_marks_what_is_missed() -> None:
    report = flat.Report({}, {}, [line(point(10_000, 0.001), point(10_000_000, 0.002))])
    text = flat_report.markdown(report)
    assert "10,000,000: median" in text
    assert text.rstrip().endswith("| **2.00** |")
    assert flat_report.verdicts(report.lines)[1].startswith("MISSED  filters: kanaal, first page")


def test_raw_numbers_are_read_as_they_were_written(tmp_path: Path) -> None:
    report = flat.Report({"a": "b"}, {}, [line(point(10, 0.1), point(100, 0.1))])
    written = results.write("flat", "text", report, tmp_path)
    assert written.read_text() == "text"
    again = results.read(written.with_suffix(".json"), flat.Report)
    assert again.lines[0].growth == pytest.approx(1)


def test_a_picture_is_svg(tmp_path: Path) -> None:
    [path] = plots.write([line(point(10_000, 0.001), point(10_000_000, 0.002))], tmp_path)
    root = ET.fromstring(path.read_text())  # noqa: S314 (our own picture)
    assert path.name == "filters.svg"
    assert root.tag.endswith("svg")
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert {"kanaal", "10M", "1 ms"} <= set(texts)


@pytest.mark.parametrize(
    ("position", "count", "page"),
    [
        (FIRST, 1_000_000, 1),
        (MIDDLE, 1_000_000, 5_000),
        (DEEP, 1_000_000, 900),
        (DEEP, 90_000, 900),
        (DEEP, 10_000, 90),
        (DEEP, 50, 1),
        (LAST, 1_000_001, 10_001),
        (LAST, 0, 1),
    ],
)
def test_a_position_is_a_page(position: str, count: int, page: int) -> None:
    assert page_at(position, count) == page
