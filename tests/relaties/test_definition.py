from uuid import UUID

import pytest

from contactmomenten.database.pool import Connection
from contactmomenten.klantcontactmomenten.relation import RELATIE as KLANT
from contactmomenten.objectcontactmomenten.relation import RELATIE as OBJECT
from contactmomenten.relaties import Relatie


@pytest.mark.parametrize("relatie", [KLANT, OBJECT], ids=lambda one: one.resource)
async def test_every_statement_is_one_that_postgresql_knows(
    connection: Connection, relatie: Relatie
) -> None:
    for sql in (relatie.read, relatie.exists, relatie.insert, relatie.remove):
        await connection.prepare(sql)


def test_the_url_is_that_of_the_list_and_the_uuid() -> None:
    assert KLANT.url("https://a.nl", UUID(int=1)) == (
        "https://a.nl/klantcontactmomenten/00000000-0000-0000-0000-000000000001"
    )
