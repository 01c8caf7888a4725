"""Whether the program is still well: it lives, it serves, and its log tells of no failure."""

import os
import re
from typing import Final

from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program, descendants

# What only a fault of ours writes. A problem that was answered is logged too, as it should.
_FAILURE: Final = re.compile(
    rb"request_failed|Traceback|Exception|panicked|exited unexpectedly|respawn|[Ff]atal|MemoryError"
)


class Watch:
    """Looks at one program, each time at what its log got since the last time."""

    def __init__(self, program: Program, api: Api) -> None:
        self._program = program
        self._api = api
        self._seen = os.stat(program.log).st_size  # noqa: PTH116 (only its size)
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

    def _processes(self) -> set[int]:
        database = {
            pid for master in self._program.postmasters() for pid in (master, *descendants(master))
        }
        return set(descendants(self._program.pid)) - database
