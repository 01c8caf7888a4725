import asyncio
import re
import signal
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from contactmomenten.database.embedded import EmbeddedPostgres
from contactmomenten.database.pool import Connection
from tests.cli.running import Run, program
from tests.demo_data.loaded import schema

_IS_COPYING = "SELECT true FROM pg_stat_progress_copy WHERE tuples_processed > 1000"


def test_it_tells_what_was_loaded_and_how_long_it_took(run: Run) -> None:
    told = run.good("demo-data", "--count", "200").strip().splitlines()[-1]
    assert re.fullmatch(
        r"Loaded 200 contactmomenten \(\d+ follow on another one\), \d+ klantcontactmomenten, "
        r"\d+ objectcontactmomenten and \d+ lines of audit trail in \d+\.\d s\.",
        told,
    )


@pytest.mark.parametrize(
    ("count", "options", "wanted"),
    [
        (5, (), True),
        (6, (), False),
        (6, ("--trail",), True),
        (5, ("--no-trail",), False),
    ],
)
async def test_unless_told_many_contactmomenten_come_without_trail(  # noqa: PLR0917
    run: Run,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    options: tuple[str, ...],
    wanted: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr(sys.modules["contactmomenten.cli.demo_data"], "_WITH_TRAIL", 5)
    await asyncio.to_thread(run.good, "demo-data", "--count", str(count), *options)
    lines = await connection.fetchval("SELECT count(*) FROM audittrail")
    assert (lines >= count) == wanted


async def test_the_urls_are_those_of_the_site(run: Run, connection: Connection) -> None:
    env = {"SITE_DOMAIN": "cm.nergens.nl", "SUBPATH": "/kcc"}
    await asyncio.to_thread(run.good, "demo-data", "--count", "10", **env)
    roots = await connection.fetch(
        "SELECT DISTINCT split_part(hoofd_object, '/contactmomenten/', 1) FROM audittrail"
    )
    assert [row[0] for row in roots] == ["https://cm.nergens.nl/kcc/api/v1"]


def test_a_database_that_is_not_empty_is_refused_unless_add_is_given(run: Run) -> None:
    run.good("demo-data", "--count", "10")
    assert run.bad("demo-data", "--count", "10") == (
        "Error: There are contactmomenten in this database already. To add to them, use --add."
    )
    assert "Loaded 10 contactmomenten" in run.good("demo-data", "--count", "10", "--add")


def test_the_embedded_folder_is_made_and_refused_the_second_time(short_folder: Path) -> None:
    run = Run(CliRunner())
    arguments = ("demo-data", "--count", "10", "--data-dir", str(short_folder / "data"))
    assert "Loaded 10 contactmomenten" in run.good(*arguments)
    assert "already" in run.bad(*arguments)


def test_a_folder_that_a_server_uses_is_refused(short_folder: Path) -> None:
    with EmbeddedPostgres(short_folder / "data"):
        told = Run(CliRunner()).bad("demo-data", "--data-dir", str(short_folder / "data"))
    assert str(short_folder / "data") in told
    assert "in use" in told or "process" in told


@pytest.mark.parametrize(
    "arguments",
    [["--count", "0"], ["--count", "x"], ["--seed", "-1"], ["--until", "gisteren"]],
)
def test_wrong_numbers_and_days_are_wrong_use(run: Run, arguments: list[str]) -> None:
    assert "Invalid value" in run.misused("demo-data", *arguments)


def test_a_day_with_no_five_years_before_it_is_refused(run: Run) -> None:
    assert run.bad("demo-data", "--until", "0003-01-01") == (
        "Error: The 5 years before 0003-01-01 begin before the year 1."
    )


async def test_ctrl_c_leaves_nothing(environment: dict[str, str], connection: Connection) -> None:
    before = await schema(connection)
    with program("demo-data", "--count", "1000000", **environment) as running:
        while not await connection.fetchval(_IS_COPYING):
            assert running.process.poll() is None
            await asyncio.sleep(0.02)
        running.process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(running.process.wait, 20) == 1
        assert "Traceback" not in running.said()
    assert await connection.fetchval("SELECT count(*) FROM contactmoment") == 0
    assert await schema(connection) == before
