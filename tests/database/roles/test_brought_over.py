"""A cluster of an earlier version, in which one role owned everything."""

import asyncio
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from contactmomenten.database import migrations
from contactmomenten.database.embedded import EmbeddedPostgres
from contactmomenten.database.embedded.folder import OWNER_PASSWORD, PREPARED
from contactmomenten.database.migrations import migrate
from tests.database.embedded.support import ask
from tests.databases import connected, superuser_of

MARK = "Role and database exist.\n"
BACK = """
REASSIGN OWNED BY contactmomenten_owner TO contactmomenten;
DROP OWNED BY contactmomenten_owner;
GRANT ALL ON DATABASE contactmomenten TO contactmomenten;
"""


def silent(_: str) -> None:
    """Tell nobody."""


@pytest.mark.parametrize("crash", [False, True], ids=["", "after-a-crash-halfway"])
def test_an_earlier_cluster_is_brought_over_at_its_start(
    short_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    crash: bool,  # noqa: FBT001
) -> None:
    data = short_folder / "data"
    with EmbeddedPostgres(data) as postgres, monkeypatch.context() as earlier:
        superuser = replace(superuser_of(postgres), database=postgres.owner().database)
        steps = migrations.all_migrations()[:6]
        earlier.setattr(migrations, "all_migrations", lambda: steps)

        async def back() -> None:
            async with connected(postgres.owner()) as connection:
                await migrate(connection, silent)
                await connection.execute("CREATE TABLE ours AS SELECT 42 AS answer")
            async with connected(superuser) as connection:
                await connection.execute(BACK)

        asyncio.run(back())
    folder = data / "postgresql"
    if not crash:
        (folder / OWNER_PASSWORD).unlink()
    (folder / PREPARED).write_text(MARK)
    postgres = EmbeddedPostgres(data)
    serving = postgres.start()
    try:
        assert (folder / PREPARED).read_text() != MARK

        async def check() -> None:
            assert await ask(postgres.owner(), "SELECT answer FROM ours") == 42
            async with connected(postgres.owner()) as connection:
                await migrate(connection, silent, serving=serving.user)
            owners = (
                "SELECT array_agg(DISTINCT tableowner::text) FROM pg_tables"
                " WHERE schemaname = 'public'"
            )
            assert await ask(serving, owners) == ["contactmomenten_owner"]
            for sql in ("DROP TABLE ours", "CREATE TABLE x (n int)", "DELETE FROM audittrail"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await ask(serving, sql)
            assert await ask(serving, "SELECT count(*) FROM contactmoment") == 0

        asyncio.run(check())
    finally:
        postgres.stop()


def test_a_lost_password_of_the_owner_is_replaced(short_folder: Path) -> None:
    data = short_folder / "data"
    with EmbeddedPostgres(data):
        pass
    (data / "postgresql" / OWNER_PASSWORD).unlink()
    with EmbeddedPostgres(data) as postgres:
        assert asyncio.run(ask(postgres.owner(), "SELECT 1")) == 1
