"""What is wrong with a file, and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class ConfigurationError(Exception):
    """The file cannot be used; `errors` holds every reason, ``file:line: path: reason`` each."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True)
class Places:
    """Where the keys of one file stand: path (``zgw_consumers.services[0].label``) → line."""

    file: str
    lines: Mapping[str, int] = field(repr=False)

    def line(self, path: str) -> int:
        """Return the line (from 1) of `path`, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)

    def describe(self, path: str, reason: str, line: int | None = None) -> str:
        """Return ``file:line: path: reason``; the line is that of the path, unless given."""
        where = f"{self.file}:{self.line(path) if line is None else line}"
        return f"{where}: {path}: {reason}" if path else f"{where}: {reason}"


class Problems:
    """Gathers the errors and warnings of one file.

    No reason may quote a value that could be a secret: these lines end up in logs.
    """

    def __init__(self, file: str) -> None:
        """Start without any; `file` is how the user named it."""
        self._lines: dict[str, int] = {}
        self._errors: list[tuple[int, str]] = []
        self._warnings: list[tuple[int, str]] = []
        self.places = Places(file, self._lines)

    def place(self, path: str, line: int) -> None:
        """Remember that `path` stands at `line` (from 1)."""
        self._lines[path] = line

    def error(self, path: str, reason: str, line: int | None = None) -> None:
        """Note an error at `path`; its line is that of the path, unless given."""
        line = self.places.line(path) if line is None else line
        self._errors.append((line, self.places.describe(path, reason, line)))

    def warning(self, path: str, reason: str) -> None:
        """Note something that is accepted but probably not meant."""
        self._warnings.append((self.places.line(path), self.places.describe(path, reason)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings, by line."""
        return _by_line(self._warnings)

    def raise_errors(self) -> None:
        """Do nothing if there are no errors.

        Raises:
            ConfigurationError: there are; all of them, by line.
        """
        if self._errors:
            raise ConfigurationError(_by_line(self._errors))


def _by_line(notes: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(text for _, text in sorted(notes, key=lambda note: note[0]))
