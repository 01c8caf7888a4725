"""Objectcontactmoment as a relation: where it is stored, what is unique, how it is listed."""

from contactmomenten.contactmomenten.rendering import moment_url
from contactmomenten.counts import definitions as counts
from contactmomenten.database.pool import Row
from contactmomenten.lists import (
    ChoiceFilter,
    ListDefinition,
    ReferenceFilter,
    Source,
    UrlFilter,
)
from contactmomenten.objectcontactmomenten.rules import (
    check_source,
    check_source_has_none,
    keep_literal,
)
from contactmomenten.objectcontactmomenten.schemas import OBJECTCONTACTMOMENT, ObjectContactMoment
from contactmomenten.relaties import Relatie


def shown(row: Row, root: str) -> ObjectContactMoment:
    """Return `row` as it is answered to a client that came in by `root`."""
    return ObjectContactMoment(
        url=RELATIE.url(root, row["uuid"]),
        contactmoment=moment_url(root, row["contactmoment"]),
        object=row["object"],
        object_type=row["object_type"],
    )


# SQL: the same as `shown`, with byte 1 for the root.
_JSON = """convert_to(
    '{"url":"' || chr(1) || '/objectcontactmomenten/' || uuid
    || '","contactmoment":"' || chr(1) || '/contactmomenten/' || contactmoment
    || '","object":' || to_json(object)
    || ',"objectType":' || to_json(object_type)
    || '}', 'UTF8')"""

RELATIE = Relatie(
    resource="objectcontactmoment",
    path="/objectcontactmomenten",
    table="objectcontactmoment",
    data=("object", "object_type"),
    unique=("contactmoment", "object"),
    unique_columns=("object",),
    fields=OBJECTCONTACTMOMENT,
    show=shown,
    hidden=("contactmoment_url",),
    enrich=keep_literal,
    check_create=check_source,
    check_delete=check_source_has_none,
)

OBJECTCONTACTMOMENTEN = ListDefinition(
    path=RELATIE.path,
    source=Source(
        table=RELATIE.table,
        json=_JSON,
        all=counts.ALL_OBJECTEN,
    ),
    filters=(
        UrlFilter(
            name="object",
            description="URL van het object.",
            sql="object_hash = md5({0})::uuid AND object = {0}",
        ),
        ReferenceFilter(
            name="contactmoment",
            description="URL van het contactmoment.",
            sql="contactmoment = {}",
        ),
        ChoiceFilter(
            name="objectType",
            description="Het soort object.",
            sql="object_type = {}",
            # All objects are zaken.
            dimension=counts.ALL_OBJECTEN,
            choices=("zaak",),
        ),
    ),
)
