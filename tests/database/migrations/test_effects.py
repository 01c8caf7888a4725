"""What is declared of each step is what it does; an expanding one is noticed by nobody."""

from collections.abc import AsyncIterator, Iterator

import pytest

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.migrations import Migration, all_migrations, migrate
from contactmomenten.database.migrations.effects import EFFECTS, Effect, Kind
from contactmomenten.database.pool import Connection
from tests.database.migrations.watching import Seen, as_told, watch
from tests.databases import Cluster, connected

# They grow with the years: an index on one of these takes long, and writes wait for it.
LARGE = {"contactmoment", "keten", "klantcontactmoment", "objectcontactmoment", "audittrail"}

ROWS = """
INSERT INTO contactmoment (
    uuid, bronorganisatie, registratiedatum, kanaal, voorkeurskanaal, voorkeurstaal, tekst,
    onderwerp_links, initiatiefnemer, medewerker
)
SELECT gen_random_uuid(), '423182687', now(), 'balie', '', '', 'tekst', '{}', '', ''
FROM generate_series(1, 3);
INSERT INTO notificatie (contactmoment, bericht) SELECT uuid, '{}' FROM contactmoment;
"""


def faults(step: Migration, seen: Seen) -> list[str]:
    """Return where what a step did is not what was declared, or may not be in one of its kind."""
    effect = step.effect
    found = []
    locks = {table: as_told(mode) for table, mode in seen.locks.items()}
    # To look at rows is no more than a request does.
    locks = {table: mode for table, mode in locks.items() if mode != "ACCESS SHARE"}
    if locks != effect.locks:
        found.append(f"it locks {locks}, and declares {effect.locks}")
    if seen.rewritten != set(effect.rewrites):
        found.append(f"it writes {seen.rewritten} anew, and declares {effect.rewrites}")
    if seen.built != effect.builds:
        found.append(f"it makes indexes {seen.built}, and declares {effect.builds}")
    if len(seen.rules) > len(effect.requires):
        found.append(f"no requirement to the rows is declared for {seen.rules}")
    return found + (list(not_expanding(step, seen)) if effect.kind is Kind.EXPAND else [])


def not_expanding(step: Migration, seen: Seen) -> Iterator[str]:
    """Return what a step that expands may not do."""
    if seen.gone:
        yield f"it expands, and takes away {seen.gone}"
    if seen.rewritten:
        yield f"it expands, and writes {seen.rewritten} anew"
    if LARGE & seen.built.keys():
        yield f"it expands, and makes indexes on {LARGE & seen.built.keys()}"
    if seen.rules:
        yield f"it expands, and asks more of the rows: {seen.rules}"
    if not step.effect.older_serve:
        yield "it expands, and older programs cannot go on"


async def fill(connection: Connection) -> None:
    if await connection.fetchval("SELECT to_regclass('contactmoment')"):
        await connection.execute(ROWS)


@pytest.fixture
async def empty(cluster: Cluster) -> AsyncIterator[ConnectionInfo]:
    async with cluster.fresh("template0") as info:
        yield info


def test_every_step_is_classified_and_nothing_else() -> None:
    assert sorted(EFFECTS) == [step.number for step in all_migrations()]


@pytest.mark.parametrize("step", all_migrations(), ids=lambda step: str(step.number))
async def test_a_step_does_what_is_declared_of_it(step: Migration, empty: ConnectionInfo) -> None:
    async with connected(empty) as connection:
        await migrate(connection, lambda _: None, until=step.number - 1)
        await fill(connection)
        async with connection.transaction():
            seen = await watch(connection, step.sql)
        assert faults(step, seen) == []


@pytest.mark.parametrize("step", all_migrations(), ids=lambda step: str(step.number))
async def test_its_requirements_can_be_asked_as_soon_as_it_says(
    step: Migration, empty: ConnectionInfo
) -> None:
    async with connected(empty) as connection:
        for requirement in step.effect.requires:
            await migrate(connection, lambda _: None, until=requirement.since)
            await fill(connection)
            assert await connection.fetchval(requirement.query) == 0


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("ALTER TABLE contactmoment DROP COLUMN tekst CASCADE", "takes away"),
        ("DROP TABLE telling", "takes away"),
        ("DROP FUNCTION audittrail_verzegel_verder(integer)", "takes away"),
        ("ALTER TABLE contactmoment RENAME COLUMN kanaal TO weg", "takes away"),
        ("ALTER TABLE keten ALTER opvolger TYPE text", "writes {'keten'} anew"),
        ("ALTER TABLE keten ADD COLUMN n uuid DEFAULT gen_random_uuid()", "anew"),
        ("CREATE INDEX extra ON contactmoment (kanaal)", "makes indexes on {'contactmoment'}"),
        ("ALTER TABLE keten ALTER voorganger SET DEFAULT NULL, ADD n int NOT NULL", "asks more"),
        ("ALTER TABLE service ADD CHECK (label <> '')", "asks more"),
        ("ALTER TABLE keten ADD CHECK (voorganger <> opvolger)", "no requirement"),
        ("ALTER TABLE keten ADD COLUMN n int", "it locks {'keten': 'ACCESS EXCLUSIVE'}"),
    ],
)
async def test_a_step_that_only_says_that_it_expands_is_found_out(
    connection: Connection, sql: str, fault: str
) -> None:
    pretending = Migration(99, "pretending", sql, Effect())
    async with connection.transaction():
        seen = await watch(connection, sql)
    assert any(fault in found for found in faults(pretending, seen)), faults(pretending, seen)


async def test_a_step_that_expands_and_says_what_it_locks_has_no_fault(
    connection: Connection,
) -> None:
    sql = "ALTER TABLE keten ADD COLUMN n int; CREATE TABLE ander (n int PRIMARY KEY)"
    expanding = Migration(99, "one", sql, Effect(locks={"keten": "ACCESS EXCLUSIVE"}))
    async with connection.transaction():
        seen = await watch(connection, sql)
    assert faults(expanding, seen) == []
