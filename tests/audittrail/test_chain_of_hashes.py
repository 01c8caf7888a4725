"""The database chains lines by itself, whoever adds them, how many at once, and in whatever way."""

import asyncio
import random
from itertools import pairwise
from uuid import UUID

import pytest

from contactmomenten.audittrail.queries import INSERT_LINE
from contactmomenten.audittrail.sealing import SEAL, seal_all
from contactmomenten.audittrail.verifying import Result, verify
from contactmomenten.database.migrations import all_migrations
from contactmomenten.database.pool import Connection, Database
from contactmomenten.uuids import new_uuid
from tests.application import MOMENT, Api, uuid_of
from tests.audittrail.trails import make_trails, verified
from tests.databases import Cluster, connected
from tests.proof import amount, record

VORIG = "vorigContactmoment"

# As long ago: no line has a hash, and nobody gives it one.
OLD = """
ALTER TABLE audittrail DISABLE TRIGGER audittrail_voor_insert;
UPDATE audittrail SET vorige_hash = NULL, hash = NULL;
UPDATE audittrail_verzegeling SET klaar = false;
"""
NEW = "ALTER TABLE audittrail ENABLE TRIGGER audittrail_voor_insert"


@pytest.mark.proof
async def test_after_many_changes_at_once_every_chain_is_whole(
    api: Api, connection: Connection
) -> None:
    chance = random.Random(7)  # noqa: S311 (the same changes each time)
    urls = [(await api.moment())["url"] for _ in range(6)]

    async def change(number: int) -> int:
        url, other = chance.choice(urls), chance.choice(urls)
        kind = chance.randrange(7)
        related = {"contactmoment": url, "rol": "belanghebbende"}
        if kind <= 1:
            answer = await api.send("PATCH", url, {"tekst": f"nummer {number}"})
        elif kind == 2:
            answer = await api.send("PATCH", url, {VORIG: other})
        elif kind == 3:
            answer = await api.send("PUT", url, MOMENT | {VORIG: None})
        elif kind == 4:
            answer = await api.send("POST", "contactmomenten", MOMENT | {VORIG: url})
        else:
            body = related | {"klant": f"https://x.nl/{number}"}
            answer = await api.send("POST", "klantcontactmomenten", body)
            if kind == 6 and answer.status_code == 201:
                answer = await api.send("DELETE", answer.json()["url"])
        return answer.status_code

    statuses: list[int] = []
    for first in range(0, amount(short=240, long=24_000), 60):
        statuses += await asyncio.gather(*(change(first + number) for number in range(60)))
    assert {200, 201, 204} <= set(statuses) <= {200, 201, 204, 400}
    result = Result()
    assert [fault async for fault in verify(connection, result)] == []
    assert result.lines > len(statuses) / 2
    record("Trails changed at once", changes=len(statuses), lines=result.lines, faults=0)


async def test_lines_that_come_at_once_for_one_contactmoment_make_one_chain(
    api: Api, connection: Connection
) -> None:
    url = (await api.moment())["url"]
    await asyncio.gather(
        *(
            api.make(
                "klantcontactmomenten",
                contactmoment=url,
                klant=f"https://x.nl/{number}",
                rol="belanghebbende",
            )
            for number in range(20)
        )
    )
    rows = await connection.fetch("SELECT * FROM audittrail ORDER BY aanmaakdatum, id")
    assert len(rows) == 21
    assert all(second["vorige_hash"] == first["hash"] for first, second in pairwise(rows))
    assert all(second["id"] > first["id"] for first, second in pairwise(rows))


async def test_two_lines_of_one_contactmoment_in_one_statement_follow_on_each_other(
    api: Api, connection: Connection
) -> None:
    uuid = uuid_of((await api.moment())["url"])
    await connection.execute(
        "INSERT INTO audittrail (contactmoment, uuid, applicatie_id, applicatie_weergave,"
        " gebruikers_id, gebruikers_weergave, actie, resultaat, hoofd_object, resource,"
        " resource_url, toelichting, resource_weergave, logrecord_id)"
        " SELECT $1, gen_random_uuid(), '', '', '', '', 'update', 200, '', 'contactmoment', '', '',"
        " n::text, '' FROM generate_series(1, 50) n",
        uuid,
    )
    rows = await connection.fetch("SELECT * FROM audittrail ORDER BY aanmaakdatum, id")
    assert [row["resource_weergave"] for row in rows[1:]] == [str(n) for n in range(1, 51)]
    assert all(second["vorige_hash"] == first["hash"] for first, second in pairwise(rows))


