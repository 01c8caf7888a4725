"""A test that measures time has no other one beside it."""

import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.quiet import Turns


@pytest.fixture
def turns() -> Iterator[list[Turns]]:
    """Return the turns of three processes of one run."""
    run = uuid4().hex
    turns = [Turns(run) for _ in range(3)]
    yield turns
    for one in turns:
        one.close()


class Visitor(threading.Thread):
    """Somebody who takes a turn, and keeps it until told to leave."""

    def __init__(self, turns: Turns, *, quiet: bool) -> None:
        super().__init__(daemon=True)
        self._turns = turns
        self._quiet = quiet
        self.inside = threading.Event()
        self.leave = threading.Event()
        self.start()

    def run(self) -> None:
        with self._turns.turn(quiet=self._quiet):
            self.inside.set()
            self.leave.wait(10)

    def end(self) -> None:
        self.leave.set()
        self.join(10)


def test_others_run_beside_each_other(turns: list[Turns]) -> None:
    visitors = [Visitor(one, quiet=False) for one in turns]
    assert all(one.inside.wait(5) for one in visitors)
    for one in visitors:
        one.end()


def test_who_wants_quiet_waits_for_those_inside_and_those_after_wait_for_it(
    turns: list[Turns],
) -> None:
    before = Visitor(turns[0], quiet=False)
    assert before.inside.wait(5)
    quiet = Visitor(turns[1], quiet=True)
    assert not quiet.inside.wait(0.2)
    after = Visitor(turns[2], quiet=False)
    before.end()
    assert quiet.inside.wait(5)
    assert not after.inside.wait(0.2)
    quiet.end()
    assert after.inside.wait(5)
    after.end()
