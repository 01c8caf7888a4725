"""The reusable parts of the OAS document: schemas, error responses and the security scheme."""

from collections.abc import Mapping
from typing import Any

from contactmomenten.audittrail.schemas import AUDITTRAIL, WIJZIGINGEN
from contactmomenten.contactmomenten.schemas import CONTACTMOMENT, MEDEWERKER
from contactmomenten.fields import Field, Nested
from contactmomenten.http import problems, response
from contactmomenten.klantcontactmomenten.schemas import KLANTCONTACTMOMENT
from contactmomenten.objectcontactmomenten.schemas import OBJECTCONTACTMOMENT
from contactmomenten.openapi import texts
from contactmomenten.openapi.errors import FIELD_VALIDATION_ERROR, FOUT, VALIDATIE_FOUT

OAS = dict[str, Any]

JSON = response.JSON.decode()
PROBLEM_JSON = problems.CONTENT_TYPE.decode()
SECURITY_SCHEME = "JWT-Claims"
SECURITY_SCHEMES: OAS = {
    SECURITY_SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
}

TABLES: Mapping[str, Mapping[str, Field]] = {
    "ContactMoment": CONTACTMOMENT,
    "Medewerker": MEDEWERKER,
    "KlantContactMoment": KLANTCONTACTMOMENT,
    "ObjectContactMoment": OBJECTCONTACTMOMENT,
    "AuditTrail": AUDITTRAIL,
    "Wijzigingen": WIJZIGINGEN,
    "Fout": FOUT,
    "ValidatieFout": VALIDATIE_FOUT,
    "FieldValidationError": FIELD_VALIDATION_ERROR,
}

# The errors of the standard; 412 belongs to no operation, but is in the standard.
_ERRORS = (400, 401, 403, 404, 406, 409, 410, 412, 415, 429, 500)

API_VERSION_HEADER: OAS = {
    "API-version": {"description": texts.API_VERSION, "schema": {"type": "string"}}
}


def schema_ref(name: str) -> OAS:
    """Return the reference to the schema `name`."""
    return {"$ref": f"#/components/schemas/{name}"}


def content(schema: OAS, media_type: str = JSON) -> OAS:
    """Return the content of a body in one media type."""
    return {media_type: {"schema": schema}}


def request_body(name: str) -> OAS:
    """Return the body of a request that sends the schema `name`."""
    return {"required": True, "content": content(schema_ref(name))}


def schemas() -> OAS:
    """Return the schemas of all resources and of the problem documents."""
    described = {name: _object(table) for name, table in TABLES.items()}
    for table in TABLES.values():
        for field in table.values():
            if isinstance(field, Nested):
                # A $ref cannot say more in OAS 3.0, so the schema itself is null-able.
                words = {"title": field.title, "description": field.description}
                nullable = {"nullable": True} if field.nullable else {}
                name = field.struct.__name__
                described[name] = words | described[name] | nullable
    return described


def _object(table: Mapping[str, Field]) -> OAS:
    required = [name for name, field in table.items() if field.required]
    return {
        "type": "object",
        **({"required": required} if required else {}),
        "properties": {name: field.schema() for name, field in table.items()},
    }


def error_responses() -> OAS:
    """Return the error responses by status."""
    return {
        str(status): {
            "description": texts.STATUSES[status],
            "headers": API_VERSION_HEADER,
            "content": content(
                schema_ref(
                    "ValidatieFout" if status == problems.VALIDATION_ERROR.status else "Fout"
                ),
                PROBLEM_JSON,
            ),
        }
        for status in _ERRORS
    }