async def test_a_line_comes_after_the_one_that_it_waited_for(
    api: Api, connection: Connection
) -> None:
    uuid = uuid_of((await api.moment())["url"])
    future = "UPDATE audittrail SET aanmaakdatum = now() + interval '1 hour'"
    await connection.execute(future)
    values = (uuid, new_uuid(), "", "", "", "", "", "", "update", 200, "", "contactmoment", "", "")
    await connection.execute(INSERT_LINE, *values, None, None)
    first, second = await connection.fetch("SELECT * FROM audittrail ORDER BY aanmaakdatum, id")
    assert second["actie"] == "update"
    assert second["vorige_hash"] == first["hash"]
    assert second["aanmaakdatum"] == first["aanmaakdatum"]


@pytest.mark.proof
async def test_lines_from_before_get_their_hashes_in_the_background(
    api: Api, connection: Connection, database: Database
) -> None:
    trails = [await make_trails(api) for _ in range(amount(short=4, long=2000))]
    expected = await connection.fetch("SELECT uuid, hash FROM audittrail ORDER BY uuid")
    await connection.execute(OLD)
    await connection.execute(NEW)
    result = Result()
    assert [fault async for fault in verify(connection, result)] == []
    assert result.unsealed == result.contactmomenten == 2 * len(trails)
    # A change meanwhile seals its contactmoment by itself.
    await api.change(f"contactmomenten/{trails[0].uuid}", tekst="tussendoor")
    assert await connection.fetchval(
        "SELECT count(*) FILTER (WHERE hash IS NULL) = 0 FROM audittrail WHERE contactmoment = $1",
        trails[0].uuid,
    )
    assert await connection.fetchval(SEAL, 3) is True
    await asyncio.gather(*(seal_all(database.writer) for _ in range(2)))
    result = Result()
    assert [fault async for fault in verify(connection, result)] == []
    assert result.unsealed == 0
    known = [tuple(row) for row in expected]
    sealed = await connection.fetch(
        "SELECT uuid, hash FROM audittrail WHERE uuid = ANY($1) ORDER BY uuid",
        [row[0] for row in known],
    )
    assert [tuple(row) for row in sealed] == known
    assert await connection.fetchval("SELECT klaar FROM audittrail_verzegeling")
    record("Lines from before the hashes", lines=len(known), sealed=len(sealed))


async def test_a_hash_that_was_taken_away_is_not_given_again(
    api: Api, connection: Connection, database: Database
) -> None:
    trails = await make_trails(api)
    take = "UPDATE audittrail SET hash = NULL, toelichting = 'anders' WHERE uuid = $1"
    await connection.execute(take, trails.lines[-1])
    await connection.execute("UPDATE audittrail_verzegeling SET klaar = false")
    await seal_all(database.writer)
    assert "has no hash: it was added or changed" in " ".join(await verified(connection))
    # All of them: then they would be sealed as lines from before, were it not that this is over.
    await connection.execute("UPDATE audittrail SET hash = NULL, vorige_hash = NULL")
    await seal_all(database.writer)
    assert len(await verified(connection)) == 7


async def test_a_new_database_has_nothing_to_seal_and_an_old_one_has(cluster: Cluster) -> None:
    steps = all_migrations()
    async with cluster.fresh("template0") as info, connected(info) as connection:
        for step in steps[:6]:
            await connection.execute(step.sql)
        await connection.execute(
            "INSERT INTO contactmoment (uuid, bronorganisatie, registratiedatum, kanaal,"
            " voorkeurskanaal, voorkeurstaal, tekst, onderwerp_links, initiatiefnemer, medewerker)"
            " VALUES ($1, '', now(), '', '', '', '', '{}', '', '')",
            UUID(int=1),
        )
        values = (UUID(int=1), new_uuid(), "", "", "", "", "", "", "create", 201, "")
        await connection.execute(INSERT_LINE, *values, "contactmoment", "", "", None, "{}")
        await connection.execute(steps[6].sql)
        assert await connection.fetchval("SELECT NOT klaar FROM audittrail_verzegeling")
        assert await connection.fetchval(SEAL, 10) is False
        assert await connection.fetchval("SELECT hash IS NOT NULL FROM audittrail")
    async with cluster.fresh() as info, connected(info) as connection:
        assert await connection.fetchval("SELECT klaar FROM audittrail_verzegeling")
