"""Tests that measure time have the machine to themselves, when others run beside them.

`make test` runs as many tests at once as there are processors. What is marked ``quiet`` waits until
the others have ended, and holds up those that come after; a test that is run alone waits for none.
"""

import fcntl
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest


class Turns:
    """Whose turn it is, among the processes of one run; by locks on two files."""

    def __init__(self, run: str) -> None:
        """Take the files of this run."""
        folder = Path(tempfile.gettempdir())
        self._paths = [folder / f"cm-test-{run}.{name}" for name in ("door", "room")]
        self._door, self._room = (path.open("ab") for path in self._paths)

    def close(self) -> None:
        """Remove the files; who has them open goes on with them."""
        for path, file in zip(self._paths, (self._door, self._room), strict=True):
            path.unlink(missing_ok=True)
            file.close()

    @contextmanager
    def turn(self, *, quiet: bool) -> Iterator[None]:
        """Wait for a turn: of all together, or of one alone."""
        # Who waits to be alone keeps the door, so that those who are in leave and none comes in.
        with _locked(self._door, fcntl.LOCK_EX):
            fcntl.flock(self._room, fcntl.LOCK_EX if quiet else fcntl.LOCK_SH)
        try:
            yield
        finally:
            fcntl.flock(self._room, fcntl.LOCK_UN)


@contextmanager
def _locked(file: IO[bytes], kind: int) -> Iterator[None]:
    fcntl.flock(file, kind)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


class Quiet:
    """A plugin of pytest, for a process that runs a part of the tests."""

    def __init__(self, run: str) -> None:
        """Share turns with the other processes of this run."""
        self._turns = Turns(run)

    def pytest_unconfigure(self) -> None:
        """Leave nothing behind."""
        self._turns.close()

    # First, so that waiting is not taken for a part of the test, which may take so long.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Run a test when it is its turn."""
        with self._turns.turn(quiet=item.get_closest_marker("quiet") is not None):
            return (yield)
