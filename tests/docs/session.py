"""A shell in which a page is followed: its commands one by one, its servers beside it."""

import contextlib
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

LIMIT: Final = 60.0  # seconds that a command, or the start of a server, may take

# Commands that go on until they are stopped, and what they say once they are there.
_SERVING: Final = {
    re.compile(r"^(\S*/)?contactmomenten serve\b"): "Contactmomenten API at",
    re.compile(r"^make serve\b"): "Contactmomenten API at",
    re.compile(r"^make play\b"): "Ctrl-C ends it",
}
# What `make play` asks its reader to copy: the paragraph after it says so.
_COPIED: Final = re.compile(r"^Copy these lines first.*\n\n(?P<lines>(?:.+\n)+)", re.MULTILINE)
_END: Final = "the end of the command, with status"


class Session:
    """One shell on `folder`; what one command sets, the next one has."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._shell = subprocess.Popen(
            ["/bin/bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._server: int | None = None
        self._said = folder / "server.log"
        self._tell("set -m")  # so that a server has a process group, which Ctrl-C ends

    def run(self, command: str) -> tuple[int, str]:
        """Run a command; return its exit code and all it said."""
        ready = next((said for start, said in _SERVING.items() if start.match(command)), None)
        script = self._folder / ".command"
        script.write_text(command + "\n")
        if ready is not None:
            return self._serve(script, ready)
        self._tell(f". {script} </dev/null; printf '\\n%s %s\\n' '{_END}' $?")
        return self._answer()

    def stop(self) -> None:
        """End the server as Ctrl-C does, and wait for it."""
        if self._server is not None:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself
                os.killpg(self._server, signal.SIGINT)
            self._tell(f"wait {self._server}; printf '\\n%s %s\\n' '{_END}' $?")
            self._answer()
            self._server = None

    def close(self) -> None:
        """End everything."""
        try:
            self.stop()
        finally:
            self._shell.kill()
            self._shell.communicate()

    def _serve(self, script: Path, ready: str) -> tuple[int, str]:
        """Start a server; a reader copies what `make play` says is to be copied."""
        self.stop()
        self._said.write_text("")  # nothing of the server before counts
        self._tell(f"(. {script}) </dev/null >{self._said} 2>&1 & printf '\\n%s %s\\n' '{_END}' $!")
        self._server, _ = self._answer()
        deadline = time.monotonic() + LIMIT
        while ready not in (said := self._said.read_text("utf-8")):
            assert time.monotonic() < deadline, f"it was not ready in time:\n{said}"
            assert Path(f"/proc/{self._server}").exists(), f"it ended:\n{said}"
            time.sleep(0.05)
        if copied := _COPIED.search(said):
            self._tell(copied["lines"])
        return 0, said

    def _tell(self, text: str) -> None:
        assert self._shell.stdin is not None
        self._shell.stdin.write(text.encode() + b"\n")
        self._shell.stdin.flush()

    def _answer(self) -> tuple[int, str]:
        """Read up to the line that ends a command; return the number in it and what was before."""
        assert self._shell.stdout is not None
        said = b""
        deadline = time.monotonic() + LIMIT
        with selectors.DefaultSelector() as selector:
            selector.register(self._shell.stdout, selectors.EVENT_READ)
            while (end := re.search(rb"\n%s (\d+)\n$" % _END.encode(), said)) is None:
                left = deadline - time.monotonic()
                assert left > 0, f"no end in {LIMIT} s: {said.decode()}"
                if selector.select(left):
                    part = os.read(self._shell.stdout.fileno(), 65536)
                    assert part, f"the shell ended: {said.decode()}"
                    said += part
        return int(end[1]), said[: end.start()].decode()


def serves(command: str) -> bool:
    """Tell whether a command goes on until it is stopped."""
    return any(start.match(command) for start in _SERVING)


def matches(answer: Sequence[str], said: str, *, among_others: bool) -> bool:
    """Tell whether a program said what a page shows.

    `…` stands for any text within a line, and alone on a line for any lines.

    Args:
        answer: the lines that the page shows.
        said: what the program said.
        among_others: whether other lines may stand between them.
    """
    if among_others:
        rest = iter(said.splitlines())
        return all(any(_line(line).fullmatch(one) for one in rest) for line in answer)
    parts = [r"(?:.*\n)*" if line == "…" else _line(line).pattern + r"\n" for line in answer]
    return re.fullmatch("".join(parts), said.strip("\n") + "\n") is not None


def _line(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, line.split("…"))))
