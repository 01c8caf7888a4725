"""Everything that can go wrong at once; what arrives is still complete and in order."""

import asyncio
import random
from collections import Counter

import pytest

from contactmomenten.database.pool import Connection, Database
from contactmomenten.notificaties import outbox
from tests.notificaties.nrc import Message, Nrc, Reply
from tests.notificaties.outboxes import delivering, empty, message, registry_of, uuids


@pytest.mark.parametrize("seed", range(2))
async def test_with_any_mix_of_answers_everything_arrives_once_and_in_order(
    connection: Connection, database: Database, nrc: Nrc, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 (chance that can be repeated)
    contactmomenten = uuids(60)
    refusals: Counter[str] = Counter()

    def decide(one: Message) -> Reply:
        chance, delay = dice.random(), dice.choice((0, 0, 0.02))
        if chance < 0.85:
            return Reply(201, delay=delay)
        if chance < 0.88 and refusals[one["hoofdObject"]] < 2:
            refusals[one["hoofdObject"]] += 1
            return Reply(400, delay=delay)
        if chance < 0.90:
            return Reply(429, {"Retry-After": "0"}, delay=delay)
        if chance < 0.92:
            return Reply(500, delay=3)
        return Reply(dice.choice((401, 500, 503)), delay=delay)

    nrc.decide = decide
    registry = registry_of(nrc.root, max_retries=2, retry_backoff=0, retry_backoff_max=0)
    async with delivering(database, registry, processes=4, seconds=1) as delivery:
        numbers = [0] * len(contactmomenten)
        for _ in range(400):
            which = dice.randrange(len(contactmomenten))
            values = message(contactmomenten[which], numbers[which])
            await connection.execute(outbox.insert_notificatie(1), *values)
            numbers[which] += 1
            if dice.random() < 0.3:
                delivery.wake()
                await asyncio.sleep(dice.choice((0, 0.01)))
        await empty(connection, 60)
    arrived = nrc.per_object()
    for one, number in zip(contactmomenten, numbers, strict=True):
        url = f"https://cm.example.nl/api/v1/contactmomenten/{one}"
        assert arrived.get(url, []) == list(range(number))
