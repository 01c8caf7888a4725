import asyncio
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection, Database, Reads, open_database, unavailable
from tests.application import api_on
from tests.databases import Cluster

BACKEND = "SELECT pg_backend_pid()"


@pytest.fixture
async def table(connection: Connection) -> None:
    await connection.execute("CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL)")
    await connection.execute("INSERT INTO t VALUES (1, 0), (2, 0)")


async def test_a_reader_gives_a_row_rows_or_a_value(database: Database) -> None:
    row = await database.reader.row("SELECT 1 AS a, $1::text AS b", "x")
    assert row is not None
    assert tuple(row) == (1, "x")
    assert await database.reader.row("SELECT 1 WHERE false") is None
    assert [r[0] for r in await database.reader.rows("SELECT generate_series(1, 3)")] == [1, 2, 3]
    assert await database.reader.value("SELECT 2, 3") == 2
    assert await database.reader.value("SELECT 1 WHERE false") is None


async def test_reads_in_a_snapshot_see_one_moment_and_cannot_write(
    database: Database, table: None
) -> None:
    async def read(reads: Reads) -> tuple[int, int, int]:
        before = await reads.value("SELECT sum(n) FROM t")
        await database.writer.row("UPDATE t SET n = n + 1")
        again = await reads.in_snapshot(lambda same: same.value("SELECT sum(n) FROM t"))
        return before, again, len(await reads.rows("SELECT FROM t"))

    assert await database.reader.in_snapshot(read) == (0, 0, 2)
    assert await database.reader.value("SELECT sum(n) FROM t") == 2
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await database.reader.in_snapshot(lambda reads: reads.row("UPDATE t SET n = 9"))
    # The connection is fit for use afterwards.
    await database.writer.row("UPDATE t SET n = 4")


async def test_the_session_is_in_utc_and_has_our_name(database: Database) -> None:
    row = await database.reader.row(
        "SELECT current_setting('timezone'), current_setting('application_name')"
    )
    assert tuple(row or ()) == ("UTC", "contactmomenten")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=1))
async def test_a_moment_comes_back_as_it_went(database: Database, moments: list[datetime]) -> None:
    assert await database.reader.value("SELECT $1::timestamptz[]", moments) == moments


@pytest.mark.parametrize(
    "moment",
    [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), datetime.now(UTC)],
)
async def test_the_first_and_the_last_moment_are_no_infinities(
    database: Database, moment: datetime
) -> None:
    row = await database.reader.row(
        "SELECT $1::timestamptz, isfinite($1::timestamptz), $1::timestamptz + interval '0'", moment
    )
    assert tuple(row or ()) == (moment, True, moment)


async def test_a_transaction_writes_everything_or_nothing(database: Database, table: None) -> None:
    async def work(connection: Connection) -> str:
        await connection.execute("UPDATE t SET n = 1 WHERE id = 1")
        await connection.execute("UPDATE t SET n = $1 WHERE id = 2", value)
        return "done"

    value = None
    with pytest.raises(asyncpg.NotNullViolationError):
        await database.writer.in_transaction(work)
    assert await database.reader.value("SELECT sum(n) FROM t") == 0
    value = 1
    assert await database.writer.in_transaction(work) == "done"
    assert await database.reader.value("SELECT sum(n) FROM t") == 2


async def test_two_transactions_that_deadlock_both_succeed(database: Database, table: None) -> None:
    tries = {1: 0, 2: 0}
    met = asyncio.Barrier(2)

    async def both(first: int) -> None:
        async def work(connection: Connection) -> None:
            tries[first] += 1
            await connection.execute("SET LOCAL deadlock_timeout = '20ms'")
            await connection.execute("UPDATE t SET n = n + 1 WHERE id = $1", first)
            if tries[first] == 1:
                await met.wait()
            await connection.execute("UPDATE t SET n = n + 1 WHERE id = $1", 3 - first)

        await database.writer.in_transaction(work)

    await asyncio.wait_for(asyncio.gather(both(1), both(2)), 10)
    assert sorted(tries.values()) == [1, 2]
    assert [row[0] for row in await database.reader.rows("SELECT n FROM t")] == [2, 2]


