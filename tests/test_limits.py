"""Requests that take too long or are too many, each with its own outcome and no traces."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from contactmomenten.database.pool import Connection, Database
from contactmomenten.settings import Settings
from tests.application import MOMENT, ROOT, Api, api_on, uuid_of
from tests.waiting import eventually, locks_are_waited_for

pytestmark = pytest.mark.quiet

SECONDS = 1.0
PATH = "contactmomenten"
NOTHING = "Het verzoek duurde te lang en is afgebroken; er is niets vastgelegd."
NOT_SURE = "Het is niet zeker of de wijziging is vastgelegd"


@pytest.fixture
async def impatient(database: Database) -> AsyncIterator[Api]:
    """Return an API that gives a request one second."""
    async with api_on(database, Settings(request_timeout=SECONDS)) as api:
        yield api


@asynccontextmanager
async def locked(connection: Connection) -> AsyncIterator[None]:
    """Keep everybody else from reading and writing contactmomenten."""
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("LOCK TABLE contactmoment IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        await transaction.rollback()


async def is_idle(database: Database, connection: Connection) -> bool:
    """Tell whether all connections of the pool are soon in it, with nothing under way."""
    pool = database._pool
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
    busy += "pid <> pg_backend_pid() AND state <> 'idle'"
    for _ in range(100):
        if pool.get_idle_size() == pool.get_size() and not await connection.fetchval(busy):
            return True
        await asyncio.sleep(0.02)
    return False


async def who_waits(connection: Connection) -> int:
    """Return the process of the database that waits for a lock, once there is one."""
    waits = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND "
    waits += "wait_event_type = 'Lock'"
    await locks_are_waited_for(connection, seconds=0.9)
    pid: int = await connection.fetchval(waits)
    return pid


async def test_a_body_that_does_not_come_is_a_408_and_stores_nothing(
    impatient: Api, database: Database
) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b'{"bronorganisatie":'
        await asyncio.sleep(60)
        yield b'"000000000"}'

    begun = time.perf_counter()
    answer = await impatient.http.post(
        PATH, content=slow(), headers={"content-type": "application/json"}
    )
    assert SECONDS <= time.perf_counter() - begun < 3 * SECONDS
    assert (answer.status_code, answer.json()["code"]) == (408, "request_timeout")
    assert answer.json()["detail"].endswith("er is niets vastgelegd.")
    assert answer.headers["connection"] == "close"
    assert await database.reader.value("SELECT count(*) FROM contactmoment") == 0


@pytest.mark.parametrize("what", ["list", "read"])
async def test_a_read_that_takes_too_long_is_a_503_and_gives_its_connection_back(
    impatient: Api, database: Database, connection: Connection, what: str
) -> None:
    made = await impatient.moment()
    async with locked(connection):
        begun = time.perf_counter()
        answer = await impatient.send("GET", PATH if what == "list" else made["url"])
        assert SECONDS <= time.perf_counter() - begun < 3 * SECONDS
    assert (answer.status_code, answer.json()["code"]) == (503, "too_slow")
    assert answer.json()["detail"] == NOTHING
    assert answer.headers["retry-after"] == "1"
    assert await is_idle(database, connection)
    assert await impatient.get(made["url"]) == made


async def test_a_change_that_takes_too_long_is_taken_back_and_said_not_to_be_sure(
    impatient: Api, database: Database, connection: Connection
) -> None:
    made = await impatient.moment()
    changes: list[tuple[str, str, object]] = [
        ("PATCH", made["url"], {"tekst": "later"}),
        ("DELETE", made["url"], None),
        ("POST", PATH, {**MOMENT, "vorigContactmoment": made["url"]}),
    ]
    found = "SELECT uuid FROM contactmoment WHERE uuid = $1 FOR UPDATE"
    async with connection.transaction():
        await connection.fetchval(found, uuid_of(made["url"]))
        answers = await asyncio.gather(*(impatient.send(*change) for change in changes))
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "too_slow")
        assert NOT_SURE in answer.json()["detail"]
    assert await is_idle(database, connection)
    assert await impatient.get(made["url"]) == made
    assert len(await impatient.trail(made["url"])) == 1


async def test_a_change_on_a_connection_that_hangs_is_broken_off_and_taken_back_later(
    impatient: Api, database: Database, connection: Connection
) -> None:
    made = await impatient.moment()
    found = "SELECT uuid FROM contactmoment WHERE uuid = $1 FOR UPDATE"
    async with connection.transaction():
        await connection.fetchval(found, uuid_of(made["url"]))
        begun = time.perf_counter()
        change = asyncio.create_task(impatient.send("PATCH", made["url"], {"tekst": "later"}))
        pid = await who_waits(connection)
        os.kill(pid, signal.SIGSTOP)
        try:
            answer = await change
            # It is neither told that it is broken off nor can it take back what it did.
            assert time.perf_counter() - begun < 4 * SECONDS
        finally:
            os.kill(pid, signal.SIGCONT)
    assert (answer.status_code, answer.json()["code"]) == (503, "too_slow")
    assert await is_idle(database, connection)
    assert await impatient.get(made["url"]) == made
    assert await impatient.change(made["url"], tekst="nu") == {**made, "tekst": "nu"}


async def test_creates_that_are_broken_off_leave_those_beside_them_whole(
    impatient: Api, database: Database, connection: Connection
) -> None:
    def create(tekst: str) -> "asyncio.Task[Any]":
        body = {**MOMENT, "tekst": tekst}
        return asyncio.create_task(impatient.send("POST", PATH, body))

    async with locked(connection):
        under_way = create("onderweg")
        await asyncio.sleep(0.1 * SECONDS)
        waiting = [create("wacht") for _ in range(5)]
        await asyncio.sleep(0.5 * SECONDS)
        in_time = [create("op tijd") for _ in range(5)]
        late = await asyncio.gather(under_way, *waiting)
    good = await asyncio.gather(*in_time)
    for answer in late:
        assert (answer.status_code, answer.json()["code"]) == (503, "too_slow")
        assert NOT_SURE in answer.json()["detail"]
    assert [answer.status_code for answer in good] == [201] * 5
    assert await is_idle(database, connection)
    # What waited was never sent; what was under way was, and that is why it is not sure.
    rows = await connection.fetch("SELECT uuid, tekst FROM contactmoment")
    assert sorted(row["tekst"] for row in rows) == ["onderweg", *["op tijd"] * 5]
    for row in rows:
        assert len(await impatient.trail(f"{ROOT}/{PATH}/{row['uuid']}")) == 1
    assert await connection.fetchval("SELECT count(*) FROM notificatie") == len(rows)


async def test_reads_that_are_broken_off_leave_those_beside_them_whole(
    impatient: Api, connection: Connection
) -> None:
    made = await impatient.moment()
    async with locked(connection):
        late = [asyncio.create_task(impatient.send("GET", made["url"])) for _ in range(5)]
        await asyncio.sleep(0.6 * SECONDS)
        in_time = [asyncio.create_task(impatient.send("GET", made["url"])) for _ in range(5)]
        assert {answer.status_code for answer in await asyncio.gather(*late)} == {503}
    answers = await asyncio.gather(*in_time)
    assert [answer.json() for answer in answers] == [made] * 5


async def test_what_is_too_much_is_refused_at_once_before_its_token_is_looked_at(
    database: Database, connection: Connection
) -> None:
    async with api_on(database, Settings(max_requests=1, max_queue=0)) as api:
        async with locked(connection):
            held = asyncio.create_task(api.send("GET", PATH))
            await locks_are_waited_for(connection)
            begun = time.perf_counter()
            refused = [
                await api.send(method, where, headers=headers)
                for method, where in (("GET", PATH), ("POST", PATH), ("POST", "callbacks"))
                for headers in ({}, {"authorization": "Bearer x"}, {"authorization": ""})
            ]
            assert time.perf_counter() - begun < 1
            for answer in refused:
                assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.headers["retry-after"] == "1"
                assert answer.json()["type"].endswith("/ref/fouten/ServiceUnavailable/")
            assert len({answer.json()["instance"] for answer in refused}) == len(refused)
            # What costs next to nothing, and is told by no token, goes on.
            light: dict[tuple[str, str], int] = {
                ("GET", "schema/openapi.json"): 200,
                ("GET", "http://localhost/"): 200,
                ("OPTIONS", PATH): 204,
                ("FOO", PATH): 405,
                ("GET", "zaken"): 404,
            }
            for (method, where), status in light.items():
                assert (await api.send(method, where)).status_code == status
        assert (await held).status_code == 200
        assert (await api.send("GET", PATH)).status_code == 200


async def test_who_waits_for_its_turn_gets_it_or_is_told_in_time_that_nothing_was_done(
    database: Database, connection: Connection
) -> None:
    settings = Settings(max_requests=1, max_queue=4, queue_timeout=0.5)
    async with api_on(database, settings) as api:
        made = await api.moment()
        async with locked(connection):
            held = asyncio.create_task(api.send("GET", PATH))
            await locks_are_waited_for(connection)
            begun = time.perf_counter()
            answer = await api.send("DELETE", made["url"])
            assert 0.5 <= time.perf_counter() - begun < 2
            assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
            assert "niet in behandeling genomen" in answer.json()["detail"]
            waiting = asyncio.create_task(api.send("GET", made["url"]))
            await asyncio.sleep(0.1)
        assert (await waiting).json() == made
        assert (await held).status_code == 200


async def test_a_client_with_too_much_is_told_so_while_others_are_served(
    database: Database, connection: Connection
) -> None:
    settings = Settings(max_requests=4, max_queue=4, queue_timeout=10)
    async with api_on(database, settings) as api:
        made = await api.moment()
        async with locked(connection):
            hog = [asyncio.create_task(api.send("GET", PATH)) for _ in range(20)]
            await eventually(lambda: sum(task.done() for task in hog) == 15)
            refused = [task.result() for task in hog if task.done()]
            # Three in hand, two in the queue.
            assert [answer.status_code for answer in refused] == [429] * 15
            assert {answer.json()["code"] for answer in refused} == {"overloaded"}
            assert {answer.headers["retry-after"] for answer in refused} == {"1"}
            other = await api.send("GET", PATH, headers={"authorization": ""})
            assert other.status_code == 403
        answers: list[Any] = await asyncio.gather(*hog)
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 15
        assert await api.get(made["url"]) == made


async def test_a_request_with_time_left_in_the_queue_is_broken_off_by_its_own_time(
    database: Database, connection: Connection
) -> None:
    settings = Settings(max_requests=1, max_queue=4, queue_timeout=10, request_timeout=SECONDS)
    async with api_on(database, settings) as api:
        async with locked(connection):
            held = asyncio.create_task(api.send("GET", PATH))
            await asyncio.sleep(0.01)
            waiting = asyncio.create_task(api.send("POST", PATH, MOMENT))
            answers = await asyncio.gather(held, waiting)
        assert [answer.status_code for answer in answers] == [503, 503]
        # Its turn came when the first was broken off, so just before its own time was up, or not.
        assert answers[0].json()["code"] == "too_slow"
        assert answers[1].json()["code"] in {"too_slow", "overloaded"}
        assert await connection.fetchval("SELECT count(*) FROM contactmoment") == 0
