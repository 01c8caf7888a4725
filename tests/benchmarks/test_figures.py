import pytest

from benchmarks.figures import length, percentile, seconds, table


@pytest.mark.parametrize(
    ("share", "found"), [(0, 1), (0.1, 1), (0.11, 2), (0.5, 5), (0.9, 9), (0.99, 10), (1, 10)]
)
def test_a_percentile_is_one_of_the_values(share: float, found: float) -> None:
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], share) == found


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.000_25, "250 µs"), (0.0012, "1.20 ms"), (0.0123, "12.3 ms"), (2.5, "2.50 s")],
)
def test_a_time_is_written_with_a_fitting_unit(value: float, text: str) -> None:
    assert seconds(value) == text


def test_a_number_of_rows_is_written_with_separators() -> None:
    assert length(10_000_000) == "10,000,000"


def test_a_table_has_its_figures_on_the_right() -> None:
    assert table(["list", "time"], [["a", "1"], ["b", "2"]]) == (
        "| list | time |\n|---|---:|\n| a | 1 |\n| b | 2 |"
    )