@pytest.mark.parametrize(
    "error", [asyncpg.DeadlockDetectedError, asyncpg.SerializationError], ids=["deadlock", "order"]
)
async def test_a_conflict_that_stays_is_given_up_in_the_end(
    database: Database, error: type[asyncpg.PostgresError]
) -> None:
    tries = count()

    async def work(_: Connection) -> None:
        next(tries)
        raise error("again")

    with pytest.raises(error):
        await database.writer.in_transaction(work)
    assert next(tries) == 10


async def test_one_statement_that_deadlocks_runs_again(
    database: Database, connection: Connection, table: None
) -> None:
    # The first time a statement of ours meets the trigger, it is the victim of a deadlock.
    await connection.execute(
        "CREATE SEQUENCE tries;"
        "CREATE FUNCTION bang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF nextval('tries') < 3 THEN RAISE 'x' USING ERRCODE = 'deadlock_detected'; END IF;"
        " RETURN new; END $$;"
        "CREATE TRIGGER bang BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION bang()"
    )
    row = await database.writer.row("UPDATE t SET n = 9 WHERE id = 1 RETURNING n")
    assert row is not None
    assert row["n"] == 9
    await connection.execute("ALTER SEQUENCE tries RESTART")
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await database.reader.row("UPDATE t SET n = 9 WHERE id = 2 RETURNING n")


async def test_work_that_is_broken_off_leaves_its_connection_fit_for_use(
    info: ConnectionInfo, table: None
) -> None:
    database = await open_database(info, max_size=1, seconds=5)

    async def work(connection: Connection) -> None:
        await connection.execute("UPDATE t SET n = 1")
        await asyncio.sleep(30)

    task = asyncio.create_task(database.writer.in_transaction(work))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await database.reader.value("SELECT sum(n) FROM t") == 0
    await database.close()


async def failure(database: Database, sql: str) -> Any:  # noqa: ANN401 (an exception)
    with pytest.raises(Exception) as caught:  # noqa: PT011 (that is what we look at)
        await database.writer.row(sql)
    return caught.value


async def test_a_statement_that_takes_too_long_makes_us_unavailable(info: ConnectionInfo) -> None:
    database = await open_database(info, max_size=1, seconds=0.2)
    begun = time.monotonic()
    problem = unavailable(await failure(database, "SELECT pg_sleep(30)"))
    assert time.monotonic() - begun < 3
    assert problem is not None
    assert (problem.kind.status, problem.headers) == (503, ((b"retry-after", b"1"),))
    assert await database.reader.value("SELECT 1") == 1
    await database.close()


async def test_waiting_for_a_connection_has_an_end_too(info: ConnectionInfo) -> None:
    database = await open_database(info, max_size=1, seconds=0.3)
    held, release = asyncio.Event(), asyncio.Event()

    async def hold(_: Connection) -> None:
        held.set()
        await release.wait()

    holding = asyncio.create_task(database.writer.in_transaction(hold))
    await held.wait()
    begun = time.monotonic()
    error = await asyncio.wait_for(failure(database, "SELECT 1"), 5)
    assert unavailable(error) is not None
    assert time.monotonic() - begun < 3
    release.set()
    await holding
    assert await database.reader.value("SELECT 1") == 1
    await database.close()


async def test_a_connection_that_was_cut_is_replaced(
    database: Database, connection: Connection
) -> None:
    told: list[Exception] = []
    for _ in range(20):
        pid = await database.reader.value(BACKEND)
        await connection.execute("SELECT pg_terminate_backend($1)", pid)
        try:
            assert await database.reader.value(BACKEND) != pid
        except Exception as error:  # noqa: BLE001 (asyncpg has several; one is enough to tell)
            told.append(error)
            assert await database.reader.value(BACKEND) != pid
    assert [error for error in told if unavailable(error) is None] == []


