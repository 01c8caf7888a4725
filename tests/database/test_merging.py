import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID, uuid4

import asyncpg
import pytest

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.merging import Merger, select_by_uuid
from contactmomenten.database.pool import Connection, Database, open_database, unavailable
from tests.waiting import locks_are_waited_for

MANY = 100


class Doubler:
    """Doubles numbers, a group at a time, and remembers the groups; 13 cannot be doubled."""

    def __init__(self) -> None:
        self.groups: list[Sequence[int]] = []
        self.failure: Exception | None = None
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, group: Sequence[int]) -> Sequence[int]:
        self.groups.append(group)
        await self.go_on.wait()
        if self.failure is not None:
            raise self.failure
        if 13 in group:
            raise ValueError(13)
        return [2 * number for number in group]


@pytest.fixture
def double() -> Doubler:
    return Doubler()


def merger_of(double: Doubler, seconds: float = 10) -> Merger[int, int]:
    return Merger(double, hopeless=lambda error: isinstance(error, OSError), seconds=seconds)


async def begin(merger: Merger[int, int], double: Doubler) -> "asyncio.Future[int]":
    """Ask for the double of 1 and let that be under way."""
    double.go_on.clear()
    first = merger.ask(1)
    await asyncio.sleep(0)
    assert double.groups == [[1]]
    return first


async def test_what_is_asked_when_nothing_is_under_way_is_done_at_once(double: Doubler) -> None:
    merger = merger_of(double)
    assert await merger.ask(1) == 2
    assert await merger.ask(2) == 4
    assert double.groups == [[1], [2]]


async def test_what_is_asked_meanwhile_is_done_together(double: Doubler) -> None:
    merger = merger_of(double)
    first = await begin(merger, double)
    others = [merger.ask(number) for number in (2, 3, 3)]
    await asyncio.sleep(0.01)
    assert double.groups == [[1]]
    double.go_on.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6, 6]
    assert double.groups == [[1], [2, 3, 3]]


async def test_a_group_has_a_largest_size(double: Doubler) -> None:
    merger = merger_of(double)
    first = await begin(merger, double)
    others = [merger.ask(number) for number in range(100, 300)]
    double.go_on.set()
    assert await asyncio.gather(first, *others) == [2, *range(200, 600, 2)]
    assert [len(group) for group in double.groups] == [1, 64, 64, 64, 8]


async def test_the_failure_of_one_leaves_the_others_whole(double: Doubler) -> None:
    merger = merger_of(double)
    first = await begin(merger, double)
    others = [merger.ask(number) for number in (12, 13, 14)]
    double.go_on.set()
    outcomes = await asyncio.gather(first, *others, return_exceptions=True)
    assert [outcomes[0], outcomes[1], outcomes[3]] == [2, 24, 28]
    assert isinstance(outcomes[2], ValueError)
    assert double.groups == [[1], [12, 13, 14], [12], [13], [14]]


async def test_a_failure_that_strikes_all_is_told_to_all_and_the_next_group_goes_on(
    double: Doubler,
) -> None:
    merger = merger_of(double)
    first = await begin(merger, double)
    double.failure = ConnectionResetError()
    others = [merger.ask(number) for number in (2, 3)]
    double.go_on.set()
    outcomes = await asyncio.gather(first, *others, return_exceptions=True)
    assert outcomes == [double.failure] * 3
    assert double.groups == [[1], [2, 3]]
    double.failure = None
    assert await merger.ask(4) == 8


async def test_a_caller_that_goes_away_hurts_nobody_and_is_not_served(double: Doubler) -> None:
    merger = merger_of(double)
    first = await begin(merger, double)
    gone, other = merger.ask(2), merger.ask(3)
    first.cancel()
    gone.cancel()
    double.go_on.set()
    assert await other == 6
    assert double.groups == [[1], [3]]


async def test_a_group_of_callers_that_all_went_away_is_not_done(double: Doubler) -> None:
    merger = merger_of(double)
    first = await begin(merger, double)
    merger.ask(2).cancel()
    double.go_on.set()
    assert await first == 2
    assert await merger.ask(3) == 6
    assert double.groups == [[1], [3]]


async def test_whoever_waits_too_long_for_others_is_told_so(double: Doubler) -> None:
    merger = merger_of(double, seconds=0.05)
    first = await begin(merger, double)
    late = merger.ask(2)
    await asyncio.sleep(0.1)
    in_time = merger.ask(3)
    double.go_on.set()
    with pytest.raises(TimeoutError):
        await late
    assert (await first, await in_time) == (2, 6)
    assert double.groups == [[1], [3]]


# --- with a database --------------------------------------------------------------------------

READ = select_by_uuid("uuid, n", "t")
WRITE = "INSERT INTO t (uuid, n) SELECT * FROM unnest($1::uuid[], $2::int[])"
GENERIC = "force_generic_plan"
KILL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def table(connection: Connection) -> None:
    await connection.execute("CREATE TABLE t (uuid uuid PRIMARY KEY, n int CHECK (n <> 13))")


