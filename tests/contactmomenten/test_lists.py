import pytest

from contactmomenten.contactmomenten.lists import CONTACTMOMENTEN
from contactmomenten.database.pool import Connection
from contactmomenten.klantcontactmomenten.relation import KLANTCONTACTMOMENTEN
from contactmomenten.lists import ListDefinition
from contactmomenten.objectcontactmomenten.relation import OBJECTCONTACTMOMENTEN

LISTS = [CONTACTMOMENTEN, KLANTCONTACTMOMENTEN, OBJECTCONTACTMOMENTEN]
TYPES = {"registratiedatum": "timestamptz", "contactmoment": "uuid", "Contactmoment": "uuid"}


def filters(definition: ListDefinition) -> list[tuple[str, str]]:
    return [(one.name, one.sql) for one in definition.filters]


# All objects are zaken, so an index would not help.
INDEXED = [
    (one.source.table, name, sql)
    for one in LISTS
    for name, sql in filters(one)
    if name != "objectType"
]


@pytest.mark.parametrize(("table", "name", "sql"), INDEXED, ids=[f"{t}-{n}" for t, n, _ in INDEXED])
async def test_a_filter_that_clients_use_goes_by_an_index(
    connection: Connection, table: str, name: str, sql: str
) -> None:
    kind = next((kind for part, kind in TYPES.items() if part in name), "text")
    await connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
    condition = sql.format("$1")
    await connection.execute(f"PREPARE q ({kind}) AS SELECT 1 FROM {table} WHERE {condition}")
    plan = "\n".join(row[0] for row in await connection.fetch("EXPLAIN EXECUTE q (NULL)"))
    assert "Index Cond" in plan


def test_the_parameters_are_those_of_the_standard() -> None:
    assert CONTACTMOMENTEN.known() == {
        "vorigContactmoment",
        "volgendContactmoment",
        "bronorganisatie",
        "registratiedatum",
        "registratiedatum__gt",
        "registratiedatum__gte",
        "registratiedatum__lt",
        "registratiedatum__lte",
        "kanaal",
        "voorkeurskanaal",
        "voorkeurstaal",
        "initiatiefnemer",
        "medewerker",
        "ordering",
        "page",
    }
    assert KLANTCONTACTMOMENTEN.known() == {"contactmoment", "klant", "rol", "page"}
    assert OBJECTCONTACTMOMENTEN.known() == {"object", "contactmoment", "objectType", "page"}
