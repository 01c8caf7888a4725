import os

import pytest

from benchmarks.processes import (
    Moment,
    Stat,
    all_stats,
    family,
    memory,
    parse_rollup,
    parse_stat,
    used,
)

TICK = 1 / os.sysconf("SC_CLK_TCK")
STAT = "42 (a (b) c) S 7 42 42 0 -1 4194560 100 200 0 0 11 22 33 44 20 0 1 0 500 1000 10 x"


def test_the_figures_come_after_a_name_with_parentheses() -> None:
    assert parse_stat(STAT) == Stat(parent=7, own=33, gone=77)


def test_this_process_is_among_all() -> None:
    assert all_stats()[os.getpid()].parent == os.getppid()


def test_a_family_stops_at_what_is_left_out() -> None:
    parents = {1: 0, 2: 1, 3: 2, 4: 1, 5: 4, 6: 0}
    stats = {pid: Stat(parent, 0, 0) for pid, parent in parents.items()}
    assert family(1, stats, without=4) == {1, 2, 3}
    assert family(4, stats) == {4, 5}


def test_used_is_what_came_in_between() -> None:
    before = Moment({1: 100, 2: 50}, {10: 30}, 5)
    after = Moment({1: 110, 2: 55, 3: 2}, {10: 37, 11: 4}, 6)
    usage = used(before, after)
    assert usage.application == pytest.approx(17 * TICK)
    assert usage.database == pytest.approx(12 * TICK)


def test_of_a_process_that_ended_only_what_it_used_in_between_counts() -> None:
    before = Moment({}, {10: 30}, 5)
    after = Moment({}, {}, 5 + 30 + 3)
    assert used(before, after).database == pytest.approx(3 * TICK)


def test_what_worked_for_others_does_not_count() -> None:
    before = Moment({}, {10: 30, 11: 0}, 5)
    after = Moment({}, {10: 99, 11: 2}, 5)
    assert used(before, after, [10]).database == pytest.approx(2 * TICK)


def test_the_usage_per_request_is_a_part_of_it() -> None:
    usage = used(Moment({1: 0}, {}, 0), Moment({1: 10}, {}, 0)).per(10)
    assert usage.total == pytest.approx(TICK)


def test_memory_is_read_in_bytes() -> None:
    text = "55d0-7ffd ---p 00000000 00:00 0 [rollup]\nRss:      2048 kB\nPss:      1024 kB\n"
    assert parse_rollup(text) == (1024 * 1024, 2048 * 1024)


def test_this_process_has_memory() -> None:
    own = memory(os.getpid(), without=-1)[0]
    assert 0 < own.pss <= own.rss