@pytest.fixture
def statements(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what is asked of the database."""
    told: list[str] = []

    def counted(method: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def ask(sql: str, *values: object) -> object:
            told.append(sql)
            return await method(sql, *values)

        return ask

    for name in ("row", "rows"):
        monkeypatch.setattr(database.writer, name, counted(getattr(database.writer, name)))
    return told


async def test_each_reader_gets_its_own_row_or_none(
    database: Database, connection: Connection, table: None, statements: list[str]
) -> None:
    known = {uuid4(): n for n in range(MANY) if n != 13}
    await connection.executemany("INSERT INTO t VALUES ($1, $2)", known.items())
    asked = [uuid for pair in zip(known, map(UUID, map(str, known)), strict=True) for uuid in pair]
    asked += [uuid4() for _ in range(MANY)]
    rows = await asyncio.gather(*(database.writer.by_uuid(READ, uuid) for uuid in asked))
    assert [row and row["n"] for row in rows] == [known.get(uuid) for uuid in asked]
    assert len(statements) < 10


@pytest.mark.parametrize("cost", ["1.1", "4"], ids=["fast disk", "slow disk"])
async def test_a_plan_that_was_made_while_the_table_was_empty_goes_by_the_index(
    connection: Connection, table: None, cost: str
) -> None:
    await connection.execute(f"SET random_page_cost = {cost}; SET plan_cache_mode = {GENERIC}")
    await connection.execute(f"PREPARE reading (uuid[]) AS {READ}")
    plan = await connection.fetch("EXPLAIN EXECUTE reading (ARRAY[]::uuid[])")
    assert any("Index Scan using t_pkey" in row[0] for row in plan)
    assert not any("Seq Scan" in row[0] for row in plan)


async def test_each_writer_has_its_own_outcome(
    database: Database, connection: Connection, table: None, statements: list[str]
) -> None:
    rows = [(uuid4(), number % 20) for number in range(MANY)]
    rows.append((rows[0][0], 5))
    outcomes = await asyncio.gather(
        *(database.writer.together(WRITE, *row) for row in rows), return_exceptions=True
    )
    refused = [type(outcome) for outcome in outcomes if outcome is not None]
    assert refused == [asyncpg.CheckViolationError] * 5 + [asyncpg.UniqueViolationError]
    stored = {tuple(row) for row in await connection.fetch("SELECT uuid, n FROM t")}
    assert stored == {row for row, outcome in zip(rows, outcomes, strict=True) if outcome is None}


async def test_what_succeeds_is_written_by_a_few_statements(
    database: Database, connection: Connection, table: None, statements: list[str]
) -> None:
    await asyncio.gather(*(database.writer.together(WRITE, uuid4(), 1) for _ in range(MANY)))
    assert await connection.fetchval("SELECT count(*) FROM t") == MANY
    assert len(statements) == 2


async def test_a_lost_connection_is_told_to_all_whom_it_concerns_and_is_replaced(
    database: Database, connection: Connection, table: None
) -> None:
    await connection.execute("BEGIN; LOCK TABLE t")
    waiting = [asyncio.create_task(database.writer.by_uuid(READ, uuid4())) for _ in range(5)]
    waiting += [asyncio.create_task(database.writer.together(WRITE, uuid4(), 1)) for _ in range(5)]
    await locks_are_waited_for(connection, 2)
    assert await connection.fetchval(KILL) == 2
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, Exception) and unavailable(one) for one in outcomes)
    await connection.execute("ROLLBACK")
    assert await database.writer.by_uuid(READ, uuid4()) is None
    await database.writer.together(WRITE, uuid4(), 1)


async def test_a_statement_that_takes_too_long_is_given_up(
    info: ConnectionInfo, connection: Connection, table: None
) -> None:
    database = await open_database(info, max_size=2, seconds=0.3)
    await connection.execute("BEGIN; LOCK TABLE t")
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(
            *(database.writer.by_uuid(READ, uuid4()) for _ in range(3)),
            *(database.writer.together(WRITE, uuid4(), 1) for _ in range(3)),
            return_exceptions=True,
        )
    assert [type(outcome) for outcome in outcomes] == [TimeoutError] * 6
    await connection.execute("ROLLBACK")
    assert await database.writer.by_uuid(READ, uuid4()) is None
    await database.close()


async def test_a_deadlock_of_a_group_is_tried_again(
    database: Database, connection: Connection, table: None
) -> None:
    await connection.execute(
        "CREATE SEQUENCE tries;"
        "CREATE FUNCTION bang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF nextval('tries') < 3 THEN RAISE 'x' USING ERRCODE = 'deadlock_detected'; END IF;"
        " RETURN NULL; END $$;"
        "CREATE TRIGGER bang BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION bang()"
    )
    await asyncio.gather(*(database.writer.together(WRITE, uuid4(), 1) for _ in range(5)))
    assert await connection.fetchval("SELECT count(*) FROM t") == 5
