import re

import pytest

from contactmomenten.contactmomenten import queries
from contactmomenten.database.pool import Connection

STATEMENTS = {
    name: value
    for name, value in vars(queries).items()
    if name[0].isupper() and isinstance(value, str) and name != "COLUMNS"
}


@pytest.mark.parametrize("name", STATEMENTS)
async def test_every_statement_is_one_that_postgresql_knows(
    connection: Connection, name: str
) -> None:
    prepared = await connection.prepare(STATEMENTS[name])
    used = {int(number) for number in re.findall(r"\$(\d+)", STATEMENTS[name])}
    assert used == set(range(1, len(prepared.get_parameters()) + 1))


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (queries.READ, "contactmoment_pkey"),
        (queries.FOLLOWED_BY, "contactmoment_pkey"),
        (queries.LOCK_FOR_UPDATE, "contactmoment_pkey"),
        (queries.UNLINK, "keten_opvolger"),
    ],
)
async def test_a_statement_on_one_contactmoment_goes_by_its_index(
    connection: Connection, sql: str, index: str
) -> None:
    await connection.execute("SET enable_seqscan = off")
    sql = sql.replace("ANY($1)", "ANY(ARRAY[$1]::uuid[])").replace(
        "$1", "'00000000-0000-4000-8000-000000000000'"
    )
    plan = await connection.fetch(f"EXPLAIN {sql}")
    assert any(index in row[0] for row in plan)
