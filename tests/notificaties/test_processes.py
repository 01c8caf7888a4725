"""Processes side by side, killed without warning: nothing is lost, and the order holds."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import groupby

import pytest

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection
from tests.notificaties.nrc import CREATED, Nrc, Reply
from tests.notificaties.outboxes import Process, empty, left, processes, uuids, write

SLOTS = 8


def check_order(nrc: Nrc, objects: int, each: int) -> int:
    """Check that every message came, in order, doubles right after one another; count those."""
    per_object = nrc.per_object()
    assert len(per_object) == objects
    for numbers in per_object.values():
        assert [number for number, _ in groupby(numbers)] == list(range(each)), numbers
    return len(nrc.accepted) - objects * each


async def test_processes_side_by_side_deliver_everything_once_and_in_order(
    connection: Connection, info: ConnectionInfo, nrc: Nrc
) -> None:
    contactmomenten = uuids(100)
    async with processes(info, nrc.root, 3):
        for _ in range(2):
            await write(connection, *contactmomenten[:50], each=5)
            await write(connection, *contactmomenten[50:], each=5)
            await empty(connection)
            assert check_order(nrc, 100, 5) == 0
            nrc.accepted.clear()


async def test_the_leases_of_a_killed_process_are_taken_over(
    connection: Connection, info: ConnectionInfo, nrc: Nrc
) -> None:
    nrc.decide = lambda _: Reply(delay=60)
    await write(connection, *uuids(30), each=3)
    async with processes(info, nrc.root, 1, slack=1, seconds=4) as (first,):
        await nrc.until(lambda: nrc.in_flight == SLOTS)
        cut_off = {(one["hoofdObject"], one["kenmerken"]["kanaal"]) for one in nrc.received}
        await first.kill()
    began = time.monotonic()
    nrc.decide = lambda _: CREATED
    async with processes(info, nrc.root, 1, slack=1, seconds=4):
        await nrc.until(lambda: len(nrc.accepted) == (30 - SLOTS) * 3)
        assert await left(connection) >= SLOTS * 3
        await empty(connection)
    assert time.monotonic() - began > 2  # not before the leases had ended
    assert check_order(nrc, 30, 3) == 0
    again = [(one["hoofdObject"], one["kenmerken"]["kanaal"]) for one in nrc.received]
    assert {one for one in again if again.count(one) > 1} == cut_off


async def test_messages_come_twice_only_when_a_kill_cut_them_off(
    connection: Connection, info: ConnectionInfo, nrc: Nrc
) -> None:
    """The other side accepts slowly; the kill comes between its answer and our note of it."""
    nrc.decide = lambda _: Reply(delay=0.02)
    await write(connection, *uuids(100), each=5)
    async with processes(info, nrc.root, 2, slack=1, seconds=2) as (first, _):
        await nrc.until(lambda: len(nrc.accepted) > 150)
        await first.kill()
        await empty(connection)
    assert 0 <= check_order(nrc, 100, 5) <= SLOTS


async def test_a_process_that_is_stopped_leaves_nothing_behind(
    connection: Connection, info: ConnectionInfo, nrc: Nrc
) -> None:
    nrc.decide = lambda _: Reply(delay=0.3)
    await write(connection, *uuids(30))
    async with processes(info, nrc.root, 1) as (first,):
        await nrc.until(lambda: nrc.in_flight == SLOTS)
        assert await first.terminate() == 0
    accepted = len(nrc.accepted)
    assert accepted >= SLOTS
    assert await left(connection) == 30 - accepted
    assert await connection.fetchval("SELECT count(houder) FROM notificatie") == 0


async def test_the_database_goes_away_and_comes_back(
    connection: Connection, info: ConnectionInfo, nrc: Nrc
) -> None:
    """All connections are cut while calls are under way: their results are noted later."""
    nrc.decide = lambda _: Reply(delay=0.05)
    await write(connection, *uuids(300), each=3)
    async with processes(info, nrc.root, 2, slack=1):
        for _ in range(5):
            await nrc.until(lambda: nrc.in_flight > SLOTS)
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await asyncio.sleep(0.2)
        await empty(connection, 40)
    # A turn that was cut off in its commit may have leased lines that nobody knows of; these wait.
    assert check_order(nrc, 300, 3) == 0


@pytest.mark.timeout(120)
async def test_ten_thousand_written_while_the_api_is_down_all_arrive_in_order(
    connection: Connection, info: ConnectionInfo, nrc: Nrc
) -> None:
    objects, each = 2000, 5
    await nrc.down()
    contactmomenten = uuids(objects)
    began = time.monotonic()
    async with AsyncExitStack() as stack:

        async def start(number: int) -> Sequence[Process]:
            return await stack.enter_async_context(processes(info, nrc.root, number, slack=1))

        first, second = await start(2)
        await asyncio.sleep(1)
        await write(connection, *contactmomenten[: objects // 2], each=each)
        await first.kill()
        await start(1)
        await write(connection, *contactmomenten[objects // 2 :], each=each)
        await second.kill()
        await start(1)
        assert await left(connection) == objects * each
        await nrc.up()
        up = time.monotonic()
        await empty(connection, 55)
    print(f"{time.monotonic() - up:.1f} s after it was up")  # noqa: T201
    assert check_order(nrc, objects, each) == 0
    assert time.monotonic() - began < 60


@pytest.mark.timeout(120)
async def test_ten_thousand_arrive_though_processes_are_killed_while_they_deliver(
    connection: Connection, info: ConnectionInfo, nrc: Nrc
) -> None:
    objects, each = 2000, 5
    await write(connection, *uuids(objects), each=each)
    async with AsyncExitStack() as stack:
        for _ in range(2):
            started = processes(info, nrc.root, 1, slack=1)
            (doomed,) = await stack.enter_async_context(started)
            enough = len(nrc.accepted) + 2000
            await nrc.until(lambda enough=enough: len(nrc.accepted) > enough)  # type: ignore[misc]
            await doomed.kill()
        await stack.enter_async_context(processes(info, nrc.root, 2, slack=1))
        await empty(connection, 60)
    assert 0 <= check_order(nrc, objects, each) <= 2 * SLOTS
