"""Counts stay equal to a recount, whatever is written and however it is folded."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest

from contactmomenten.counts import folding, value_blocks
from contactmomenten.counts.building import Series
from contactmomenten.counts.checking import differences
from contactmomenten.counts.definitions import TABLES
from contactmomenten.counts.folding import Folder
from contactmomenten.counts.rebuilding import rebuild
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection, Database
from tests.counts.rows import INSERT, change_at_random, fold_all, make_small_blocks
from tests.databases import connected


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    make_small_blocks(monkeypatch)


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


_INSERT_AT = """
INSERT INTO contactmoment (
    uuid, bronorganisatie, registratiedatum, kanaal, voorkeurskanaal, voorkeurstaal, tekst,
    onderwerp_links, initiatiefnemer, medewerker, medewerker_identificatie,
    medewerker_identificatie_id
)
SELECT gen_random_uuid(), '1', '2026-01-01'::timestamptz + $2::integer * interval '1 second',
    'balie', '', '', $3, '{}', '', '', '{}', nextval('medewerker_identificatie_volgnummer')
FROM generate_series(1, $1::integer) i
"""


async def test_a_block_is_not_read_each_time_that_it_grows(
    database: Database,
    connection: Connection,
    small_blocks: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    split = Series.split
    read: Counter[str] = Counter()

    async def counted(
        series: Series, connection: Connection, last: int, key: UUID, start: int
    ) -> None:
        read[series.name] += 1
        await split(series, connection, last, key, start)

    monkeypatch.setattr(Series, "split", counted)
    # A few rows before very many of the same moment and text.
    await connection.execute(_INSERT_AT, 5, 0, "een eerste tekst")
    await fold_all(database)
    for _ in range(30):
        await connection.execute(_INSERT_AT, 10, 2_000, "teruggebeld")
        await fold_all(database)
    assert await differences(connection) == []
    assert read["contactmoment/tijd"] <= 1
    assert 1 <= read["contactmoment.met_tekst/tekst"] <= 6  # as often as it doubled
    await connection.execute("DELETE FROM contactmoment WHERE tekst = 'teruggebeld'")
    await fold_all(database)
    assert await differences(connection) == []


@pytest.mark.parametrize("helped", [False, True])
async def test_a_rebuild_gives_the_same_counts(
    database: Database,
    connection: Connection,
    info: ConnectionInfo,
    small_blocks: None,
    *,
    helped: bool,
) -> None:
    for seed in range(5):
        await change_at_random(connection, seed)
    async with connected(info) as helper:
        await rebuild(connection, helper=helper if helped else None)
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
    await folders[0].step()  # what they left, as each kept another one from it
    assert await connection.fetchval("SELECT min(tot) FROM telling_stand") > 0
    assert await differences(connection) == []


async def test_the_first_row_is_counted_also_when_it_comes_after_a_fold(
    database: Database, connection: Connection
) -> None:
    await fold_all(database)
    assert await connection.fetchval("SELECT max(tot) FROM telling_stand") == 0
    await connection.execute(INSERT, 1, "0")
    assert await differences(connection) == []
    await fold_all(database)
    assert await differences(connection) == []


async def test_two_that_note_a_number_at_once_note_the_safe_one(
    database: Database, connection: Connection, info: ConnectionInfo
) -> None:
    """One had its transaction number before the other, but notes it after."""
    async with connected(info) as early, connected(info) as late:
        first = early.transaction()
        await first.start()
        await early.execute("SELECT pg_current_xact_id()")
        async with connection.transaction():
            await connection.execute(INSERT, 3, "0")  # it ends after both have noted
            number = await late.fetchval(folding.LAST_NUMBER.format("contactmoment_id_seq"))
            await late.execute(folding.NOMINATE, "contactmoment", number)
            await early.execute(folding.NOMINATE, "contactmoment", 0)
            await first.commit()
            assert await folding.fold(database.writer, TABLES[0]) == 0
    await fold_all(database)
    assert await differences(connection) == []


async def test_a_process_that_was_held_up_does_not_take_the_count_back(
    database: Database, connection: Connection
) -> None:
    await connection.execute(INSERT, 30, "0")
    await fold_all(database)
    # It read the number of the last row long ago, and notes it only now.
    await connection.execute(folding.NOMINATE, "contactmoment", 10)
    assert await folding.fold(database.writer, TABLES[0]) == 0
    assert await connection.fetchval("SELECT max(tot) FROM telling_stand") == 30
    assert await differences(connection) == []


async def test_two_processes_at_it_do_not_keep_each_other_from_getting_on(
    database: Database, connection: Connection
) -> None:
    async def keep_at_it() -> int:
        passed = 0
        for _ in range(20):
            await folding.nominate(database.writer, TABLES[0])
            passed += await folding.fold(database.writer, TABLES[0])
        return passed

    async def write() -> None:
        for _ in range(20):
            await connection.execute(INSERT, 40, "0")

    first, second, _ = await asyncio.gather(keep_at_it(), keep_at_it(), write())
    # No step was in vain, and most of the rows are counted while others still come.
    assert first + second == await connection.fetchval(
        "SELECT tot FROM telling_stand WHERE tabel = 'contactmoment'"
    )
    await fold_all(database)
    assert await connection.fetchval("SELECT max(tot) FROM telling_stand") == 800
    assert await differences(connection) == []


async def test_values_lie_in_blocks_of_which_none_has_too_many(
    database: Database, connection: Connection, small_blocks: None
) -> None:
    """Also when another program counts, which knows of no blocks and divides none."""
    blocks = """
        SELECT max(waarden) FROM telling_waardeblok WHERE reeks = 'contactmoment.onderwerp_links'
        HAVING count(*) > 5
    """
    await connection.execute(INSERT, 200, "1")
    await fold_all(database)
    assert await connection.fetchval(blocks) < 4
    await connection.execute(
        "UPDATE telling SET aantal = aantal + 1 WHERE reeks = 'contactmoment.medewerker'"
    )
    await connection.execute("DELETE FROM telling WHERE waarde = '{https://example.nl/3}'")
    await connection.execute(
        "INSERT INTO telling VALUES ('contactmoment.onderwerp_links', gen_random_uuid(),"
        " '{https://example.nl/31}', '{https://example.nl/31}', 7)"
    )
    assert not [line for line in await differences(connection) if " values " in line]
    await rebuild(connection)
    assert await differences(connection) == []
    assert await connection.fetchval(blocks) < 4


async def test_values_with_the_same_start_stay_in_one_block_that_is_not_made_anew_each_time(
    database: Database, connection: Connection, small_blocks: None
) -> None:
    insert = """
        INSERT INTO telling
        SELECT 'contactmoment.medewerker', gen_random_uuid(), ARRAY[i::text], '{a}', 1
        FROM generate_series(1, $1::integer) i
    """
    moments = TABLES[0]
    sizes = []
    for _ in range(20):
        await connection.execute(insert, 1)
        await value_blocks.divide(connection, moments)
        sizes.append(await connection.fetchval("SELECT max(eerst) FROM telling_waardeblok"))
    assert sorted(set(sizes)) == [0, 4, 8, 16]


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
    await connection.execute("UPDATE telling_waardeblok SET waarden = waarden - 1")
    wrong = await differences(connection)
    assert [line.partition(" ")[0] for line in wrong] == [
        "contactmoment.kanaal",
        "contactmoment.medewerker",
        "contactmoment.onderwerp_links",
        "contactmoment/tijd",
    ]


FROM_ANOTHER_SERVER = """
UPDATE telling_stand
SET kandidaat = tot + 1000, transactie = (pg_current_xact_id()::text::bigint + 1000000)::text::xid8
"""


async def test_counts_of_a_dump_from_another_server_go_on(
    database: Database, connection: Connection
) -> None:
    await connection.execute(INSERT, 8, "0")
    await connection.execute(FROM_ANOTHER_SERVER)
    await fold_all(database)
    assert await connection.fetchval("SELECT tot FROM telling_stand ORDER BY tabel LIMIT 1") == 8
    assert await differences(connection) == []


async def test_a_rebuild_does_not_wait_for_a_transaction_of_another_server(
    connection: Connection,
) -> None:
    await connection.execute(INSERT, 8, "0")
    await connection.execute(FROM_ANOTHER_SERVER)
    await asyncio.wait_for(rebuild(connection), 20)
    assert await differences(connection) == []
