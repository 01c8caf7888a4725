"""Reduces an OAS document to what it means, and finds where two of them differ."""

from collections.abc import Iterator, Mapping
from typing import Any

ABSENT = "absent"

_WORDS = frozenset({"title", "summary", "description", "example", "examples"})
# Where the order says nothing.
_SETS = frozenset({"required", "enum"})
# What being absent means.
_DEFAULTS = {"required": False, "nullable": False, "readOnly": False}
# These hold names of one's own, which may look like keywords.
_NAMES = frozenset({"properties"})


def meaning(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return `document` without words, references resolved and order removed.

    References to schemas stay: the schemas must have the same names, and are compared once.
    """
    return {
        "openapi": document["openapi"],
        "info": {key: value for key, value in document["info"].items() if key != "description"},
        "security": document["security"],
        "tags": [tag["name"] for tag in document["tags"]],
        "paths": {
            path: dict(_operations(document, item)) for path, item in document["paths"].items()
        },
        "components": _reduced(document, document["components"]),
    }


def _operations(
    document: Mapping[str, Any], item: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for method, operation in item.items():
        if method == "parameters":
            continue
        parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
        reduced = _reduced(document, {**operation, "parameters": parameters})
        reduced["parameters"] = {
            f"{parameter['in']}:{parameter['name']}": parameter
            for parameter in reduced["parameters"]
        }
        yield method, reduced


def _reduced(document: Mapping[str, Any], node: Any, *, names: bool = False) -> Any:  # noqa: ANN401
    if isinstance(node, list):
        return [_reduced(document, item) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref", "")
    if reference and not reference.startswith("#/components/schemas/"):
        _, _, kind, name = reference.split("/")
        return _reduced(document, document["components"][kind][name])
    reduced = {}
    for key, value in node.items():
        if not names:
            if key in _WORDS or (key in _DEFAULTS and value == _DEFAULTS[key]):
                continue
            if key in _SETS and isinstance(value, list):
                reduced[key] = sorted(value)
                continue
        reduced[key] = _reduced(document, value, names=not names and key in _NAMES)
    return reduced


def differences(theirs: Any, ours: Any, place: str = "") -> dict[str, tuple[Any, Any]]:  # noqa: ANN401
    """Return by place what `theirs` has there and what `ours`."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        found: dict[str, tuple[Any, Any]] = {}
        for key in theirs.keys() | ours.keys():
            found |= differences(
                theirs.get(key, ABSENT), ours.get(key, ABSENT), f"{place} {key}".strip()
            )
        return found
    return {} if theirs == ours else {place: (theirs, ours)}


def sentences(node: Any) -> set[str]:  # noqa: ANN401
    """Return the sentences of six words or more in all summaries and descriptions below `node`."""
    found: set[str] = set()
    if isinstance(node, list):
        for item in node:
            found |= sentences(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and key in _WORDS:
                found.update(_long_sentences(value))
            else:
                found |= sentences(value)
    return found


def _long_sentences(text: str) -> Iterator[str]:
    for paragraph in text.replace("\n*", "\n\n").split("\n\n"):
        line = " ".join(paragraph.lower().split()).replace(":", ".").replace(";", ".")
        for sentence in line.split(". "):
            words = [word for part in sentence.split() if (word := part.strip(".,*`()-"))]
            if len(words) >= 6:
                yield " ".join(words)
