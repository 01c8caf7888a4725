"""What the kept counts, and the indexes of the lists, cost each create.

Two databases on one server: one with all migrations, one without that of the counts. Creates go to
both in turns, in groups as the program makes them under load; what the database uses is counted,
and what it takes to add the new rows to the counts.
"""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final
from uuid import uuid4

import asyncpg

from benchmarks import machine
from benchmarks.processes import all_stats, family
from contactmomenten.contactmomenten import queries
from contactmomenten.counts.definitions import CONTACTMOMENTEN
from contactmomenten.counts.folding import fold, nominate
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import EmbeddedPostgres
from contactmomenten.database.migrations import all_migrations
from contactmomenten.database.pool import Database, open_database

_REST: Final = "x" * 400
_COUNTS: Final = 5  # the number of the migration
_CONNECTIONS: Final = 2  # as two workers, of which each has one group under way
_TICK: Final = 0.01  # seconds

_ORGANISATIES: Final = [f"{number:09}" for number in range(20)]
_KANALEN: Final = ["telefoon", "balie", "e-mail", "chat", "post", "website"]
_BERICHT: Final = (
    '{"kanaal":"contactmomenten","actie":"create","hoofdObject":"https://example.nl/api/v1/x"}'
)


@dataclass(frozen=True)
class Options:
    """How to measure.

    Attributes:
        filled: rows in each database before it begins.
        creates: in each round.
        group: creates in one statement.
        rounds: on each database.
    """

    filled: int
    creates: int
    group: int
    rounds: int


@dataclass(frozen=True)
class Report:
    """Processor time of the database per create in microseconds, of each round."""

    machine: Mapping[str, str]
    options: Options
    without: list[float]
    with_counts: list[float]
    folding: list[float]

    def markdown(self) -> str:
        """Return the report as text."""
        lines = [f"* {name}: {value}" for name, value in self.machine.items()]
        lines += [f"* {name}: {value}" for name, value in vars(self.options).items()]
        lines += ["", "| database, µs per create | median | rounds |", "|---|---:|---|"]
        for name, values in (
            ("without counts and the indexes of the lists", self.without),
            ("with them", self.with_counts),
            ("adding the row to the counts, later", self.folding),
        ):
            rounds = ", ".join(f"{value:.0f}" for value in values)
            lines.append(f"| {name} | {median(values):.0f} | {rounds} |")
        return "\n".join(["# What the counts cost a create", "", *lines, ""])


def run(options: Options, tell: Callable[[str], None]) -> Report:
    """Measure."""
    # Not in a folder of the user: the server may run as another one.
    with tempfile.TemporaryDirectory(prefix="cm-writes-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with EmbeddedPostgres(folder / "data") as postgres:
            info = superuser_of(postgres)
            [file] = folder.rglob("postmaster.pid")
            postmaster = int(file.read_text(encoding="ascii").split()[0])
            return asyncio.run(_measure(info, postmaster, options, tell))


def superuser_of(postgres: EmbeddedPostgres) -> ConnectionInfo:
    """Return how to make databases on a server of our own."""
    assert postgres._home is not None  # noqa: SLF001 (a program has no need of it)
    return postgres._home.connection(superuser=True)  # noqa: SLF001


async def _measure(
    info: ConnectionInfo, postmaster: int, options: Options, tell: Callable[[str], None]
) -> Report:
    chance = random.Random(1)
    async with (
        _database(info, "zonder", skipped=_COUNTS) as without,
        _database(info, "met") as counted,
    ):
        version = await counted.writer.value("SHOW server_version")
        for database in (without, counted):
            await _create(database, options.filled, options.group, chance)
            await database.writer.value("SELECT 1")
        await _fold(counted)
        report = Report(machine.describe(str(version)), options, [], [], [])
        for number in range(options.rounds):
            for database, times in ((without, report.without), (counted, report.with_counts)):
                work = _create(database, options.creates, options.group, chance)
                times.append(await _used(postmaster, work) / options.creates)
            report.folding.append(await _used(postmaster, _fold(counted)) / options.creates)
            tell(
                f"round {number + 1}: {report.without[-1]:.0f} µs without, "
                f"{report.with_counts[-1]:.0f} with, {report.folding[-1]:.0f} to count"
            )
    return report


@asynccontextmanager
async def _database(
    info: ConnectionInfo, name: str, *, skipped: int | None = None
) -> AsyncIterator[Database]:
    """Make a database with all tables but those of the step `skipped`."""
    connection = await asyncpg.connect(**info.connect_args())
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    place = replace(info, database=name)
    connection = await asyncpg.connect(**place.connect_args())
    for step in all_migrations():
        if step.number != skipped:
            await connection.execute(step.sql)
    await connection.close()
    database = await open_database(place, max_size=_CONNECTIONS, seconds=60)
    try:
        yield database
    finally:
        await database.close()


async def _used(postmaster: int, work: Awaitable[None]) -> float:
    """Do `work`; return what the database used for it, in microseconds."""
    before = _ticks(postmaster)
    await work
    # What a process does after its answer, and a background writer.
    await asyncio.sleep(0.05)
    return (_ticks(postmaster) - before) * _TICK * 1e6


def _ticks(postmaster: int) -> int:
    stats = all_stats()
    below = family(postmaster, stats) - {postmaster}
    return stats[postmaster].own + stats[postmaster].gone + sum(stats[pid].own for pid in below)


async def _create(database: Database, number: int, group: int, chance: random.Random) -> None:
    groups = [[_values(chance) for _ in range(group)] for _ in range(number // group)]

    async def some(first: int) -> None:
        for rows in groups[first::_CONNECTIONS]:
            await database.writer.row(queries.INSERT, *zip(*rows, strict=True))

    await asyncio.gather(*(some(first) for first in range(_CONNECTIONS)))


async def _fold(database: Database) -> None:
    await nominate(database.writer, CONTACTMOMENTEN)
    while await fold(database.writer, CONTACTMOMENTEN):
        pass


def _values(chance: random.Random) -> Sequence[object]:
    """Return the values of one create, as the program gives them to `queries.INSERT`."""
    uuid, by_url = uuid4(), chance.random() < 0.4  # noqa: PLR2004 (as in the demo data)
    url = f"https://example.nl/api/v1/contactmomenten/{uuid}"
    link = f"https://www.example.nl/onderwerpen/{chance.randrange(200)}"
    medewerker = f"https://example.nl/medewerkers/{chance.randrange(2000)}"
    tekst = f"Belt over {chance.random()}. " + "Vraag beantwoord. " * chance.randrange(12)
    return (
        uuid,
        chance.choice(_ORGANISATIES),
        datetime.now(UTC),
        chance.choice(_KANALEN),
        "",
        "nld",
        tekst,
        queries.text_array([link] if chance.random() < 0.5 else []),  # noqa: PLR2004
        "klant",
        medewerker if by_url else "",
        None if by_url else '{"identificatie":"m1","achternaam":"Jansen"}',
        None,
        uuid4(),
        "applicatie",
        "Applicatie",
        "jan",
        "Jan",
        "",
        "",
        url,
        "weergave",
        f'{{"url":"{url}","tekst":"{tekst}","rest":"{_REST}"}}',
        _BERICHT,
    )
