"""Whatever an owner of the tables does to a trail, the verification finds it and says where."""

import pytest

from contactmomenten.audittrail.seals import Earlier, Sealed
from contactmomenten.audittrail.verifying import Result, verify
from contactmomenten.database.pool import Connection
from tests.application import Api
from tests.audittrail.trails import Trails, make_trails, verified
from tests.proof import record

# Another value for each column of a line.
CHANGES = {
    "contactmoment": "$2",
    "uuid": "gen_random_uuid()",
    "id": "id + 1000000",
    "aanmaakdatum": "aanmaakdatum + interval '1 microsecond'",
    "applicatie_id": "'x'",
    "applicatie_weergave": "'x'",
    "gebruikers_id": "'x'",
    "gebruikers_weergave": "gebruikers_weergave || ' '",
    "actie": "'list'",
    "resultaat": "resultaat + 1",
    "hoofd_object": "'x'",
    "resource": "'x'",
    "resource_url": "resource_url || '/'",
    "toelichting": "'x'",
    "resource_weergave": "'x'",
    "oud": "CASE WHEN oud IS NULL THEN '{}'::json END",
    "nieuw": "'{}'",
    "logrecord_id": "'x'",
    "vorige_hash": "sha256('x')",
    "hash": "sha256('x')",
}
# Hashes that were computed anew, for this one line or for all of the trail, as the owner can.
ONE_ANEW = "UPDATE audittrail SET hash = audittrail_hash(audittrail) WHERE uuid = $1"
ALL_ANEW = """
DO $$
DECLARE regel audittrail; laatste bytea;
BEGIN
    FOR regel IN SELECT * FROM audittrail WHERE contactmoment = '{}' ORDER BY aanmaakdatum, id LOOP
        regel.vorige_hash := laatste;
        laatste := audittrail_hash(regel);
        UPDATE audittrail SET vorige_hash = regel.vorige_hash, hash = laatste
        WHERE uuid = regel.uuid;
    END LOOP;
END $$
"""
# Without this the columns of an identity cannot be changed.
FREE_ID = "ALTER TABLE audittrail ALTER id DROP IDENTITY"

COPY = """
INSERT INTO audittrail (
    contactmoment, uuid, aanmaakdatum, applicatie_id, applicatie_weergave, gebruikers_id,
    gebruikers_weergave, actie, resultaat, hoofd_object, resource, resource_url, toelichting,
    resource_weergave, oud, nieuw, logrecord_id, vorige_hash, hash
)
SELECT
    contactmoment, gen_random_uuid(), aanmaakdatum, applicatie_id, applicatie_weergave,
    gebruikers_id, gebruikers_weergave, actie, resultaat, hoofd_object, resource, resource_url,
    toelichting, resource_weergave, oud, nieuw, logrecord_id, vorige_hash, hash
FROM audittrail WHERE uuid = $1
"""


@pytest.fixture
async def trails(api: Api) -> Trails:
    return await make_trails(api)


async def test_a_trail_that_nobody_touched_is_whole(connection: Connection, trails: Trails) -> None:
    result = Result()
    assert [fault async for fault in verify(connection, result)] == []
    assert (result.contactmomenten, result.lines, result.unsealed) == (2, 7, 0)


async def test_all_columns_are_put_to_the_test(connection: Connection) -> None:
    columns = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'audittrail'::regclass"
        " AND attnum > 0 AND NOT attisdropped"
    )
    assert {row[0] for row in columns} == CHANGES.keys()


KEEP = "CREATE TABLE kept AS SELECT * FROM audittrail"
RESTORE = (
    "DELETE FROM audittrail; INSERT INTO audittrail OVERRIDING SYSTEM VALUE SELECT * FROM kept"
)


async def damaged(connection: Connection, sql: str, *values: object) -> list[str]:
    """Do damage, return what the verification says of it, and put back what was there."""
    await connection.execute(sql, *values)
    try:
        return await verified(connection)
    finally:
        await connection.execute(RESTORE)


