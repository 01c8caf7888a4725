"""One operation in the OAS document, with its parameters, body and responses."""

import re
from collections.abc import Collection
from typing import Any

from contactmomenten.http.routing import Operation, Route
from contactmomenten.openapi import texts
from contactmomenten.openapi.components import (
    API_VERSION_HEADER,
    JSON,
    OAS,
    SECURITY_SCHEME,
    content,
    request_body,
    schema_ref,
)

# What every operation may answer.
_ALWAYS = (401, 403, 406, 409, 410, 415, 429, 500)
_CREATED = 201

_VARIABLE = re.compile(r"{(\w+)}")


def path_item(route: Route, shared_bodies: Collection[str]) -> OAS:
    """Return a path with its operations; bodies in `shared_bodies` are components."""
    item: OAS = {
        method.lower(): _operation(operation, shared_bodies)
        for method, operation in route.operations.items()
    }
    variables = _VARIABLE.findall(route.path)
    if variables:
        item["parameters"] = [
            _parameter(
                "path",
                name,
                texts.PATH_PARAMETERS[name],
                required=True,
                type="string",
                format="uuid",
            )
            for name in variables
        ]
    return item


def _operation(operation: Operation, shared_bodies: Collection[str]) -> OAS:
    described: OAS = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.tag],
        "security": [{SECURITY_SCHEME: [operation.scope]}],
    }
    parameters = [*_headers(operation), *map(dict, operation.parameters)]
    if parameters:
        described["parameters"] = parameters
    if operation.body in shared_bodies:
        described["requestBody"] = {"$ref": f"#/components/requestBodies/{operation.body}"}
    elif operation.body is not None:
        described["requestBody"] = request_body(operation.body)
    described["responses"] = {
        str(operation.success): _success(operation),
        **{
            str(status): {"$ref": f"#/components/responses/{status}"}
            for status in sorted({*_ALWAYS, *operation.problems})
        },
    }
    return described


def _parameter(
    place: str,
    name: str,
    description: str,
    *,
    required: bool = False,
    **schema: Any,  # noqa: ANN401 (the keywords of a schema)
) -> OAS:
    return {
        "name": name,
        "in": place,
        "description": description,
        "required": required,
        "schema": schema,
    }


def _headers(operation: Operation) -> list[OAS]:
    headers = []
    if operation.body is not None:
        headers.append(
            _parameter(
                "header",
                "Content-Type",
                texts.CONTENT_TYPE,
                required=True,
                type="string",
                enum=[JSON],
            )
        )
    if operation.audited:
        headers += [
            _parameter("header", "X-NLX-Logrecord-ID", texts.NLX_LOGRECORD_ID, type="string"),
            _parameter("header", "X-Audit-Toelichting", texts.AUDIT_TOELICHTING, type="string"),
        ]
    if operation.cached:
        headers.append(
            _parameter("header", "If-None-Match", texts.IF_NONE_MATCH, type="string")
            | {"example": '"5d41402abc4b2a76b9719d911017c592"'}
        )
    return headers


def _success(operation: Operation) -> OAS:
    headers = dict(API_VERSION_HEADER)
    if operation.success == _CREATED:
        headers["Location"] = {
            "description": texts.LOCATION,
            "schema": {"type": "string", "format": "uri"},
        }
    if operation.cached:
        headers["ETag"] = {"description": texts.ETAG, "schema": {"type": "string"}}
    success: OAS = {"description": texts.STATUSES[operation.success], "headers": headers}
    if operation.answer is not None:
        success["content"] = content(_answer(schema_ref(operation.answer), operation.many))
    return success


def _answer(schema: OAS, many: str | None) -> OAS:
    if many is None:
        return schema
    array = {"type": "array", "items": schema}
    if many == "array":
        return array
    link = {"type": "string", "format": "uri", "nullable": True}
    return {
        "type": "object",
        "required": ["count", "results"],
        "properties": {
            "count": {"type": "integer"},
            "next": link,
            "previous": link,
            "results": array,
        },
    }
