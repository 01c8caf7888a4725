from datetime import UTC, datetime
from uuid import UUID

import pytest

from contactmomenten.audittrail import queries
from contactmomenten.audittrail.recording import Author, Line, last_segment, record, weergave
from contactmomenten.database.pool import Connection, Database
from tests.application import CALLER, ROOT, context_of, request_of

ID = UUID("0a1b2c3d-0000-4000-8000-00000000000f")


def line(**changes: object) -> Line:
    usual: dict[str, object] = {
        "contactmoment": ID,
        "actie": "create",
        "resultaat": 201,
        "resource": "contactmoment",
        "resource_url": "u",
        "resource_weergave": "w",
        "oud": None,
        "nieuw": b'{"a":"\xc3\xa9"}',
    }
    return Line(**(usual | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "segment"),
    [
        ("", ""),
        ("https://a.nl/medewerkers/77", "77"),
        ("https://a.nl/medewerkers/77//", "77"),
        ("https://a.nl/x?a=b/c", "c"),
        ("https://a.nl", "a.nl"),
        ("///", ""),
        ("77", "77"),
    ],
)
def test_the_last_segment_is_what_follows_the_last_slash(url: str, segment: str) -> None:
    assert last_segment(url) == segment


@pytest.mark.parametrize(
    ("medewerker", "moment", "shown"),
    [
        (
            "https://a.nl/77/",
            datetime(2026, 11, 23, 13, 48, 11, 489174, UTC),
            "000000000 77 at 2026-11-23 13:48:11.489174+00:00 via telefoon",
        ),
        (
            "",
            datetime(2026, 11, 23, 13, 48, 11, tzinfo=UTC),
            "000000000  at 2026-11-23 13:48:11+00:00 via telefoon",
        ),
    ],
)
def test_a_contactmoment_has_a_readable_name(medewerker: str, moment: datetime, shown: str) -> None:
    row = {
        "bronorganisatie": "000000000",
        "medewerker": medewerker,
        "registratiedatum": moment,
        "kanaal": "telefoon",
    }
    assert weergave(row) == shown


def test_the_values_of_a_line_are_those_of_the_statement() -> None:
    headers = {"x-audit-toelichting": "é\xff", "x-nlx-logrecord-id": "1" * 300}
    values = line(resource_weergave="w" * 300).values(
        Author.of(context_of(None, request_of(headers=headers)))
    )
    assert len(values) == queries.LINE_LENGTH
    assert values[0] == ID
    assert isinstance(values[1], UUID)
    assert values[2:] == (
        CALLER.applicatie_id,
        CALLER.applicatie_weergave,
        CALLER.gebruikers_id,
        CALLER.gebruikers_weergave,
        "éÿ",
        "1" * 255,
        "create",
        201,
        f"{ROOT}/contactmomenten/{ID}",
        "contactmoment",
        "u",
        "w" * 200,
        None,
        '{"a":"é"}',
    )


def test_without_headers_there_is_no_explanation() -> None:
    assert line().values(Author.of(context_of()))[6:8] == ("", "")


async def test_a_line_is_written_in_the_transaction_of_the_change(
    connection: Connection, database: Database
) -> None:
    await connection.execute(
        "INSERT INTO contactmoment (uuid, bronorganisatie, registratiedatum, kanaal,"
        " voorkeurskanaal, voorkeurstaal, tekst, onderwerp_links, initiatiefnemer, medewerker)"
        " VALUES ($1, '', now(), '', '', '', '', '{}', '', '')",
        ID,
    )

    async def work(connection: Connection) -> None:
        await record(connection, Author.of(context_of()), line())
        raise KeyError

    with pytest.raises(KeyError):
        await database.writer.in_transaction(work)
    assert await connection.fetchval("SELECT count(*) FROM audittrail") == 0
    await record(connection, Author.of(context_of()), line())
    assert await connection.fetchval("SELECT nieuw ->> 'a' FROM audittrail") == "é"