@pytest.mark.proof
async def test_a_change_of_any_column_of_any_line_is_found(
    connection: Connection, trails: Trails
) -> None:
    await connection.execute(FREE_ID)
    await connection.execute(KEEP)
    tried = 0
    for place, line in enumerate(trails.lines):
        for column, value in CHANGES.items():
            values = (line, trails.other) if column == "contactmoment" else (line,)
            sql = f"UPDATE audittrail SET {column} = {value} WHERE uuid = $1"
            found = await damaged(connection, sql, *values)
            assert any(text.startswith(str(trails.uuid)) for text in found), (column, place)
            tried += 1
            if column in {"contactmoment", "uuid", "id", "aanmaakdatum", "vorige_hash", "hash"}:
                continue
            # The hash of this line may be computed anew: the next line tells, or else, of what
            # can be compared with it, the contactmoment.
            await connection.execute(sql, *values)
            found = await damaged(connection, ONE_ANEW, line)
            is_last = place == len(trails.lines) - 1
            if not is_last or column in {"nieuw", "resource"}:
                assert found, (column, place)
                tried += 1
    assert await verified(connection) == []
    record("Changed lines of the audit trail", changes=tried, found=tried)


@pytest.mark.proof
async def test_a_line_that_is_removed_anywhere_is_found(
    connection: Connection, trails: Trails
) -> None:
    await connection.execute(KEEP)
    remove = "DELETE FROM audittrail WHERE uuid = ANY($1)"
    cases = {
        (0, 1): "comes first and is no create: the first line was removed",
        (2, 3): "a line was removed or moved",
        (5, 6): "the last line tells another state",
        (4, 6): "the last line tells another state",
        (1, 6): "the last line tells another state",
        (0, 6): "all lines were removed",
        (1, 3): "a line was removed or moved",
    }
    for (first, end), told in cases.items():
        found = await damaged(connection, remove, trails.lines[first:end])
        assert any(told in text for text in found), (first, end, found)
        assert all(text.startswith(str(trails.uuid)) for text in found)
    for line in trails.lines:
        assert await damaged(connection, remove, [line])
    assert await verified(connection) == []
    record("Removed lines of the audit trail", removals=len(cases) + len(trails.lines))


async def test_the_last_line_of_a_relation_that_is_removed_is_found(
    api: Api, connection: Connection
) -> None:
    url = (await api.moment())["url"]
    made = await api.make(
        "klantcontactmomenten", contactmoment=url, klant="https://x.nl/1", rol="belanghebbende"
    )
    last = "DELETE FROM audittrail WHERE id = (SELECT max(id) FROM audittrail)"
    await connection.execute(KEEP)
    assert "its create was removed" in " ".join(await damaged(connection, last))
    assert (await api.send("DELETE", made["url"])).status_code == 204
    await connection.execute("DROP TABLE kept")
    await connection.execute(KEEP)
    assert "its destroy was removed" in " ".join(await damaged(connection, last))
    assert await verified(connection) == []


async def test_a_trail_is_compared_with_what_there_is(
    connection: Connection, trails: Trails
) -> None:
    await connection.execute(KEEP)
    change = "UPDATE contactmoment SET tekst = 'stiekem' WHERE uuid = $1"
    found = await damaged(connection, change, trails.uuid)
    assert "changed outside of the program" in " ".join(found)
    await connection.execute(
        "UPDATE contactmoment SET tekst = 'laatste' WHERE uuid = $1", trails.uuid
    )
    change = "UPDATE klantcontactmoment SET klant = 'x' WHERE uuid = $1"
    assert "is not as its create tells" in " ".join(await damaged(connection, change, trails.klant))
    change = "DELETE FROM klantcontactmoment WHERE uuid = $1"
    assert "its destroy was removed" in " ".join(await damaged(connection, change, trails.klant))


