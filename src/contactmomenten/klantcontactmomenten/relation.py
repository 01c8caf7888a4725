"""Klantcontactmoment as a relation: where it is stored, what is unique, how it is listed."""

from contactmomenten.contactmomenten.rendering import moment_url
from contactmomenten.counts import definitions as counts
from contactmomenten.database.pool import Row
from contactmomenten.klantcontactmomenten.rules import check_klant
from contactmomenten.klantcontactmomenten.schemas import KLANTCONTACTMOMENT, KlantContactMoment
from contactmomenten.lists import (
    ChoiceFilter,
    ListDefinition,
    ReferenceFilter,
    Source,
    UrlFilter,
)
from contactmomenten.relaties import Relatie


def shown(row: Row, root: str) -> KlantContactMoment:
    """Return `row` as it is answered to a client that came in by `root`."""
    return KlantContactMoment(
        url=RELATIE.url(root, row["uuid"]),
        contactmoment=moment_url(root, row["contactmoment"]),
        klant=row["klant"],
        rol=row["rol"],
    )


# SQL: the same as `shown`, with byte 1 for the root.
_JSON = """convert_to(
    '{"url":"' || chr(1) || '/klantcontactmomenten/' || uuid
    || '","contactmoment":"' || chr(1) || '/contactmomenten/' || contactmoment
    || '","klant":' || to_json(klant)
    || ',"rol":' || to_json(rol)
    || '}', 'UTF8')"""

RELATIE = Relatie(
    resource="klantcontactmoment",
    path="/klantcontactmomenten",
    table="klantcontactmoment",
    data=("klant", "rol"),
    unique=("contactmoment", "klant", "rol"),
    unique_columns=("klant", "rol"),
    fields=KLANTCONTACTMOMENT,
    show=shown,
    check_fields=check_klant,
)

KLANTCONTACTMOMENTEN = ListDefinition(
    path=RELATIE.path,
    source=Source(
        table=RELATIE.table,
        json=_JSON,
        all=counts.ALL_KLANTEN,
    ),
    filters=(
        ReferenceFilter(
            name="contactmoment",
            description="URL van het contactmoment.",
            sql="contactmoment = {}",
        ),
        UrlFilter(
            name="klant",
            description="URL van de klant.",
            sql="klant_hash = md5({0})::uuid AND klant = {0}",
        ),
        ChoiceFilter(
            name="rol",
            description="Als wie de klant bij het contactmoment hoort.",
            sql=counts.ROL.match,
            dimension=counts.ROL,
            choices=("belanghebbende", "gesprekspartner"),
        ),
    ),
)