async def test_a_database_that_is_gone_makes_us_unavailable(cluster: Cluster) -> None:
    async with cluster.fresh() as info:
        database = await open_database(info, max_size=2, seconds=5)
        async with api_on(database) as api:
            assert (await api.send("GET", "contactmomenten")).status_code == 200
            await cluster.admin(f"ALTER DATABASE {info.database} ALLOW_CONNECTIONS false")
            await cluster.admin(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                f" WHERE datname = '{info.database}'"
            )
            for _ in range(3):
                answer = await api.send("GET", "contactmomenten")
                assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
                assert answer.headers["retry-after"] == "1"
            await cluster.admin(f"ALTER DATABASE {info.database} ALLOW_CONNECTIONS true")
            assert (await api.send("GET", "contactmomenten")).status_code == 200
        await database.close()


async def test_a_database_that_only_reads_makes_us_unavailable(
    database: Database, connection: Connection, table: None
) -> None:
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    fresh = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    await connection.execute(f"{fresh} AND datname = current_database()")
    for _ in range(3):
        assert unavailable(await failure(database, "UPDATE t SET n = 1")) is not None


async def test_a_connection_that_only_reads_is_not_used_again(
    database: Database, connection: Connection, table: None
) -> None:
    """As after a failover: the connection stays, but the server behind it is no primary."""
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await database._pool.expire_connections()
    pid = await database.reader.value(BACKEND)
    await connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert unavailable(await failure(database, "UPDATE t SET n = 1")) is not None
    assert await database.writer.row("UPDATE t SET n = 1 RETURNING n") is not None
    assert await database.reader.value(BACKEND) != pid


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TimeoutError(), True),
        (ConnectionRefusedError(), True),
        (ConnectionResetError(), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.ConnectionDoesNotExistError(), True),
        (asyncpg.TooManyConnectionsError(), True),
        (asyncpg.AdminShutdownError(), True),
        (asyncpg.CannotConnectNowError(), True),
        (asyncpg.QueryCanceledError(), True),
        (asyncpg.DiskFullError(), True),
        (asyncpg.OutOfMemoryError(), True),
        (asyncpg.LockNotAvailableError(), True),
        (asyncpg.ReadOnlySQLTransactionError(), True),
        (asyncpg.PostgresIOError(), True),
        (asyncpg.InternalServerError(), True),
        (asyncpg.InvalidPasswordError(), True),
        (asyncpg.InvalidCatalogNameError(), True),
        (asyncpg.InvalidSQLStatementNameError(), True),
        (asyncpg.DuplicatePreparedStatementError(), True),
        (asyncpg.DeadlockDetectedError(), True),
        (asyncpg.UniqueViolationError(), False),
        (asyncpg.UndefinedTableError(), False),
        (asyncpg.PostgresSyntaxError(), False),
        (asyncpg.DataError("bad value"), False),
        (ValueError(), False),
        (KeyError(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_what_may_pass_by_itself_makes_us_unavailable(
    error: BaseException,
    told: bool,  # noqa: FBT001
) -> None:
    assert (unavailable(error) is not None) is told


async def test_a_value_that_we_should_not_have_sent_is_a_bug(database: Database) -> None:
    with pytest.raises(asyncpg.DataError) as caught:
        await database.reader.value("SELECT $1::int", "x")
    assert unavailable(caught.value) is None


async def test_a_server_that_is_not_there_cannot_be_opened(info: ConnectionInfo) -> None:
    nowhere = ConnectionInfo("127.0.0.1", 1, "x", "x", "x")
    with pytest.raises(OSError, match="Connect"):
        await open_database(nowhere, max_size=1, seconds=1)


async def test_closing_waits_for_what_runs(info: ConnectionInfo) -> None:
    database = await open_database(info, max_size=2, seconds=5)
    running = asyncio.create_task(database.reader.value("SELECT pg_sleep(1), 1"))
    await asyncio.sleep(0.3)
    begun = time.monotonic()
    await database.close()
    assert timedelta(seconds=time.monotonic() - begun) > timedelta(seconds=0.1)
    await running
