"""Failures: what is tried again and how often, and what stands in nobody's way."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4

import pytest

from contactmomenten.database.pool import Connection, Database
from contactmomenten.notificaties import outbox
from tests.notificaties.nrc import CREATED, Message, Nrc, Reply, number_of
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

_PARKED = "mislukt_sinds IS NOT NULL"


async def test_a_refused_message_is_parked_after_the_retries_and_blocks_its_object_only(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    bad, *others = uuids(20)
    nrc.decide = lambda one: Reply(400) if str(bad) in one["hoofdObject"] else CREATED
    await write(connection, bad, *others, each=3)
    async with delivering(database, registry_of(nrc.root)):
        await count_becomes(connection, 1, _PARKED)
        await nrc.until(lambda: len(nrc.accepted) == 57)
        await asyncio.sleep(0.5)
    refused = [one for one in nrc.received if str(bad) in one["hoofdObject"]]
    assert [number_of(one) for one in refused] == [0, 0, 0]  # once and two retries
    row = await connection.fetchrow("SELECT * FROM notificatie ORDER BY id LIMIT 1")
    assert row is not None
    assert (row["uitkomst"], row["pogingen"], row["houder"]) == ("HTTP 400", 3, None)
    assert await left(connection) == 3


async def test_no_retries_means_parked_at_the_first_refusal(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    nrc.decide = lambda _: Reply(400)
    await write(connection, uuid4())
    async with delivering(database, registry_of(nrc.root, max_retries=0)):
        await count_becomes(connection, 1, _PARKED)
    assert len(nrc.received) == 1


@pytest.mark.parametrize("status", [429, 500])
async def test_failures_of_the_api_are_retried_more_often_than_refusals(
    connection: Connection, database: Database, nrc: Nrc, status: int
) -> None:
    """Six failures where two retries are configured, then a refusal: that counts as the first."""
    replies = [*[Reply(status)] * 6, Reply(400), CREATED]
    nrc.decide = lambda _: replies.pop(0)
    await write(connection, uuid4())
    async with delivering(database, registry_of(nrc.root)):
        await empty(connection)
    assert len(nrc.received) == 8


async def test_poison_of_all_kinds_blocks_no_neighbour(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    """Answers 500, silence and refusals for the oldest lines; the others go on."""
    poison, healthy = uuids(60), uuids(100)
    replies = (Reply(500), Reply(delay=30), Reply(400))
    fate = {str(one): replies[number % 3] for number, one in enumerate(poison)}

    def decide(one: Message) -> Reply:
        return fate.get(one["hoofdObject"].rpartition("/")[2], CREATED)

    nrc.decide = decide
    await write(connection, *poison, *healthy, each=2)
    async with delivering(database, registry_of(nrc.root), seconds=0.3):
        await nrc.until(lambda: len(nrc.accepted) == 200, 30)
        await write(connection, *uuids(50))
        await nrc.until(lambda: len(nrc.accepted) == 250, 30)


async def test_thousands_that_wait_for_their_next_attempt_do_not_starve_a_new_one(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    await write(connection, *uuids(5000))
    await connection.execute("UPDATE notificatie SET pogingen = 3")
    nrc.decide = lambda one: Reply(500 if one["actie"] == "create" else 201)
    fresh = uuid4()
    await connection.execute(outbox.insert_notificatie(1), *message(fresh, 1))
    async with delivering(database, registry_of(nrc.root)):
        await nrc.until(lambda: bool(nrc.accepted), 5)
    assert len(nrc.received) < 200


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_respected_for_everything(
    connection: Connection, database: Database, nrc: Nrc, form: str, status: int
) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=3)
    text = "2" if form == "seconds" else format_datetime(moment, usegmt=True)
    replies = iter([Reply(status, {"Retry-After": text})])
    nrc.decide = lambda _: next(replies, CREATED)
    await write(connection, uuid4())
    async with delivering(database, registry_of(nrc.root)):
        await nrc.until(lambda: len(nrc.received) == 1)
        asked = time.time()
        await write(connection, *uuids(20))
        await empty(connection)
    assert nrc.times[1] - nrc.times[0] >= (
        1.9 if form == "seconds" else int(moment.timestamp()) - asked
    )
    assert len(nrc.accepted) == 21


async def test_an_api_that_comes_back_gets_everything_in_order(
    connection: Connection, database: Database, nrc: Nrc
) -> None:
    await nrc.down()
    contactmomenten = uuids(50)
    async with delivering(database, registry_of(nrc.root), processes=2):
        await write(connection, *contactmomenten, each=4)
        await asyncio.sleep(1.5)
        assert await left(connection) == 200
        await nrc.up()
        await empty(connection)
    assert len(nrc.received) == 200
    assert all(numbers == [0, 1, 2, 3] for numbers in nrc.per_object().values())


@pytest.mark.parametrize("status", [500, 502])
async def test_an_api_that_is_ill_is_left_alone_and_recovers(
    connection: Connection, database: Database, nrc: Nrc, status: int
) -> None:
    nrc.decide = lambda _: Reply(status)
    await write(connection, *uuids(400), each=2)
    registry = registry_of(nrc.root, retry_backoff=1, retry_backoff_max=2)
    async with delivering(database, registry):
        await asyncio.sleep(4)
        # A hundred answers 500 in a row, or five that say more, and from then on only probes.
        assert len(nrc.received) < (140 if status == 500 else 40)
        nrc.decide = lambda _: CREATED
        await empty(connection)
    assert all(numbers == [0, 1] for numbers in nrc.per_object().values())
