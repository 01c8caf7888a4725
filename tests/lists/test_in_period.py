"""Pages of a period in the order of creation, of rows that mostly came in the order of time."""

from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import msgspec
import pytest

from contactmomenten.contactmomenten.lists import CONTACTMOMENTEN
from contactmomenten.counts import definitions as counts
from contactmomenten.database.pool import Connection, Database
from contactmomenten.lists import Condition, finding, in_period
from contactmomenten.lists.finding import Finder
from contactmomenten.lists.selection import Parameters, Selection
from contactmomenten.lists.wanted import Wanted
from tests.counts.rows import fold_all, make_small_blocks

ROWS = 900
SIZE = 7

# A row an hour; each 31st is of twenty hours before, as what is entered late is.
INSERT = """
INSERT INTO contactmoment (uuid, bronorganisatie, kanaal, tekst, registratiedatum,
    voorkeurskanaal, voorkeurstaal, onderwerp_links, initiatiefnemer, medewerker)
SELECT gen_random_uuid(), '1', CASE WHEN i % 3 = 0 THEN 'balie' ELSE 'telefoon' END, '',
    $1::timestamptz + interval '1 hour' * (i - CASE WHEN i % 31 = 0 THEN 20 ELSE 0 END),
    '', '', '{}', '', ''
FROM generate_series($2::integer, $3::integer) i
"""
START = datetime(2026, 1, 1, tzinfo=UTC)
LOW, HIGH = START + timedelta(hours=200), START + timedelta(hours=700)
SINCE = Condition("registratiedatum >= {}", (LOW,), low=LOW)
UNTIL = Condition("registratiedatum < {}", (HIGH,), high=HIGH)
KANAAL = Condition(counts.KANAAL.match, ("balie",), counts.KANAAL)
BRON = Condition(counts.BRONORGANISATIE.match, ("1",), counts.BRONORGANISATIE)

PERIODS: dict[str, tuple[Condition, ...]] = {
    "since": (SINCE,),
    "until": (UNTIL,),
    "both": (SINCE, UNTIL),
    "twice": (SINCE, Condition("registratiedatum > {}", (LOW,), low=LOW), UNTIL),
    "kanaal": (KANAAL, SINCE, UNTIL),
    "bron": (BRON, SINCE),
}


@pytest.fixture
async def stocked(
    database: Database, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> Database:
    """Fill the database with rows of which most come in the order of their registratiedatum."""
    make_small_blocks(monkeypatch)
    monkeypatch.setattr(finding, "NEAR", 14)
    monkeypatch.setattr(finding, "FEW", 20)
    await connection.execute("ALTER SEQUENCE contactmoment_id_seq INCREMENT BY 300")
    await connection.execute(INSERT, START, 1, ROWS)
    await fold_all(database)
    return database


async def _check_all_pages(
    database: Database, connection: Connection, conditions: tuple[Condition, ...]
) -> None:
    """Compare each page with all rows sorted."""
    selection = Selection("contactmoment", counts.ALL, conditions)
    parameters = Parameters()
    rows = await connection.fetch(
        f"SELECT uuid FROM contactmoment{selection.where(parameters)} ORDER BY id",
        *parameters.values,
    )
    wanted = [f"/contactmomenten/{row['uuid']}" for row in rows]
    assert len(wanted) > 10 * SIZE
    for offset in range(0, len(wanted) + SIZE, SIZE):
        found = await Finder(CONTACTMOMENTEN.source, database.reader).find(
            Wanted(selection, (), offset, SIZE)
        )
        page = msgspec.json.decode(b"[%s]" % found.rows.replace(b"\x01", b""))
        assert found.count == len(wanted)
        assert [row["url"] for row in page] == wanted[offset : offset + SIZE], offset


@pytest.mark.parametrize("name", PERIODS)
async def test_pages_of_a_period_are_right_though_rows_of_long_ago_came_late(
    stocked: Database, connection: Connection, name: str
) -> None:
    await _check_all_pages(stocked, connection, PERIODS[name])
    await connection.execute(INSERT, START - timedelta(hours=ROWS), 1, 40)  # before all periods
    await connection.execute(INSERT, START, 400, 410)  # in all of them
    await _check_all_pages(stocked, connection, PERIODS[name])
    await fold_all(stocked)
    await _check_all_pages(stocked, connection, PERIODS[name])


async def test_pages_of_a_period_are_right_while_a_row_was_moved(
    stocked: Database, connection: Connection
) -> None:
    for hours in (10, 300, 800):
        await connection.execute(
            "UPDATE contactmoment SET registratiedatum = $1 WHERE uuid = "
            "(SELECT uuid FROM contactmoment ORDER BY id OFFSET 450 LIMIT 1)",
            START + timedelta(hours=hours),
        )
        await _check_all_pages(stocked, connection, (SINCE, UNTIL))
    await fold_all(stocked)
    await _check_all_pages(stocked, connection, (SINCE, UNTIL))


async def test_a_page_far_from_the_end_is_looked_for_in_blocks(
    stocked: Database, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = Mock(wraps=in_period.far)
    monkeypatch.setattr(in_period, "far", far)
    await _check_all_pages(stocked, connection, (SINCE, UNTIL))
    pages = 500 // SIZE
    assert pages - 8 < far.call_count < pages
