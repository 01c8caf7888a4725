import asyncio
from dataclasses import replace
from itertools import count as numbers

import pytest

from contactmomenten.counts.checking import differences
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection, Database
from contactmomenten.demo_data import loading, making, plan
from tests.application import Api
from tests.contactmomenten.consistency import counts
from tests.databases import Cluster, connected
from tests.demo_data.loaded import TABLES, ignore, load, rows, schema
from tests.demo_data.loaded import plan as plan_of


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have several parts without having many rows."""
    monkeypatch.setattr(plan, "PART", 300)


async def test_the_same_seed_gives_the_same_rows(
    cluster: Cluster, info: ConnectionInfo, connection: Connection
) -> None:
    await load(info)
    async with cluster.fresh() as other:
        await load(other)
        async with connected(other) as second:
            assert await rows(second) == await rows(connection)


async def test_in_processes_of_their_own_the_same_rows_are_made(
    cluster: Cluster,
    info: ConnectionInfo,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await load(info)
    monkeypatch.setattr(making, "MANY", 2)
    async with cluster.fresh() as other:
        await load(other)
        async with connected(other) as second:
            assert await rows(second) == await rows(connection)


async def test_another_seed_gives_other_rows(
    cluster: Cluster, info: ConnectionInfo, connection: Connection
) -> None:
    await load(info)
    async with cluster.fresh() as other:
        await load(other, seed=2)
        async with connected(other) as second:
            found, first = await rows(second), await rows(connection)
    assert all(set(found[table]).isdisjoint(first[table]) for table in TABLES)


async def test_it_tells_how_many_rows_there_are_now(
    info: ConnectionInfo, database: Database
) -> None:
    loaded = await load(info)
    assert loaded["contactmoment"] == 1000
    assert {**loaded, "notificatie": 0} == await counts(database)


async def test_indexes_constraints_columns_and_triggers_are_as_they_were(
    info: ConnectionInfo, connection: Connection
) -> None:
    before = await schema(connection)
    await load(info, 10)
    assert await schema(connection) == before


async def test_indexes_alone_can_answer(info: ConnectionInfo, connection: Connection) -> None:
    await load(info)
    await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
    for table in ("contactmoment", "klantcontactmoment", "objectcontactmoment"):
        plan = await connection.fetch(
            f"EXPLAIN (ANALYZE, COSTS off) SELECT id FROM {table} WHERE id > 0"
        )
        lines = [row[0].strip() for row in plan]
        assert lines[0].startswith("Index Only Scan ")
        assert "Heap Fetches: 0" in lines


class BrokenOffError(Exception):
    """Somebody wants to stop."""


def break_off_at(stage: str, error: BaseException) -> loading.Report:
    """Return a report that breaks off halfway a stage."""

    def report(now: str, done: int, total: int) -> None:
        if now == stage and done > total / 3:
            raise error

    return report


@pytest.mark.parametrize("error", [BrokenOffError(), asyncio.CancelledError()])
@pytest.mark.parametrize("stage", [loading.ROWS, loading.TRAIL, loading.INDEXES])
async def test_a_load_that_is_broken_off_leaves_nothing(
    connection: Connection, database: Database, stage: str, error: BaseException
) -> None:
    before = await schema(connection)
    with pytest.raises(type(error)):
        await loading.load(connection, plan_of(), add=False, report=break_off_at(stage, error))
    assert set((await counts(database)).values()) == {0}
    assert await schema(connection) == before


async def test_after_one_that_was_broken_off_the_rows_are_the_same_as_ever(
    cluster: Cluster, info: ConnectionInfo, connection: Connection
) -> None:
    with pytest.raises(BrokenOffError):
        await loading.load(
            connection, plan_of(), add=False, report=break_off_at(loading.INDEXES, BrokenOffError())
        )
    await load(info)
    async with cluster.fresh() as other:
        await load(other)
        async with connected(other) as second:
            assert await rows(second) == await rows(connection)


@pytest.mark.parametrize("stage", [loading.ROWS, loading.TRAIL])
async def test_adding_that_is_broken_off_leaves_what_there_was(
    info: ConnectionInfo, connection: Connection, stage: str
) -> None:
    await load(info, 50)
    before = await rows(connection)
    with pytest.raises(BrokenOffError):
        await loading.load(
            connection, plan_of(), add=True, report=break_off_at(stage, BrokenOffError())
        )
    assert await rows(connection) == before


async def test_a_database_with_contactmomenten_is_refused(
    api: Api, info: ConnectionInfo, connection: Connection
) -> None:
    await api.moment()
    before = await rows(connection)
    with pytest.raises(loading.NotEmptyError):
        await load(info)
    assert await rows(connection) == before


async def test_one_that_comes_while_it_waits_for_the_tables_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, api: Api, info: ConnectionInfo, database: Database
) -> None:
    asked = numbers()
    is_empty = loading._is_empty

    async def then_comes_one(connection: Connection) -> bool:
        if next(asked):
            return await is_empty(connection)
        await api.moment()
        return True

    monkeypatch.setattr(loading, "_is_empty", then_comes_one)
    with pytest.raises(loading.NotEmptyError):
        await load(info)
    assert (await counts(database))["contactmoment"] == 1


async def test_adding_leaves_what_there_was_and_gives_other_uuids(
    api: Api, info: ConnectionInfo, connection: Connection, database: Database
) -> None:
    await load(info, 400)
    own = await api.moment(medewerkerIdentificatie={"identificatie": "m1"})
    before = await rows(connection)
    loaded = await load(info, 400, add=True)
    after = await rows(connection)
    for table in ("contactmoment", "klantcontactmoment", "objectcontactmoment", "audittrail"):
        assert after[table][: len(before[table])] == before[table]
        assert len(after[table]) == len(before[table]) + loaded[table]
    assert (await counts(database))["contactmoment"] == 801
    assert len(await api.trail(own["url"])) == 1


async def test_identifications_are_numbered_in_order_of_creation(
    api: Api, info: ConnectionInfo, connection: Connection
) -> None:
    await load(info, 400)
    await api.moment(medewerkerIdentificatie={"identificatie": "m1"})
    await load(info, 400, add=True)
    await api.moment(medewerkerIdentificatie={"identificatie": "m1"})
    given = await connection.fetch(
        "SELECT medewerker_identificatie_id FROM contactmoment "
        "WHERE medewerker_identificatie_id IS NOT NULL ORDER BY id"
    )
    assert [row[0] for row in given] == list(range(1, 240 + 1 + 240 + 1 + 1))


async def test_a_database_that_was_emptied_is_as_good_as_a_new_one(
    cluster: Cluster, api: Api, info: ConnectionInfo, connection: Connection
) -> None:
    moment = await api.moment(medewerkerIdentificatie={"identificatie": "m1"})
    await connection.execute("UPDATE telling_stand SET tot = 1")
    await api.send("DELETE", moment["url"])
    await load(info)
    assert await connection.fetchval("SELECT count(*) FROM contactmoment_correctie") == 0
    async with cluster.fresh() as other:
        await load(other)
        async with connected(other) as second:
            assert await rows(second) == await rows(connection)


async def test_it_goes_on_after_others_have_let_go_of_the_tables(
    info: ConnectionInfo, connection: Connection
) -> None:
    async with connected(info) as other:
        transaction = other.transaction()
        await transaction.start()
        await other.execute("SELECT FROM contactmoment")
        loading_it = asyncio.create_task(load(info, 10))
        await asyncio.sleep(0.3)
        assert not loading_it.done()
        await transaction.rollback()
        loaded = await loading_it
    assert loaded["contactmoment"] == 10


async def test_without_trail_there_are_the_same_contactmomenten_and_no_lines(
    cluster: Cluster, info: ConnectionInfo, connection: Connection
) -> None:
    await load(info)
    async with cluster.fresh() as other, connected(other) as second:
        bare = replace(plan_of(), trail=False)
        loaded = await loading.load(second, bare, add=False, report=ignore)
        assert loaded["audittrail"] == 0
        assert {**await rows(connection), "audittrail": []} == await rows(second)


async def test_all_of_it_is_counted(info: ConnectionInfo, connection: Connection) -> None:
    await load(info)
    assert await connection.fetchval("SELECT min(tot) FROM telling_stand") > 0
    await load(info, 100, add=True)
    assert await connection.fetchval("SELECT max(tot) FROM telling_stand") == 1100
    assert await differences(connection) == []
