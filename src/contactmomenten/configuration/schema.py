"""The JSON Schema of a configuration file, for editors."""

from inspect import cleandoc
from typing import Any, Final

import msgspec

from contactmomenten.configuration.model import AUTH_NEEDS, Document

_NAME: Final = r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?\}"
_REFERENCES: Final[dict[str, Any]] = {
    "value_from": {
        "title": "value_from",
        "description": "The value stands elsewhere: in a file or in an environment variable.",
        "type": "object",
        "properties": {
            "value_from": {
                "oneOf": [
                    {
                        "type": "object",
                        "properties": {
                            "file": {
                                "description": "The name of a file, seen from the folder of this "
                                "one. One line break at its end is dropped.",
                                "type": "string",
                            }
                        },
                        "required": ["file"],
                        "additionalProperties": False,
                    },
                    {
                        "type": "object",
                        "properties": {
                            "env": {
                                "description": "The name of an environment variable.",
                                "type": "string",
                            },
                            "default": {
                                "description": "The value if the variable is not set.",
                                "type": ["string", "integer", "boolean"],
                            },
                            "required": {
                                "description": "false: as if the key were left out, if the "
                                "variable is not set.",
                                "type": "boolean",
                            },
                        },
                        "required": ["env"],
                        "not": {"required": ["default", "required"]},
                        "additionalProperties": False,
                    },
                ]
            }
        },
        "required": ["value_from"],
        "additionalProperties": False,
    },
    "variable": {
        "description": "An environment variable: ${NAME} or ${NAME:-default}.",
        "type": "string",
        "pattern": f"^{_NAME}$",
    },
    "text_with_variable": {
        "description": "Text with ${NAME} or ${NAME:-default} in it; $$ is a plain $.",
        "type": "string",
        "pattern": _NAME,
    },
}
# What says how a single value must be; the rest (description, default, …) stays beside it.
_CONSTRAINTS: Final = frozenset(
    {"type", "enum", "format", "pattern", "minLength", "maxLength", "minimum", "maximum"}
)


def json_schema() -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of a configuration file."""
    schema = msgspec.json.schema(Document)
    definitions: dict[str, Any] = schema["$defs"]
    for definition in definitions.values():
        definition["description"] = cleandoc(definition["description"])
        for name, value in definition["properties"].items():
            definition["properties"][name] = _with_references(value)
    definitions["Service"]["allOf"] = _auth_conditions(definitions["Service"])
    document = definitions.pop("Document")
    document["title"] = "Configuration of Contactmomenten"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **document,
        "$defs": {**definitions, **_REFERENCES},
    }


def _with_references(schema: dict[str, Any]) -> dict[str, Any]:
    """Let a single value stand elsewhere too; a list lets its items."""
    if schema.get("type") == "array":
        return {**schema, "items": _with_references(schema["items"])}
    if "$ref" in schema:
        return schema
    constraints = {key: value for key, value in schema.items() if key in _CONSTRAINTS}
    rest = {key: value for key, value in schema.items() if key not in _CONSTRAINTS}
    is_text = constraints.get("type", "string") == "string"
    reference = "text_with_variable" if is_text else "variable"
    return {
        **rest,
        "anyOf": [
            constraints,
            {"$ref": f"#/$defs/{reference}"},
            {"$ref": "#/$defs/value_from"},
        ],
    }


def _auth_conditions(service: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the keys that each auth_type needs, as conditions."""
    default = service["properties"]["auth_type"]["default"]
    return [
        {
            "if": {
                "properties": {"auth_type": {"const": auth_type}},
                # Left out means the default: then this holds as well.
                **({} if auth_type == default else {"required": ["auth_type"]}),
            },
            "then": {
                "required": list(keys),
                "properties": {key: {"not": {"const": ""}} for key in keys},
            },
        }
        for auth_type, keys in AUTH_NEEDS.items()
        if keys
    ]
