import asyncio
import stat
from pathlib import Path

import pytest

from contactmomenten.database.connection import ConnectionInfo
from tests.cli.running import Run
from tests.databases import connected


def execute(info: ConnectionInfo, sql: str) -> None:
    async def work() -> None:
        async with connected(info) as connection:
            await connection.execute(sql)

    asyncio.run(work())


@pytest.fixture
def loaded(run: Run) -> Run:
    run.good("demo-data", "--count", "40")
    return run


FIRST = "(SELECT uuid FROM contactmoment ORDER BY id LIMIT 1)"
CHANGE = f"""
UPDATE audittrail SET gebruikers_id = 'iemand' WHERE contactmoment = {FIRST} AND actie = 'create'
    AND resource = 'contactmoment'
"""


def test_a_trail_that_is_whole_is_told(loaded: Run) -> None:
    told = loaded.good("audit", "verify")
    assert told.startswith("The audit trail is whole: ")
    assert told.endswith(" lines of 40 contactmomenten.\n")


def test_what_is_wrong_is_told_with_exit_code_1(loaded: Run, info: ConnectionInfo) -> None:
    execute(info, CHANGE)
    result = loaded("audit", "verify")
    assert result.exit_code == 1
    assert "line 1 (create of " in result.stdout
    assert "was changed." in result.stdout
    assert "Error: The audit trail is broken: 1 faults in " in result.stderr
    assert "iemand" not in result.output
    silent = loaded("audit", "verify", "--limit", "0")
    assert (silent.exit_code, silent.stdout) == (1, "")


def test_a_seal_is_kept_and_compared_with(
    loaded: Run, info: ConnectionInfo, tmp_path: Path
) -> None:
    seal = tmp_path / "seal"
    loaded.good("audit", "verify", "--seal", str(seal))
    assert len(seal.read_text().splitlines()) == 40
    assert stat.S_IMODE(seal.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "seal" in path.name] == ["seal"]
    loaded.good("demo-data", "--count", "5", "--add")
    assert "45 contactmomenten" in loaded.good("audit", "verify", "--compare", str(seal))
    execute(info, f"DELETE FROM contactmoment WHERE uuid = {FIRST}")
    told = loaded("audit", "verify", "--compare", str(seal)).stdout
    assert "1 contactmomenten were deleted since the seal.\n" in told
    execute(info, CHANGE)
    before = seal.read_text()
    loaded.bad("audit", "verify", "--seal", str(seal))
    assert seal.read_text() == before
    seal.write_text("geen zegel\n")
    assert "is not a line of a seal" in loaded.bad("audit", "verify", "--compare", str(seal))


def test_one_contactmoment_may_be_asked_for(loaded: Run, info: ConnectionInfo) -> None:
    async def second() -> str:
        async with connected(info) as connection:
            return str(
                await connection.fetchval("SELECT uuid FROM contactmoment ORDER BY id OFFSET 1")
            )

    uuid = asyncio.run(second())
    execute(info, CHANGE)
    told = loaded.good("audit", "verify", "--contactmoment", uuid)
    assert told.endswith(" lines of 1 contactmomenten.\n")
    nobody = "00000000-0000-4000-8000-000000000000"
    assert loaded.bad("audit", "verify", "--contactmoment", nobody) == (
        f"Error: There is no contactmoment {nobody}."
    )
    both = ("--contactmoment", uuid, "--seal", "x")
    assert "about all contactmomenten" in loaded.misused("audit", "verify", *both)


def test_it_changes_nothing_and_needs_no_key(run: Run, info: ConnectionInfo) -> None:
    run.good("migrate")
    execute(info, f"ALTER DATABASE {info.database} SET default_transaction_read_only = on")
    assert run.good("audit", "verify", SECRET_KEY="") == (
        "The audit trail is whole: 0 lines of 0 contactmomenten.\n"
    )


def test_tables_of_an_older_version_are_left_alone(run: Run, info: ConnectionInfo) -> None:
    execute(info, "DELETE FROM migratie WHERE nummer = 7")
    assert "Run `contactmomenten migrate` first" in run.bad("audit", "verify")
