"""The hash of a line: the same in SQL and here, and over everything that it says."""

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contactmomenten.audittrail.hashing import HASHED, hash_of
from contactmomenten.audittrail.queries import INSERT_LINE
from contactmomenten.database.pool import Connection
from contactmomenten.uuids import new_uuid
from tests.application import Api, uuid_of

LINES = f"SELECT {HASHED}, hash FROM audittrail ORDER BY contactmoment, aanmaakdatum, id"
UNHASHED = {"hash"}

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)


async def test_the_database_and_this_program_compute_the_same(
    api: Api, connection: Connection
) -> None:
    uuid = uuid_of((await api.moment())["url"])

    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
    )
    @given(st.lists(texts, min_size=7, max_size=7), st.integers(100, 599))
    def check(given_texts: list[str], resultaat: int) -> None:
        lines.append((given_texts, resultaat))

    lines: list[tuple[list[str], int]] = []
    check()
    for given_texts, resultaat in lines:
        url, weergave = given_texts[:2]
        await connection.execute(
            INSERT_LINE, uuid, new_uuid(), *given_texts[1:], "update", resultaat, url,
            "contactmoment", url, weergave, '{"a": "é"}', None,
        )  # fmt: skip
    rows = await connection.fetch(LINES)
    assert len(rows) == len(lines) + 1 > 50
    assert all(hash_of(row) == row["hash"] for row in rows)
    assert all(second["vorige_hash"] == first["hash"] for first, second in pairwise(rows))


async def test_each_column_of_the_table_plays_a_part(connection: Connection) -> None:
    columns = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'audittrail'::regclass"
        " AND attnum > 0 AND NOT attisdropped"
    )
    hashed = HASHED.replace("isfinite(", " ").replace(")", " ").replace(",", " ").split()
    assert {row[0] for row in columns} - UNHASHED <= set(hashed)


async def test_what_moves_from_one_column_to_the_next_gives_another_hash(api: Api) -> None:
    one = (
        "SELECT audittrail_hash(ROW($1, $2, 3, '2026-01-01Z', {}, 'a', 201, 'h', 'r', 'u', 't',"
        " 'w', {}, 'l', NULL, NULL)::audittrail)"
    )
    writer = api.database.writer
    uuids = (new_uuid(), new_uuid())
    seen = {
        await writer.value(one.format(texts_, changes), *uuids)
        for texts_ in ("'ab','','',''", "'a','b','',''", "'','ab','',''", "'','a','b',''")
        for changes in ("NULL,NULL", "'1',NULL", "NULL,'1'", "'1','1'")
    }
    assert len(seen) == 16
