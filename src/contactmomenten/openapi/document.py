"""The whole OAS document."""

from collections import Counter
from collections.abc import Sequence

from contactmomenten.http.routing import Route
from contactmomenten.openapi import texts
from contactmomenten.openapi.components import (
    OAS,
    SECURITY_SCHEME,
    SECURITY_SCHEMES,
    error_responses,
    request_body,
    schemas,
)
from contactmomenten.openapi.operations import path_item

OAS_VERSION = "3.0.0"


def document(routes: Sequence[Route], server: str) -> OAS:
    """Return the OAS document of `routes`, served at the absolute URL `server`."""
    shared_bodies = _shared_bodies(routes)
    return {
        "openapi": OAS_VERSION,
        "info": {**texts.INFO, "description": texts.DESCRIPTION},
        "servers": [{"url": server}],
        "security": [{SECURITY_SCHEME: []}],
        "tags": [
            {"name": name, "description": description} for name, description in texts.TAGS.items()
        ],
        "paths": {route.path: path_item(route, shared_bodies) for route in routes},
        "components": {
            "schemas": schemas(),
            "requestBodies": {name: request_body(name) for name in shared_bodies},
            "responses": error_responses(),
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _shared_bodies(routes: Sequence[Route]) -> list[str]:
    """Return the bodies that more than one operation asks for; they are written down once."""
    uses = Counter(
        operation.body
        for route in routes
        for operation in route.operations.values()
        if operation.body is not None
    )
    return [body for body, count in uses.items() if count > 1]
