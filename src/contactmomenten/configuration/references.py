"""Values that stand elsewhere: ``${VARIABLE}`` and ``value_from``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from contactmomenten.configuration import document
from contactmomenten.configuration.document import BOOLEAN, NULL, TEXT, Node, Scalar, yaml_tag

LARGEST_VALUE: Final = 65_536  # bytes

# No braces in a default: so `${A:-${B}}` is refused instead of half understood, and a long row of
# `${A:-` takes no quadratic time.
_DOLLAR = re.compile(
    r"""\$(?: (?P<dollar>\$)
            | \{ (?P<name>[A-Za-z_][A-Za-z0-9_]*) (?: :- (?P<default>[^{}]*) )? \}
            | (?P<wrong>\{) )""",
    re.VERBOSE,
)
_SHAPES = ({"file"}, {"env"}, {"env", "default"}, {"env", "required"})
_SHAPE = (
    "value_from must be {file: name}, {env: VARIABLE}, {env: VARIABLE, default: value} "
    "or {env: VARIABLE, required: false}"
)


class Nothing(Enum):
    """Why there is no value to go on with."""

    # Left out: `required: false` and the variable is not set.
    ABSENT = "absent"
    # Wrong, which has been reported; or not looked up.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Value:
    """A single value after looking up; `tags` are the YAML types it may be read as."""

    text: str = field(repr=False)
    tags: frozenset[str]


class WrongReferenceError(Exception):
    """A reference that leads nowhere, or is not one; str() is the reason, never a value."""


class References:
    """Looks values up in the environment and in files."""

    def __init__(self, environ: Mapping[str, str] | None, folder: Path) -> None:
        """Relative names of files start at `folder`; without `environ` nothing is looked up."""
        self._environ = environ
        self._folder = folder

    def value(self, node: Node) -> Value | Nothing:
        """Return the single value that `node` stands for.

        Raises:
            WrongReferenceError: it refers to what is not there, or is no single value.
        """
        if isinstance(node, Scalar):
            return self._expanded(node)
        if isinstance(node, document.Mapping) and "value_from" in node.entries:
            if len(node.entries) > 1:
                raise WrongReferenceError("value_from must be the only key here")
            return self._elsewhere(node.entries["value_from"])
        raise WrongReferenceError("must be a single value, not a list or a block")

    def _expanded(self, node: Scalar) -> Value | Nothing:
        if node.tag != TEXT or "$" not in node.text:
            return Value(node.text, frozenset({node.tag}))
        matches = list(_DOLLAR.finditer(node.text))
        if any(match["wrong"] for match in matches):
            raise WrongReferenceError(
                "`${` must be followed by a name and `}`, or by a name, `:-`, a default without "
                "braces and `}`; write $$ for a plain $"
            )
        variables = [match for match in matches if match["name"]]
        if variables and self._environ is None:
            return Nothing.UNKNOWN
        environ = self._environ or {}
        unset = dict.fromkeys(
            match["name"]
            for match in variables
            if match["default"] is None and match["name"] not in environ
        )
        if unset:
            raise WrongReferenceError(f"not set in the environment: {', '.join(unset)}")

        def replacement(match: re.Match[str]) -> str:
            if match["dollar"]:
                return "$"
            # As in a shell: the default is for a variable that is empty, too.
            return environ.get(match["name"], "") or match["default"] or ""

        text = _DOLLAR.sub(replacement, node.text)
        if variables and variables[0][0] == node.text:
            return _whole(text)
        return Value(text, frozenset({TEXT}))

    def _elsewhere(self, node: Node) -> Value | Nothing:
        if not isinstance(node, document.Mapping) or set(node.entries) not in _SHAPES:
            raise WrongReferenceError(_SHAPE)
        if "file" in node.entries:
            where = self.value(node.entries["file"])
            if isinstance(where, Nothing):
                return where
            return self._from_file(where.text, _as_written(node.entries["file"]))
        where = self.value(node.entries["env"])
        otherwise = self._otherwise(node)
        if isinstance(where, Nothing) or self._environ is None:
            return Nothing.UNKNOWN
        if where.text in self._environ:
            return _whole(self._environ[where.text])
        if otherwise is None:
            raise WrongReferenceError(
                f"not set in the environment: {_as_written(node.entries['env'])}"
            )
        return otherwise

    def _otherwise(self, node: document.Mapping) -> Value | Nothing | None:
        if "default" in node.entries:
            return self.value(node.entries["default"])
        if "required" not in node.entries:
            return None
        required = node.entries["required"]
        if not isinstance(required, Scalar) or required.tag != BOOLEAN:
            raise WrongReferenceError("value_from: required must be true or false")
        return None if is_true(required.text) else Nothing.ABSENT

    def _from_file(self, name: str, shown: str) -> Value | Nothing:
        if self._environ is None:
            return Nothing.UNKNOWN
        path = self._folder / name
        try:
            if not path.is_file():  # reading a pipe or a device could take for ever
                raise WrongReferenceError(f"{shown} is not a file")
            with path.open("rb") as file:
                content = file.read(LARGEST_VALUE + 1)
        except OSError as error:
            raise WrongReferenceError(f"{shown} cannot be read: {error.strerror}") from None
        if len(content) > LARGEST_VALUE:
            raise WrongReferenceError(f"{shown} is larger than {LARGEST_VALUE} bytes")
        # From here on no error may quote, or carry, what is in the file.
        text = content.decode("utf-8", errors="surrogateescape")
        return _whole(text.removesuffix("\n").removesuffix("\r"))


def _as_written(node: Node) -> str:
    """Return a name for use in a message: not what its variables hold, that may be a secret."""
    return node.text if isinstance(node, Scalar) and node.text.isprintable() else "this"


def is_true(text: str) -> bool:
    """Read a YAML boolean; of those that YAML knows, any but these is false."""
    return text.lower() in {"true", "yes", "on"}


def _whole(text: str) -> Value:
    """Return a value that came from elsewhere as a whole: text, or what YAML would make of it."""
    return Value(text, frozenset({TEXT, yaml_tag(text)}) - {NULL})
