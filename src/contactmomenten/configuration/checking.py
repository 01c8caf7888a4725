"""Checks a document against the types of the model, and reports all that is wrong at once.

msgspec itself stops at the first error; what it knows of the types is used here.
"""

import difflib
import re
import unicodedata
from typing import Final

from msgspec import NODEFAULT, inspect

from contactmomenten.configuration.document import (
    BOOLEAN,
    NULL,
    TEXT,
    Mapping,
    Node,
    Refused,
    Scalar,
    Sequence,
    shown_key,
)
from contactmomenten.configuration.problems import Problems
from contactmomenten.configuration.references import (
    Nothing,
    References,
    Value,
    WrongReferenceError,
    is_true,
)

# Not the octal, binary and base-60 numbers that YAML 1.1 knows: nobody means those.
_WHOLE_NUMBER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

Checked = str | int | bool | list["Checked"] | dict[str, "Checked"] | Nothing


class Checker:
    """Turns nodes into plain values; what is wrong becomes ``Nothing.UNKNOWN``."""

    def __init__(self, problems: Problems, references: References) -> None:
        """Report to `problems`; values that stand elsewhere come from `references`."""
        self._problems = problems
        self._references = references

    def value(self, expected: inspect.Type, node: Node, path: str) -> Checked:
        """Return the value of `node`, which must be as `expected`."""
        self._problems.place(path, node.line)
        expected, reason = _unwrapped(expected)
        match expected:
            case inspect.StructType():
                return self._block(expected, node, path)
            case inspect.ListType():
                return self._list(expected, node, path)
            case _:
                return self._single(expected, reason, node, path)

    def keys(self, fields: tuple[inspect.Field, ...], node: Mapping, path: str) -> None:
        """Report the keys of `node` that are not among `fields`, and those that are missing."""
        names = {field.encode_name: field for field in fields}
        for key, value in node.entries.items():
            if key in names:
                continue
            near = difflib.get_close_matches(key, names, n=1, cutoff=0.75)
            # A key without a value may be a value that lost its key: not to be shown.
            bare = isinstance(value, Scalar) and value.tag == NULL
            what = "unknown key" if bare else f"unknown key {shown_key(key)}"
            hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(names)}"
            self._problems.error(path, f"{what}; {hint}", node.key_lines[key])
        for name, field in names.items():
            if field.required and name not in node.entries:
                self._problems.error(path, f"`{name}` is missing", node.line)

    def _block(self, expected: inspect.StructType, node: Node, path: str) -> Checked:
        if isinstance(node, Refused):
            return Nothing.UNKNOWN
        if not isinstance(node, Mapping):
            names = ", ".join(field.encode_name for field in expected.fields)
            self._problems.error(path, f"must be a block with keys ({names})")
            return Nothing.UNKNOWN
        self.keys(expected.fields, node, path)
        found: dict[str, Checked] = {}
        for field in expected.fields:
            name = field.encode_name
            if name not in node.entries:
                continue
            value = self.value(field.type, node.entries[name], f"{path}.{name}")
            if value is not Nothing.ABSENT:
                found[name] = value
            elif field.default is NODEFAULT and field.default_factory is NODEFAULT:
                self._problems.error(f"{path}.{name}", "has no value: its variable is not set")
        return found

    def _list(self, expected: inspect.ListType, node: Node, path: str) -> Checked:
        if isinstance(node, Refused):
            return Nothing.UNKNOWN
        if not isinstance(node, Sequence):
            self._problems.error(path, "must be a list (`- …` on each line, or [])")
            return Nothing.UNKNOWN
        if len(node.items) < (expected.min_length or 0):
            self._problems.error(path, "must not be empty")
        items = [
            self.value(expected.item_type, item, f"{path}[{index}]")
            for index, item in enumerate(node.items)
        ]
        return [item for item in items if item is not Nothing.ABSENT]

    def _single(self, expected: inspect.Type, reason: str | None, node: Node, path: str) -> Checked:
        if isinstance(node, Refused):
            return Nothing.UNKNOWN
        try:
            value = self._references.value(node)
            if isinstance(value, Nothing):
                return value
            return _converted(expected, reason, value)
        except WrongReferenceError as error:
            self._problems.error(path, str(error))
            return Nothing.UNKNOWN


def _unwrapped(expected: inspect.Type) -> tuple[inspect.Type, str | None]:
    """Return the type without its metadata, and the reason to give when a pattern fails."""
    reason = None
    while isinstance(expected, inspect.Metadata):
        reason = (expected.extra or {}).get("reason", reason)
        expected = expected.type
    return expected, reason


def _converted(expected: inspect.Type, reason: str | None, value: Value) -> str | int | bool:
    """Return `value` as `expected`.

    Raises:
        WrongReferenceError: it cannot be; the reason never quotes it.
    """
    if NULL in value.tags:
        raise WrongReferenceError("has no value")
    match expected:
        case inspect.BoolType():
            if BOOLEAN not in value.tags:
                raise WrongReferenceError("must be true or false, without quotes")
            return is_true(value.text)
        case inspect.IntType(ge=least, le=most):
            if value.tags == {TEXT} or not _WHOLE_NUMBER.fullmatch(value.text):
                raise WrongReferenceError("must be a whole number, without quotes")
            number = int(value.text)
            if least is not None and number < least:
                raise WrongReferenceError(f"must be {least} or more")
            if most is not None and number > most:
                raise WrongReferenceError(f"must be {most} or less")
            return number
    if TEXT not in value.tags:
        raise WrongReferenceError("must be text: put it in quotes")
    _check_text(expected, reason, value.text)
    return value.text


def _check_text(expected: inspect.Type, reason: str | None, text: str) -> None:
    # Control characters are mistakes (a line break in a secret) or worse (one in a header);
    # surrogates are what is left of bytes that are no UTF-8. PostgreSQL stores neither NUL nor
    # surrogates.
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise WrongReferenceError(
            "holds a control character (a line break, a tab, …) or is not UTF-8"
        )
    match expected:
        case inspect.LiteralType(values=values):
            if text not in values:
                raise WrongReferenceError(f"must be one of {', '.join(map(str, values))}")
        case inspect.UUIDType():
            if not _UUID.fullmatch(text):
                raise WrongReferenceError(
                    "must be a UUID, such as 8a6a1d3c-6e1b-4f0e-9d0a-2f6f0a9b6c11"
                )
        case inspect.StrType(min_length=shortest, max_length=longest, pattern=pattern):
            if shortest and len(text) < shortest:
                raise WrongReferenceError("must not be empty")
            if longest is not None and len(text) > longest:
                raise WrongReferenceError(f"must be {longest} characters at most")
            if pattern is not None and not re.search(pattern, text):
                raise WrongReferenceError(reason or f"must match {pattern}")
        case _:
            raise NotImplementedError(f"a field of the type {expected}")
