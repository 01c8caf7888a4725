"""Leasing lines stays cheap, whatever the queue looks like."""

import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from contactmomenten.database.pool import Connection, Database
from contactmomenten.notificaties import queries
from contactmomenten.notificaties.lines import Line, Queue, Wanted
from tests.notificaties.outboxes import fill, left, uuids, write

pytestmark = pytest.mark.quiet

LINES = 100_000


async def explained(connection: Connection, sql: str, *values: object) -> str:
    """Return the plan of `sql`, as it ran, and undo what it did."""
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(queries.PLAN_ANEW)
    rows = await connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF) {sql}", *values)
    await transaction.rollback()
    return "\n".join(row[0] for row in rows)


async def seconds_of(work: Callable[[], Awaitable[object]], times: int = 15) -> float:
    """Return the shortest time of `work`: in the others the machine did something else too."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - began)
    return min(taken)


async def turn_seconds(database: Database) -> float:
    """Return what a turn costs that leases eight lines."""
    queue = Queue(database.writer, uuid4(), 30)
    return await seconds_of(lambda: queue.turn((), Wanted(4, 8), 5))


@pytest.mark.parametrize(
    ("objects", "each"),
    [(LINES, 1), (20_000, 10), (100, 2000), (1, LINES)],
    ids=["one each", "ten each", "two thousand each", "all of one object"],
)
async def test_a_turn_costs_the_same_with_a_full_queue_as_with_a_short_one(
    connection: Connection, database: Database, objects: int, each: int
) -> None:
    # Long enough for each turn to have its full share of the work.
    await fill(connection, max(objects // 10, 1), each if objects > 1 else each // 10)
    short = await turn_seconds(database)
    await connection.execute("TRUNCATE notificatie")
    await fill(connection, objects, each)
    full = await turn_seconds(database)
    assert full < 3 * short, (short, full)


async def test_plans_made_while_the_queue_was_empty_serve_a_full_one(
    connection: Connection, database: Database
) -> None:
    """The connections of the pool keep their plans; nothing tells them that the table grew."""
    await connection.execute("ALTER TABLE notificatie SET (autovacuum_enabled = off)")
    await connection.execute("VACUUM ANALYZE notificatie")
    await turn_seconds(database)
    await fill(connection, LINES, 1)
    assert await turn_seconds(database) < 0.05


@pytest.mark.parametrize("statistics", ["of a full table", "of an empty table"])
async def test_no_plan_reads_or_sorts_the_whole_queue(
    connection: Connection, statistics: str
) -> None:
    await connection.execute("ALTER TABLE notificatie SET (autovacuum_enabled = off)")
    await connection.execute("VACUUM ANALYZE notificatie")
    await fill(connection, LINES // 2, 2)
    if statistics == "of a full table":
        await connection.execute("VACUUM ANALYZE notificatie")
    holder = uuid4()
    plans = {
        "take tried": await explained(connection, queries.TAKE_TRIED, holder, 30.0, 4),
        "take new": await explained(connection, queries.TAKE_NEW, holder, 30.0, 8),
        "set aside": await explained(connection, queries.SET_ASIDE, 30.0),
        "delivered": await explained(connection, queries.DELETE_DELIVERED, [1, 2, 3], holder),
        "hand over": await explained(connection, queries.HAND_OVER, [uuid4(), uuid4()]),
        "put back": await explained(
            connection, queries.PUT_BACK, holder, 5, [1], [1.0], [True], [False], ["HTTP 500"]
        ),
    }
    for name, plan in plans.items():
        assert "Seq Scan" not in plan, (name, plan)
        assert f"rows={LINES // 2}" not in plan, (name, plan)
        assert "Disk" not in plan, (name, plan)
        # A sort of what the window lets through at most.
        assert all(_rows(line) <= queries.WINDOW for line in plan.splitlines()), (name, plan)


async def test_followers_of_parked_lines_are_looked_at_once(
    connection: Connection, database: Database
) -> None:
    """A hundred thousand of them, due, in front of one that can be sent."""
    await fill(connection, 1000, 100)
    await connection.execute(
        "UPDATE notificatie SET mislukt_sinds = now(), pogingen = 6"
        " WHERE id IN (SELECT min(id) FROM notificatie GROUP BY contactmoment)"
    )
    good = uuid4()
    await write(connection, good)
    queue = Queue(database.writer, uuid4(), 30)
    turns = 0
    lines: list[Line] = []
    more = True
    while more:
        turn = await queue.turn((), Wanted(4, 8), 5)
        lines += turn.lines
        more = turn.more
        turns += 1
    assert [line.contactmoment for line in lines] == [good]
    assert turns <= 100_000 / queries.WINDOW + 2
    assert await left(connection) == 100_001
    assert await seconds_of(lambda: queue.turn((), Wanted(4, 8), 5)) < 0.05


def _rows(line: str) -> float:
    """Return how many rows a step of a plan gave each time, as `EXPLAIN ANALYZE` counted them."""
    _, found, rest = line.partition("rows=")
    return float(rest.split()[0]) if found else 0


async def test_what_waits_for_a_clock_that_was_set_back_is_due_at_once(
    database: Database, connection: Connection
) -> None:
    """Leased, tried before, or not touched yet; what waits as it should goes on waiting."""
    await write(connection, *uuids(6))
    (leased, again, new, waits, aside, parked) = [
        row["id"] for row in await connection.fetch("SELECT id FROM notificatie ORDER BY id")
    ]
    for line, change in (
        (leased, "houder = gen_random_uuid(), niet_voor = now() + interval '1 hour 10 seconds'"),
        (again, "pogingen = 2, niet_voor = now() + interval '3 hours'"),
        (new, "niet_voor = now() + interval '1 hour', aanmaakdatum = now() + interval '1 hour'"),
        (waits, "pogingen = 1, niet_voor = now() + interval '50 minutes'"),
        (aside, "niet_voor = now() + interval '1 hour'"),
        (parked, "niet_voor = now() + interval '3 hours', mislukt_sinds = now()"),
    ):
        await connection.execute(f"UPDATE notificatie SET {change} WHERE id = $1", line)
    queue = Queue(database.writer, uuid4(), 15)
    assert await queue.mend(3700) == 3
    due = "SELECT id FROM notificatie WHERE niet_voor <= now() AND houder IS NULL ORDER BY id"
    assert [row["id"] for row in await connection.fetch(due)] == [leased, again, new]
    assert await queue.mend(3700) == 0
