"""Counts stay equal to a recount, whatever is written and however it is folded."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from contactmomenten.counts import building, folding
from contactmomenten.counts.checking import differences
from contactmomenten.counts.definitions import TABLES
from contactmomenten.counts.folding import Folder, fold, nominate
from contactmomenten.counts.rebuilding import rebuild
from contactmomenten.database.pool import Connection, Database

INSERT = """
INSERT INTO contactmoment (
    uuid, bronorganisatie, registratiedatum, kanaal, voorkeurskanaal, voorkeurstaal, tekst,
    onderwerp_links, initiatiefnemer, medewerker, medewerker_identificatie,
    medewerker_identificatie_id
)
SELECT gen_random_uuid(), $2, '2026-01-01'::timestamptz + (i % 977) * interval '3 hours',
    (ARRAY['balie', 'telefoon', ''])[1 + i % 3], '', 'nld',
    CASE WHEN i % 5 = 0 THEN '' ELSE 'tekst ' || i END,
    CASE WHEN i % 4 = 0 THEN ARRAY['https://example.nl/' || i % 7] ELSE '{}' END,
    '', CASE WHEN i % 2 = 0 THEN 'https://example.nl/m/' || i % 11 ELSE '' END,
    CASE WHEN i % 2 = 1 THEN '{}'::json END,
    CASE WHEN i % 2 = 1 THEN nextval('medewerker_identificatie_volgnummer') END
FROM generate_series(1, $1::integer) i
"""


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make blocks so small that a few hundred rows fill many, on both levels."""
    for module in (building, folding):
        monkeypatch.setattr(module, "FINE", 8)
        monkeypatch.setattr(module, "COARSE", 32)
    monkeypatch.setattr(folding, "FOLD", {table.name: folding.fold_sql(table) for table in TABLES})


async def fold_all(database: Database, chunk: int = folding.CHUNK) -> None:
    for table in TABLES:
        await nominate(database.writer, table)
        while await fold(database.writer, table, chunk=chunk):
            pass


async def change_at_random(connection: Connection, seed: int) -> None:
    """Insert, change and delete some rows, as clients do."""
    chance = random.Random(seed)
    await connection.execute(INSERT, chance.randrange(1, 60), str(chance.randrange(3)))
    rows = await connection.fetch("SELECT uuid FROM contactmoment ORDER BY random() LIMIT 20")
    for row in rows[:10]:
        await connection.execute(
            "UPDATE contactmoment SET kanaal = $2, registratiedatum = $3,"
            " medewerker = $4, tekst = $5, onderwerp_links = $6 WHERE uuid = $1",
            row["uuid"],
            chance.choice(["balie", "chat", ""]),
            datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(20_000)),
            chance.choice(["", "https://example.nl/m/3"]),
            chance.choice(["", "x"]),
            chance.choice([[], ["https://example.nl/1", "https://example.nl/2"]]),
        )
    for row in rows[10:15]:
        await connection.execute(
            "INSERT INTO klantcontactmoment (contactmoment, uuid, klant, rol) VALUES ($1, $2, $3, $4)",
            row["uuid"],
            uuid4(),
            f"https://example.nl/k/{chance.random()}",
            chance.choice(["belanghebbende", "gesprekspartner"]),
        )
        await connection.execute(
            "INSERT INTO objectcontactmoment"
            " (contactmoment, uuid, object, object_type, contactmoment_url)"
            " VALUES ($1, $2, $3, 'zaak', '')",
            row["uuid"],
            uuid4(),
            f"https://example.nl/z/{chance.random()}",
        )
    for row in rows[15:]:
        await connection.execute("DELETE FROM contactmoment WHERE uuid = $1", row["uuid"])


async def test_counts_are_right_before_and_after_each_fold(
    database: Database, connection: Connection, small_blocks: None
) -> None:
    for seed in range(12):
        await change_at_random(connection, seed)
        assert await differences(connection) == []
        await fold_all(database, chunk=17)
        assert await differences(connection) == []
    assert await connection.fetchval("SELECT count(*) FROM telling_blok WHERE grof") > 5
    assert await connection.fetchval("SELECT count(*) FROM contactmoment_correctie") == 0
    largest = await connection.fetchval(
        "SELECT max(aantal) FROM telling_blok WHERE NOT grof AND reeks = 'contactmoment/uuid'"
    )
    assert largest <= 2 * 8


async def test_a_rebuild_gives_the_same_counts(
    database: Database, connection: Connection, small_blocks: None
) -> None:
    for seed in range(5):
        await change_at_random(connection, seed)
    await rebuild(connection)
    assert await differences(connection) == []
    assert await connection.fetchval("SELECT count(*) FROM telling_blok WHERE grof") > 5
    await change_at_random(connection, 7)
    await fold_all(database)
    assert await differences(connection) == []


async def test_rows_of_an_open_transaction_are_not_passed_over(
    database: Database, connection: Connection
) -> None:
    async with connection.transaction():
        await connection.execute(INSERT, 3, "0")
        await database.writer.value(INSERT, 5, "0")
        await fold_all(database)
        assert await database.writer.value("SELECT max(tot) FROM telling_stand") == 0
    await fold_all(database)
    assert await connection.fetchval("SELECT tot FROM telling_stand ORDER BY tabel LIMIT 1") == 8
    assert await differences(connection) == []


async def test_of_two_folders_one_folds(database: Database, connection: Connection) -> None:
    for seed in range(3):
        await change_at_random(connection, seed)
    folders = [Folder(database.writer) for _ in range(4)]
    for folder in folders:
        folder._since = dict.fromkeys((table.name for table in TABLES), -1e9)
    await asyncio.gather(*(folder.step() for folder in folders))
    assert await connection.fetchval("SELECT min(tot) FROM telling_stand") > 0
    assert await differences(connection) == []


async def test_a_wrong_count_is_found(database: Database, connection: Connection) -> None:
    await connection.execute(INSERT, 30, "0")
    await fold_all(database)
    await connection.execute(
        "UPDATE telling SET aantal = aantal + 1 WHERE reeks = 'contactmoment.kanaal'"
        " AND waarde = '{balie}'"
    )
    await connection.execute(
        "UPDATE telling_blok SET aantal = aantal - 1 WHERE reeks = 'contactmoment/tijd'"
    )
    wrong = await differences(connection)
    assert [line.partition(" ")[0] for line in wrong] == [
        "contactmoment.kanaal",
        "contactmoment/tijd",
    ]
