"""What the OpenAPI Specification 3.0 allows, as a JSON Schema: the parts that a plain API needs.

Written from the specification. A keyword that it does not list is refused, even where the
specification has one, so a new keyword in our document asks for a line here.
"""

from typing import Any

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_ANYTHING: dict[str, Any] = {}


def _one_of(kind: str) -> dict[str, Any]:
    return {
        "if": {"required": ["$ref"]},
        "then": {
            "properties": {"$ref": {"type": "string", "pattern": "^#/components/"}},
            "additionalProperties": False,
        },
        "else": {"$ref": f"#/$defs/{kind}"},
    }


def _map_of(kind: dict[str, Any], names: str = r"^[A-Za-z0-9._-]+$") -> dict[str, Any]:
    return {"type": "object", "patternProperties": {names: kind}, "additionalProperties": False}


def _object(needed: str = "", /, **properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name.rstrip("_"): kind for name, kind in properties.items()},
        "required": needed.split(),
        "additionalProperties": False,
    }


_OPERATION = {"$ref": "#/$defs/operation"}
_COUNT = {"type": "integer", "minimum": 0}
_SECURITY = {
    "type": "array",
    "items": {"type": "object", "additionalProperties": {"type": "array", "items": _TEXT}},
}

_DEFINITIONS: dict[str, Any] = {
    "schema": _object(
        title=_TEXT,
        description=_TEXT,
        type={"enum": ["array", "boolean", "integer", "number", "object", "string"]},
        format=_TEXT,
        enum={"type": "array", "minItems": 1, "uniqueItems": True},
        minLength=_COUNT,
        maxLength=_COUNT,
        minimum={"type": "number"},
        maximum={"type": "number"},
        required={"type": "array", "items": _TEXT, "minItems": 1, "uniqueItems": True},
        properties=_map_of(_one_of("schema")),
        items=_one_of("schema"),
        nullable={"type": "boolean"},
        readOnly={"type": "boolean"},
    )
    | {
        "allOf": [
            {
                "if": {"properties": {"type": {"const": "array"}}, "required": ["type"]},
                "then": {"required": ["items"]},
            },
            # OAS 3.0.3: nullable means nothing without a type beside it.
            {"if": {"required": ["nullable"]}, "then": {"required": ["type"]}},
        ]
    },
    "header": _object("schema", description=_TEXT, schema=_one_of("schema")),
    "media": _object("schema", schema=_one_of("schema")),
    "parameter": _object(
        "name in schema",
        name=_TEXT,
        in_={"enum": ["query", "header", "path", "cookie"]},
        description=_TEXT,
        required={"type": "boolean"},
        schema=_one_of("schema"),
        example=_ANYTHING,
    )
    | {
        "if": {"properties": {"in": {"const": "path"}}},
        "then": {"properties": {"required": {"const": True}}, "required": ["required"]},
    },
    "requestBody": _object(
        "content",
        description=_TEXT,
        required={"type": "boolean"},
        content=_map_of({"$ref": "#/$defs/media"}, r"^\w+/[\w+.-]+$"),
    ),
    "response": _object(
        "description",
        description=_TEXT,
        headers=_map_of(_one_of("header")),
        content=_map_of({"$ref": "#/$defs/media"}, r"^\w+/[\w+.-]+$"),
    ),
    "operation": _object(
        "operationId responses",
        operationId=_TEXT,
        summary=_TEXT,
        description=_TEXT,
        tags={"type": "array", "items": _TEXT, "uniqueItems": True},
        security=_SECURITY,
        parameters={"type": "array", "items": _one_of("parameter"), "uniqueItems": True},
        requestBody=_one_of("requestBody"),
        responses=_map_of(_one_of("response"), r"^[1-5]\d\d$") | {"minProperties": 1},
    ),
    "path": _object(
        parameters={"type": "array", "items": _one_of("parameter")},
        get=_OPERATION,
        put=_OPERATION,
        post=_OPERATION,
        patch=_OPERATION,
        delete=_OPERATION,
    ),
    "securityScheme": _object(
        "type scheme", type={"const": "http"}, scheme=_TEXT, bearerFormat=_TEXT
    ),
}

OAS_3_0: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": _DEFINITIONS,
    **_object(
        "openapi info paths",
        openapi={"type": "string", "pattern": r"^3\.0\.\d$"},
        info=_object(
            "title version",
            title=_TEXT,
            version=_TEXT,
            description=_TEXT,
            contact=_object(name=_TEXT, url=_TEXT, email=_TEXT),
            license=_object("name", name=_TEXT, url=_TEXT),
        ),
        servers={"type": "array", "items": _object("url", url=_TEXT), "minItems": 1},
        security=_SECURITY,
        tags={"type": "array", "items": _object("name", name=_TEXT, description=_TEXT)},
        paths=_map_of({"$ref": "#/$defs/path"}, r"^/"),
        components=_object(
            schemas=_map_of(_one_of("schema")),
            requestBodies=_map_of(_one_of("requestBody")),
            responses=_map_of(_one_of("response")),
            securitySchemes=_map_of(_one_of("securityScheme")),
        ),
    ),
}