async def test_lines_that_were_swapped_are_found(connection: Connection, trails: Trails) -> None:
    await connection.execute(KEEP)
    swap = """
        UPDATE audittrail SET aanmaakdatum = (
            SELECT aanmaakdatum FROM audittrail ander WHERE ander.uuid = CASE audittrail.uuid
                WHEN $1 THEN $2::uuid ELSE $1::uuid END
        ) WHERE uuid IN ($1::uuid, $2::uuid)
    """
    for first, second in ((0, 1), (2, 3), (3, 5)):
        found = await damaged(connection, swap, trails.lines[first], trails.lines[second])
        assert any("was changed" in text for text in found)
        assert any("moved" in text or "removed" in text for text in found)


async def test_a_line_that_was_added_is_found(connection: Connection, trails: Trails) -> None:
    await connection.execute(KEEP)
    for place, line in enumerate(trails.lines):
        found = await damaged(connection, COPY, line)
        assert found, place
        assert any("added" in text or "changed" in text for text in found), found
    # With a hash of its own that is right, and a place that is right.
    late = COPY.replace(
        "SELECT\n    contactmoment, gen_random_uuid(), aanmaakdatum",
        ("SELECT\n    contactmoment, gen_random_uuid(), aanmaakdatum + interval '1 microsecond'"),
    )
    assert late != COPY
    await connection.execute(late, trails.lines[2])
    found = await damaged(
        connection,
        "UPDATE audittrail SET hash = audittrail_hash(audittrail)"
        " WHERE uuid NOT IN (SELECT uuid FROM kept)",
    )
    assert any("added" in text or "moved" in text for text in found), found


async def test_lines_of_nobody_are_found(connection: Connection, trails: Trails) -> None:
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("DELETE FROM contactmoment WHERE uuid = $1", trails.uuid)
    await connection.execute("RESET session_replication_role")
    assert await verified(connection) == [
        f"{trails.uuid}: 6 lines are of a contactmoment that is not there"
    ]


async def test_of_one_contactmoment_nothing_else_is_told(
    connection: Connection, trails: Trails
) -> None:
    await connection.execute("DELETE FROM audittrail WHERE contactmoment = $1", trails.other)
    assert await verified(connection, trails.uuid) == []
    assert len(await verified(connection, trails.other)) == 1
    result = Result()
    assert [fault async for fault in verify(connection, result, only=trails.klant)] == []
    assert result.contactmomenten == 0


async def test_a_chain_that_was_computed_anew_is_told_by_a_seal(
    api: Api, connection: Connection, trails: Trails
) -> None:
    sealed: list[str] = []
    result = Result()
    kept = verify(connection, result, seal=lambda one: sealed.append(str(one)))
    assert [fault async for fault in kept] == []
    assert [Sealed.read(line).contactmoment for line in sealed] == [trails.uuid, trails.other]
    await api.moment()
    await api.change(f"contactmomenten/{trails.other}", tekst="later")

    async def compared() -> tuple[list[str], int]:
        result, earlier = Result(), Earlier(sealed)
        faults = [fault.text async for fault in verify(connection, result, earlier=earlier)]
        return faults, result.deleted

    assert await compared() == ([], 0)
    change = "UPDATE audittrail SET gebruikers_id = 'iemand anders' WHERE uuid = $1"
    await connection.execute(change, trails.lines[3])
    await connection.execute(ALL_ANEW.format(trails.uuid))
    assert await verified(connection) == []
    assert await compared() == (["the first 6 lines are not those that were sealed"], 0)
    assert (await api.send("DELETE", f"contactmomenten/{trails.uuid}")).status_code == 204
    assert await compared() == ([], 1)
    assert (await api.send("DELETE", f"contactmomenten/{trails.other}")).status_code == 204
    assert await compared() == ([], 2)


async def test_a_moment_that_is_no_moment_does_not_stop_it(
    connection: Connection, trails: Trails
) -> None:
    sql = "UPDATE audittrail SET aanmaakdatum = 'infinity' WHERE uuid = $1"
    await connection.execute(sql, trails.lines[0])
    assert any("was changed" in text for text in await verified(connection))
