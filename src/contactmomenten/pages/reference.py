"""The OAS document arranged for reading: what the page of the schema shows.

It is made from the document itself, so the page can never say anything else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_PLACES = {"path": "In het pad", "query": "In de query", "header": "Als header"}
_ERROR = 400

OAS = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A type in words, or a link to a schema."""

    words: str = ""
    schema: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a schema, or a parameter of an operation."""

    name: str
    kind: Kind
    required: bool
    notes: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One response of an operation."""

    status: str
    description: str
    kind: Kind | None
    headers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scopes: tuple[str, ...]
    parameters: Mapping[str, Sequence[Property]]
    body: Kind | None
    answers: Sequence[Answer]
    errors: Sequence[Answer]


@dataclass(frozen=True, slots=True)
class Group:
    """The operations with one tag."""

    name: str
    description: str
    operations: Sequence[Operation]


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema."""

    name: str
    description: str
    nullable: bool
    properties: Sequence[Property]


@dataclass(frozen=True, slots=True)
class Reference:
    """All of it."""

    title: str
    version: str
    description: str
    groups: Sequence[Group]
    schemas: Sequence[Schema]


def reference_of(document: OAS) -> Reference:
    """Arrange `document`."""
    operations = list(_operations(document))
    return Reference(
        title=document["info"]["title"],
        version=document["info"]["version"],
        description=document["info"]["description"],
        groups=[
            Group(
                tag["name"],
                tag["description"],
                [operation for name, operation in operations if name == tag["name"]],
            )
            for tag in document["tags"]
        ],
        schemas=[
            Schema(
                name,
                schema.get("description", ""),
                schema.get("nullable", False),
                [
                    _property(key, value, required=key in schema.get("required", ()))
                    for key, value in schema["properties"].items()
                ],
            )
            for name, schema in document["components"]["schemas"].items()
        ],
    )


def _operations(document: OAS) -> Iterator[tuple[str, Operation]]:
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method, operation in item.items():
            if method != "parameters":
                yield (
                    operation["tags"][0],
                    _operation(document, method, path, operation, shared),
                )


def _operation(
    document: OAS, method: str, path: str, operation: OAS, shared: Sequence[OAS]
) -> Operation:
    parameters: dict[str, list[Property]] = {}
    for parameter in [*shared, *operation.get("parameters", [])]:
        parameters.setdefault(_PLACES[parameter["in"]], []).append(
            _property(
                parameter["name"],
                parameter["schema"] | {"description": parameter["description"]},
                required=parameter["required"],
            )
        )
    answers = [
        _answer(status, _resolved(document, response))
        for status, response in operation["responses"].items()
    ]
    body = operation.get("requestBody")
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation["description"],
        scopes=tuple(
            scope
            for needed in operation["security"]
            for names in needed.values()
            for scope in names
        ),
        parameters=parameters,
        body=_content_kind(_resolved(document, body)) if body else None,
        answers=[answer for answer in answers if int(answer.status) < _ERROR],
        errors=[answer for answer in answers if int(answer.status) >= _ERROR],
    )


def _resolved(document: OAS, node: OAS) -> OAS:
    if "$ref" not in node:
        return node
    found = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def _answer(status: str, response: OAS) -> Answer:
    return Answer(
        status,
        response["description"],
        _content_kind(response) if "content" in response else None,
        tuple(response["headers"]),
    )


def _content_kind(holder: OAS) -> Kind:
    (media,) = holder["content"].values()
    return _kind(media["schema"])


def _kind(schema: OAS) -> Kind:
    if "$ref" in schema:
        return Kind(schema=schema["$ref"].rpartition("/")[2])
    if schema["type"] == "array":
        item = _kind(schema["items"])
        return Kind(f"array van {item.words}".strip(), item.schema)
    results = schema.get("properties", {}).get("results")
    if results:
        return Kind("pagina van", _kind(results["items"]).schema)
    words = schema["type"]
    if "format" in schema:
        words += f" ({schema['format']})"
    return Kind(words, choices=tuple(schema.get("enum", ())))


def _property(name: str, schema: OAS, *, required: bool) -> Property:
    return Property(
        name, _kind(schema), required, tuple(_notes(schema)), schema.get("description", "")
    )


def _notes(schema: OAS) -> Iterator[str]:
    if schema.get("readOnly"):
        yield "alleen lezen"
    if schema.get("nullable"):
        yield "mag null zijn"
    least = schema.get("minLength")
    most = schema.get("maxLength", schema.get("items", {}).get("maxLength"))
    if least and most:
        yield f"{least} tot {most} tekens"
    elif most:
        yield f"hoogstens {most} tekens"
    elif least:
        yield "niet leeg"
    if "minimum" in schema:
        yield f"{schema['minimum']} tot {schema['maximum']}"
