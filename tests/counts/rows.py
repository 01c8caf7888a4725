"""Rows to count: made, changed and removed at random, and blocks small enough to matter."""

import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from contactmomenten.counts import building, folding, texts, value_blocks
from contactmomenten.counts.definitions import TABLES
from contactmomenten.counts.folding import CHUNK, fold, nominate
from contactmomenten.database.pool import Connection, Database

# $1 how many, $2 the bronorganisatie.
INSERT = """
INSERT INTO contactmoment (
    uuid, bronorganisatie, registratiedatum, kanaal, voorkeurskanaal, voorkeurstaal, tekst,
    onderwerp_links, initiatiefnemer, medewerker, medewerker_identificatie,
    medewerker_identificatie_id
)
SELECT gen_random_uuid(), $2, '2026-01-01'::timestamptz + (i % 977) * interval '3 hours',
    (ARRAY['balie', 'telefoon', ''])[1 + i % 3], '', 'nld',
    CASE WHEN i % 5 = 0 THEN '' ELSE repeat('tekst ', i % 40) || i % 9 END,
    CASE WHEN i % 4 > 0 THEN ARRAY['https://example.nl/' || i % 29] ELSE '{}' END,
    '', CASE WHEN i % 2 = 0 THEN 'https://example.nl/m/' || i % 23 ELSE '' END,
    CASE WHEN i % 2 = 1 THEN '{}'::json END,
    CASE WHEN i % 2 = 1 THEN nextval('medewerker_identificatie_volgnummer') END
FROM generate_series(1, $1::integer) i
"""

_CHANGE = """
UPDATE contactmoment SET kanaal = $2, registratiedatum = $3, medewerker = $4, tekst = $5,
    onderwerp_links = $6
WHERE uuid = $1
"""
_KLANT = """
INSERT INTO klantcontactmoment (contactmoment, uuid, klant, rol) VALUES ($1, $2, $3, $4)
"""
_OBJECT = """
INSERT INTO objectcontactmoment (contactmoment, uuid, object, object_type, contactmoment_url)
VALUES ($1, $2, $3, 'zaak', '')
"""


def make_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make blocks so small that a few hundred rows fill many, on both levels."""
    for module in (building, folding, texts):
        monkeypatch.setattr(module, "FINE", 8)
    for module in (building, folding):
        monkeypatch.setattr(module, "COARSE", 32)
    monkeypatch.setattr(value_blocks, "SIZE", 2)
    monkeypatch.setattr(folding, "FOLD", {table.name: folding.fold_sql(table) for table in TABLES})


async def fold_all(database: Database, chunk: int = CHUNK) -> None:
    """Count everything that can be counted."""
    for table in TABLES:
        await nominate(database.writer, table)
        while await fold(database.writer, table, chunk=chunk):
            pass


async def change_at_random(connection: Connection, seed: int) -> None:
    """Insert, change and delete some rows, as clients do."""
    chance = random.Random(seed)  # noqa: S311 (the same rows each time)
    await connection.execute(INSERT, chance.randrange(20, 60), str(chance.randrange(3)))
    rows = await connection.fetch("SELECT uuid FROM contactmoment ORDER BY random() LIMIT 20")
    for row in rows[:10]:
        await connection.execute(
            _CHANGE,
            row["uuid"],
            chance.choice(["balie", "chat", ""]),
            datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(20_000)),
            chance.choice(["", "https://example.nl/m/3"]),
            chance.choice(["", "x"]),
            chance.choice([[], ["https://example.nl/1", "https://example.nl/2"]]),
        )
    for row in rows[10:15]:
        rol = chance.choice(["belanghebbende", "gesprekspartner"])
        klant = f"https://example.nl/k/{chance.random()}"
        await connection.execute(_KLANT, row["uuid"], uuid4(), klant, rol)
        zaak = f"https://example.nl/z/{chance.random()}"
        await connection.execute(_OBJECT, row["uuid"], uuid4(), zaak)
    for row in rows[15:]:
        await connection.execute("DELETE FROM contactmoment WHERE uuid = $1", row["uuid"])
