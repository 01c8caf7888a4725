"""A YAML file as a tree that remembers its lines.

Only plain data is let in: no aliases (a small file could unfold into a huge one), no tags, one
document, no key twice. PyYAML itself would take the last of two equal keys without a word.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from contactmomenten.configuration.problems import Problems

LARGEST_FILE: Final = 1_000_000  # bytes
_DEEPEST = 20

_YAML = "tag:yaml.org,2002:"
TEXT: Final = f"{_YAML}str"
NULL: Final = f"{_YAML}null"
BOOLEAN: Final = f"{_YAML}bool"
# Those that may be written out (`!!str 5`), besides `!`, which is text too.
_TAGS = {"!", TEXT, NULL, BOOLEAN, *(f"{_YAML}{name}" for name in ("int", "map", "seq"))}

# A key is quoted in a message only if it looks like one: something else between the keys may
# well be a secret that slipped out of its place.
_KEY_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{0,62}")
# The same for what the YAML parser quotes in its reasons.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
# One character, such as '{' or '\\t', or a name of its own, such as '<block end>', may stay.
_HARMLESS = re.compile(r".(\\?.|<[a-z ]+>).")


@dataclass(frozen=True)
class Scalar:
    """A single value as it was written, with the type that YAML gives it."""

    line: int
    text: str = field(repr=False)
    tag: str


@dataclass(frozen=True)
class Sequence:
    """A list."""

    line: int
    items: "tuple[Node, ...]" = field(repr=False)


@dataclass(frozen=True)
class Mapping:
    """Keys with their values; `key_lines` tells where each key stands."""

    line: int
    entries: "dict[str, Node]" = field(repr=False)
    key_lines: dict[str, int] = field(repr=False)


@dataclass(frozen=True)
class Refused:
    """Something about which an error has been noted already."""

    line: int


Node = Scalar | Sequence | Mapping | Refused


class _UnreadableError(Exception):
    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        self.reason = reason


def yaml_tag(text: str) -> str:
    """Return the type that YAML gives to `text` when it stands there without quotes."""
    return _resolved(text, (True, False))


def shown_key(key: str) -> str:
    """Return `key` for use in a message."""
    return f"`{key}`" if _KEY_NAME.fullmatch(key) else "a key (not shown)"


def read_document(path: Path, problems: Problems) -> Mapping | None:
    """Return the contents of the YAML file, or None if it cannot be made out at all."""
    try:
        root = _Builder(_read(path), problems).document()
    except _UnreadableError as error:
        problems.error("", error.reason, error.line)
        return None
    match root:
        case Mapping():
            return root
        case None | Scalar(tag="tag:yaml.org,2002:null"):
            problems.error("", "the file is empty: it must hold the blocks to configure", 1)
        case Refused():
            pass
        case _:
            problems.error("", "must hold keys (`zgw_consumers: …`) at the top", root.line)
    return None


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise _UnreadableError(1, f"cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_FILE:
        raise _UnreadableError(1, f"is larger than {LARGEST_FILE // 1_000_000} MB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _UnreadableError(line, "is not UTF-8 text") from None


class _Builder:
    def __init__(self, text: str, problems: Problems) -> None:
        self._text = text
        self._problems = problems

    def document(self) -> Node | None:
        """Return the one document of the file; None if there is none."""
        try:
            self._events = yaml.parse(self._text, yaml.SafeLoader)
            next(self._events)  # the start of the stream
            if not isinstance(next(self._events), yaml.DocumentStartEvent):
                return None
            root = self._node(next(self._events), "", depth=0)
            next(self._events)  # the end of the document
            event = next(self._events)
            if isinstance(event, yaml.DocumentStartEvent):
                line = _line(event)
                self._problems.error("", "only one YAML document (`---`) may be in the file", line)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reason = _QUOTED.sub(
                lambda quoted: quoted[0] if _HARMLESS.fullmatch(quoted[0]) else "something",
                error.problem or "cannot be understood",
            )
            # Not the text of the error itself: it shows the lines around it.
            raise _UnreadableError(
                mark.line + 1 if mark else 1,
                f"is not valid YAML: {reason} (a missing quote, or wrong indentation?)",
            ) from None
        except yaml.reader.ReaderError as error:
            line = self._text.count("\n", 0, error.position) + 1
            raise _UnreadableError(line, "holds a character that YAML does not allow") from None
        except (ValueError, OverflowError):  # such as "\UFFFFFFFF", which PyYAML does not catch
            raise _UnreadableError(1, "is not valid YAML: an impossible escape") from None
        return root

    def _node(self, event: yaml.Event, path: str, depth: int) -> Node:
        line = _line(event)
        if depth > _DEEPEST:
            raise _UnreadableError(line, "is nested too deeply")
        if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            return self._refused(path, "aliases (`*…`) are not used here; write or quote it", line)
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            tag = event.tag or _resolved(event.value, event.implicit)
            node = Scalar(line, event.value, TEXT if tag == "!" else tag)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(line, path, depth)
        else:
            node = self._mapping(line, path, depth)
        if event.anchor is not None:
            return self._refused(path, "anchors (`&…`) are not used here; quote the value", line)
        if event.tag is not None and event.tag not in _TAGS:
            return self._refused(path, "tags (`!…`) are not used here; quote the value", line)
        return node

    def _refused(self, path: str, reason: str, line: int) -> Refused:
        self._problems.error(path, reason, line)
        return Refused(line)

    def _sequence(self, line: int, path: str, depth: int) -> Sequence:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, f"{path}[{len(items)}]", depth + 1))
        return Sequence(line, tuple(items))

    def _mapping(self, line: int, path: str, depth: int) -> Mapping:
        entries: dict[str, Node] = {}
        key_lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, path, depth + 1)
            name = key.text if isinstance(key, Scalar) and _KEY_NAME.fullmatch(key.text) else "?"
            value = self._node(next(self._events), f"{path}.{name}" if path else name, depth + 1)
            if isinstance(key, Sequence | Mapping):
                reason = "a key must be a name (a value with { or [ goes in quotes)"
                self._problems.error(path, reason, key.line)
            elif isinstance(key, Scalar) and key.text in entries:
                reason = f"{shown_key(key.text)} stands here twice; first at line "
                self._problems.error(path, f"{reason}{key_lines[key.text]}", key.line)
            elif isinstance(key, Scalar):
                entries[key.text] = value
                key_lines[key.text] = key.line
        return Mapping(line, entries, key_lines)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


_RESOLVER = yaml.SafeLoader("")


def _resolved(text: str, implicit: tuple[bool, bool]) -> str:
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, implicit)  # type: ignore[no-untyped-call]
    return tag
