import asyncio

from contactmomenten.database.connection import ConnectionInfo
from tests.cli.running import Run
from tests.counts.rows import INSERT
from tests.databases import connected


def _execute(info: ConnectionInfo, sql: str, *values: object) -> None:
    async def work() -> None:
        async with connected(info) as connection:
            await connection.execute(sql, *values)

    asyncio.run(work())


def test_counts_that_are_wrong_are_told_and_mended(info: ConnectionInfo, run: Run) -> None:
    _execute(info, INSERT, 20, "000000000")
    assert run.good("counts", "check") == "The counts are right.\n"
    _execute(info, "UPDATE telling_stand SET tot = 5")
    result = run("counts", "check")
    assert result.exit_code == 1
    assert "contactmoment 00000000-0000-0000-0000-000000000000: -5\n" in result.output
    assert run.good("counts", "rebuild").endswith("Everything was counted anew.\n")
    assert run.good("counts", "check") == "The counts are right.\n"
    _execute(info, INSERT, 3, "000000000")
    assert run.good("counts", "check") == "The counts are right.\n"
