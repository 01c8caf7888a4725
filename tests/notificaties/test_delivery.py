"""Delivery: what arrives, in which order, and what stands in nobody's way."""

import asyncio
import time
from uuid import uuid4

import pytest

from contactmomenten.autorisaties.registry import Snapshot
from contactmomenten.database.pool import Connection, Database
from contactmomenten.notificaties import outbox
from tests.notificaties.nrc import Nrc, Reply, number_of
from tests.notificaties.outboxes import (
    count_becomes,
    delivering,
    empty,
    left,
    message,
    registry_of,
    uuids,
    write,
)

pytestmark = pytest.mark.quiet


async def test_a_message_arrives_as_it_was_written_and_leaves_the_outbox(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    contactmoment = uuid4()
    url = f"https://cm.example.nl/api/v1/contactmomenten/{contactmoment}"
    row = {"bronorganisatie": "000000000", "kanaal": "té\u2028l"}
    values = outbox.notificatie(contactmoment, url, "create", row, disabled=False)
    await connection.execute(outbox.insert_notificatie(1), *values)
    async with delivering(database, registry_of(nrc.root)):
        await empty(connection)
    (received,) = nrc.received
    assert received["kenmerken"] == row
    assert received["hoofdObject"] == received["resourceUrl"] == url
    assert (received["kanaal"], received["actie"]) == ("contactmomenten", "create")


async def test_many_processes_keep_the_order_of_each_contactmoment(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    contactmomenten = uuids(40)
    await write(connection, *contactmomenten, each=10)
    nrc.decide = lambda _: Reply(delay=0.01)
    async with delivering(database, registry_of(nrc.root), processes=5):
        await empty(connection)
    assert len(nrc.received) == 400
    assert all(numbers == list(range(10)) for numbers in nrc.per_object().values())
    assert nrc.most_in_flight > 8


async def test_one_contactmoment_has_one_call_at_a_time(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    nrc.decide = lambda _: Reply(delay=0.01)
    await write(connection, uuid4(), each=20)
    async with delivering(database, registry_of(nrc.root), processes=4):
        await empty(connection)
    assert nrc.most_in_flight == 1
    assert [number_of(one) for one in nrc.received] == list(range(20))


async def test_messages_written_while_earlier_ones_are_sent_follow_in_order(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    nrc.decide = lambda _: Reply(delay=0.005)
    contactmomenten = uuids(10)
    async with delivering(database, registry_of(nrc.root), processes=3) as delivery:
        for number in range(20):
            await connection.executemany(
                outbox.insert_notificatie(1), [message(one, number) for one in contactmomenten]
            )
            delivery.wake()
        await empty(connection)
    assert all(numbers == list(range(20)) for numbers in nrc.per_object().values())


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_delivered(
    connection: Connection, database: Database, nrc: Nrc, status: int
) -> None:
    nrc.decide = lambda _: Reply(status)
    await write(connection, uuid4())
    async with delivering(database, registry_of(nrc.root)):
        await empty(connection)
    assert len(nrc.received) == 1


async def test_a_slow_api_gets_as_many_calls_as_there_are_slots(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    nrc.decide = lambda _: Reply(delay=0.4)
    await write(connection, *uuids(16))
    async with delivering(database, registry_of(nrc.root)):
        await nrc.until(lambda: nrc.in_flight == 8)
        # Nothing of the database is held while they wait.
        busy = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        assert await connection.fetchval(busy) == 0
        assert database.writer._pool.get_idle_size() == database.writer._pool.get_size()
        await empty(connection)
    assert nrc.most_in_flight == 8


async def test_without_a_notificaties_api_it_waits_and_says_so_once(
    connection: Connection, database: Database, nrc: Nrc, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = registry_of(None)
    await write(connection, uuid4())
    async with delivering(database, registry):
        await asyncio.sleep(0.7)
        assert await left(connection) == 1
        registry.snapshot = registry_of(nrc.root).snapshot
        await empty(connection)
    assert isinstance(registry.snapshot, Snapshot)
    assert capsys.readouterr().out.count("notifications_wait_for_configuration") == 1


async def test_a_wake_up_is_faster_than_the_poll(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    async with delivering(database, registry_of(nrc.root)) as delivery:
        delivery._poll = 60
        await asyncio.sleep(0.4)
        await write(connection, uuid4())
        delivery.wake()
        await nrc.until(lambda: bool(nrc.accepted))


async def test_on_cancellation_leases_come_free_within_a_second(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    nrc.decide = lambda _: Reply(delay=30)
    await write(connection, *uuids(20))
    async with delivering(database, registry_of(nrc.root), seconds=10):
        await nrc.until(lambda: nrc.in_flight == 8)
        began = time.monotonic()
    assert time.monotonic() - began < 1
    free = "SELECT count(*) FROM notificatie WHERE houder IS NULL AND niet_voor <= now()"
    assert await connection.fetchval(free) == 20
    assert await connection.fetchval("SELECT max(pogingen) FROM notificatie") == 0


async def test_on_stop_calls_are_finished_first(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    nrc.decide = lambda _: Reply(delay=0.5)
    await write(connection, *uuids(20))
    async with delivering(database, registry_of(nrc.root)) as delivery:
        await nrc.until(lambda: nrc.in_flight == 8)
        delivery.stop()
        await nrc.until(lambda: len(nrc.accepted) == 8)
        await count_becomes(connection, 12)
    assert len(nrc.accepted) == 8


async def test_a_line_that_was_taken_over_is_left_to_its_new_holder(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    """As after a pause of this process that outlasted its leases."""
    nrc.decide = lambda one: Reply(201 if number_of(one) == 0 else 400, delay=0.5)
    first, second = uuids(2)
    await connection.executemany(
        outbox.insert_notificatie(1), [message(first, 0), message(second, 1)]
    )
    async with delivering(database, registry_of(nrc.root)):
        await nrc.until(lambda: nrc.in_flight == 2)
        await connection.execute("UPDATE notificatie SET houder = gen_random_uuid()")
        await nrc.until(lambda: nrc.in_flight == 0)
        await asyncio.sleep(0.3)
    rows = await connection.fetch("SELECT houder, pogingen FROM notificatie")
    assert [(row["houder"] is None, row["pogingen"]) for row in rows] == [(False, 0)] * 2


async def test_idle_it_costs_a_handful_of_short_statements_per_poll(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    await write(connection, *uuids(1000))
    await connection.execute("UPDATE notificatie SET mislukt_sinds = now()")
    await connection.execute("VACUUM ANALYZE notificatie")
    began = time.process_time()
    async with delivering(database, registry_of(nrc.root)):
        await asyncio.sleep(2)
    assert time.process_time() - began < 0.4
    assert nrc.received == []
