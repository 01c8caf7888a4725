from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from contactmomenten.database.pool import Connection
from contactmomenten.fields import parse_moment
from contactmomenten.notificaties.outbox import ACTIES, insert_notificatie, notificatie

ID = UUID("0a1b2c3d-0000-4000-8000-00000000000f")
URL = f"https://a.nl/api/v1/contactmomenten/{ID}"
ROW = {"bronorganisatie": "000000000", "kanaal": "", "tekst": "geheim", "medewerker": "geheim"}


@pytest.mark.parametrize("actie", ACTIES)
def test_a_message_is_what_the_notificaties_api_expects(actie: str) -> None:
    uuid, text = notificatie(ID, URL, actie, ROW, disabled=False)
    message = msgspec.json.decode(text or "")
    moment = parse_moment(message.pop("aanmaakdatum"))
    assert uuid == ID
    assert timedelta(0) <= datetime.now(UTC) - moment < timedelta(seconds=5)
    assert message == {
        "kanaal": "contactmomenten",
        "hoofdObject": URL,
        "resource": "contactmoment",
        "resourceUrl": URL,
        "actie": actie,
        "kenmerken": {"bronorganisatie": "000000000", "kanaal": ""},
    }


def test_a_message_tells_nothing_of_people() -> None:
    assert "geheim" not in (notificatie(ID, URL, "create", ROW, disabled=False)[1] or "geheim")


async def test_a_message_is_stored_as_it_is(connection: Connection) -> None:
    values = notificatie(ID, URL, "create", ROW | {"kanaal": "é"}, disabled=False)
    await connection.execute(insert_notificatie(1), *values)
    row = await connection.fetchrow("SELECT contactmoment, bericht::text FROM notificatie")
    assert tuple(row or ()) == values


async def test_when_disabled_nothing_is_stored(connection: Connection) -> None:
    values = notificatie(ID, URL, "create", ROW, disabled=True)
    await connection.execute(insert_notificatie(1), *values)
    assert await connection.fetchval("SELECT count(*) FROM notificatie") == 0
