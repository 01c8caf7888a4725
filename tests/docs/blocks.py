"""The commands that pages tell their readers to type."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[2]

_FENCE: Final = re.compile(r"^ *```(?P<language>\w*)$")
_MARKER: Final = re.compile(r"^ *<!-- (?P<text>.*) -->$")
_HEREDOC: Final = re.compile(r"<<'?(?P<end>\w+)'?$")


@dataclass(frozen=True)
class Command:
    """What is typed at once, and the lines that the page shows as its answer."""

    text: str
    answer: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A block of commands on a page, with the markers in comments before it."""

    page: str
    line: int
    markers: tuple[str, ...]
    commands: tuple[Command, ...]

    def marked(self, kind: str) -> str | None:
        """Return what the marker `kind: …` says, '' for a marker without more; None without it."""
        for marker in self.markers:
            name, _, rest = marker.partition(": ")
            if name == kind:
                return rest
        return None


def pages() -> list[str]:
    """Give every page that a reader may find, by its path in the repository."""
    root = [REPOSITORY / name for name in ("README.md", "README.nl.md", "CONTRIBUTING.md")]
    below = [*(REPOSITORY / "docs").rglob("*.md"), *(REPOSITORY / "examples").rglob("*.md")]
    return [str(path.relative_to(REPOSITORY)) for path in [*root, *sorted(below)]]


def blocks(page: str) -> list[Block]:
    """Return the blocks of commands of a page, in order."""
    return list(_blocks(page, (REPOSITORY / page).read_text("utf-8").splitlines()))


def _blocks(page: str, lines: Sequence[str]) -> Iterator[Block]:
    markers: list[str] = []
    fence: _Fence | None = None
    for number, line in enumerate(lines, 1):
        if fence is not None:
            if line.strip() != "```":
                fence.lines.append(line.removeprefix(" " * fence.indent))
                continue
            if fence.language in {"console", "sh", "bash"}:
                yield Block(page, fence.number, fence.markers, tuple(_commands(fence.lines)))
            fence = None
        elif start := _FENCE.match(line):
            indent = len(line) - len(line.lstrip())
            fence = _Fence(start["language"], number, indent, tuple(markers))
            markers = []
        elif marker := _MARKER.match(line):
            markers.append(marker["text"])
        elif line:
            markers = []


@dataclass
class _Fence:
    language: str
    number: int
    indent: int
    markers: tuple[str, ...]
    lines: list[str] = field(default_factory=list)


def _commands(lines: Sequence[str]) -> Iterator[Command]:
    """Split a block: with `$ ` before commands the rest is answers, without it all is typed."""
    shown = any(line.startswith("$ ") for line in lines)
    waiting = list(lines)
    while waiting:
        text = waiting.pop(0)
        if not text.strip() or text.startswith("#"):
            continue
        text = text.removeprefix("$ ")
        while text.endswith("\\"):
            text += "\n" + waiting.pop(0)
        if heredoc := _HEREDOC.search(text):
            while not text.endswith(f"\n{heredoc['end']}"):
                text += "\n" + waiting.pop(0)
        answer = []
        while shown and waiting and not waiting[0].startswith("$ "):
            answer.append(waiting.pop(0))
        yield Command(text, tuple(answer))
