"""Whether the program is still well: it lives, it serves, and its log tells of no failure."""

import re
from pathlib import Path
from typing import Final

from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program

# What only a fault of ours writes. A problem that was answered is logged too, as it should.
_FAILURE: Final = re.compile(
    rb"uncaught_exception|Traceback|Exception|panicked|exited unexpectedly|respawn|[Ff]atal|"
    rb"MemoryError"
)


class Watch:
    """Looks at one program, each time at what its log got since the last time."""

    def __init__(self, program: Program, api: Api) -> None:
        self._program = program
        self._api = api
        self._seen = program.log.stat().st_size
        self._workers = self._processes()

    def look(self) -> None:
        """Expect that all is well.

        Raises:
            AssertionError: it is not; the text has the first lines of the log that tell of it.
        """
        assert self._program.running
        with self._program.log.open("rb") as log:
            log.seek(self._seen)
            text = log.read()
        found = [line for line in text.splitlines() if _FAILURE.search(line)]
        assert not found, b"\n".join(found[:5]).decode(errors="replace")
        self._seen += len(text)
        assert self._processes() == self._workers, "a worker was replaced"
        moment = self._api.moment()
        assert self._api.read(moment["url"]) == moment

    def _processes(self) -> set[str]:
        """Return the processes that the program itself has started: its workers and helpers."""
        pid = self._program.pid
        return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
