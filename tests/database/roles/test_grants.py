"""The rights that are given: all that serving takes, for every table, again and again."""

from dataclasses import replace

import asyncpg
import pytest

from contactmomenten.database import migrations
from contactmomenten.database.grants import SEQUENCES, TABLES, GrantError, grant, missing
from contactmomenten.database.migrations import Migration, MigrationError, all_migrations, migrate
from contactmomenten.database.pool import Connection
from tests.database.roles.conftest import Roles
from tests.databases import Cluster, connected

ROLE = "contactmomenten"


def silent(_: str) -> None:
    """Tell nobody."""


async def test_every_table_and_sequence_is_named(owner: Connection) -> None:
    rows = await owner.fetch(
        "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')"
    )
    found = {row["relname"] for row in rows if row["relkind"] != b"S"}
    sequences = {row["relname"] for row in rows if row["relkind"] == b"S"}
    assert found == TABLES.keys()
    assert sequences - SEQUENCES.keys() == {"notificatie_id_seq"}
    assert sequences >= SEQUENCES.keys()


async def test_once_given_nothing_is_missing_and_nothing_is_done_again(owner: Connection) -> None:
    assert await missing(owner, ROLE) == []
    before = await owner.fetch("SELECT xmin, relname FROM pg_class ORDER BY oid")
    assert await migrate(owner, silent, serving=ROLE) == []
    assert await owner.fetch("SELECT xmin, relname FROM pg_class ORDER BY oid") == before


@pytest.mark.parametrize(
    "too_much",
    [
        "GRANT UPDATE ON audittrail TO contactmomenten",
        "GRANT UPDATE (oud) ON audittrail TO contactmomenten",
        "GRANT INSERT (hash) ON audittrail TO contactmomenten",
        "GRANT TRUNCATE ON contactmoment TO contactmomenten",
        "GRANT TRIGGER ON audittrail TO contactmomenten",
        "GRANT REFERENCES ON notificatie TO contactmomenten",
        "GRANT UPDATE ON SEQUENCE audittrail_id_seq TO contactmomenten",
        "GRANT CREATE ON SCHEMA public TO contactmomenten",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "REVOKE SELECT ON audittrail FROM contactmomenten",
        "REVOKE INSERT ON notificatie FROM contactmomenten",
        "REVOKE USAGE ON SCHEMA public FROM contactmomenten, PUBLIC",
    ],
)
async def test_what_is_too_much_or_too_little_is_put_right_at_the_next_start(
    owner: Connection, too_much: str
) -> None:
    await owner.execute(too_much)
    assert await missing(owner, ROLE)
    assert await migrate(owner, silent, serving=ROLE) == []
    assert await missing(owner, ROLE) == []


async def test_rights_that_come_by_everybody_are_told(owner: Connection) -> None:
    await owner.execute("GRANT DELETE ON audittrail TO PUBLIC")
    with pytest.raises(GrantError, match="REVOKE ALL ON TABLE audittrail"):
        await migrate(owner, silent, serving=ROLE)
    await owner.execute("REVOKE DELETE ON audittrail FROM PUBLIC")
    assert await missing(owner, ROLE) == []


async def test_rights_come_with_the_step_that_needs_them(
    owner: Connection, roles: Roles, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = len(all_migrations()) + 1
    step = Migration(number, "x", "DROP TABLE telling_grens; CREATE TABLE telling_grens (n int)")
    steps = [*all_migrations(), step]
    monkeypatch.setattr(migrations, "all_migrations", lambda: steps)
    transaction = owner.transaction()
    await transaction.start()
    assert await migrate(owner, silent, serving=ROLE) == [step]
    assert await missing(owner, ROLE) == []
    await transaction.rollback()
    async with connected(roles.serving) as serving:
        with pytest.raises(MigrationError, match="Set DATABASE_MIGRATION_URL"):
            await migrate(serving, silent)


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        ("", "There is no role"),
        ("CREATE ROLE {} SUPERUSER", "is a superuser"),
        ("CREATE ROLE {0}; ALTER TABLE audittrail OWNER TO {0}", "owns the tables"),
        ("CREATE ROLE {0}; ALTER DATABASE {1} OWNER TO {0}", "owns the tables or the database"),
        ("CREATE ROLE {0}; ALTER TABLE keten OWNER TO {0}", "owns the tables"),
    ],
)
async def test_a_role_that_could_do_anything_all_the_same_is_refused(
    cluster: Cluster, prepare: str, told: str
) -> None:
    async with cluster.fresh() as info:
        role = f"role_{info.database}"
        async with connected(info) as connection:
            if prepare:
                await connection.execute(prepare.format(role, info.database))
            with pytest.raises(GrantError, match=told):
                await grant(connection, role)
        await cluster.admin(f"ALTER DATABASE {info.database} OWNER TO postgres")
    if prepare:
        await cluster.admin(f"DROP ROLE {role}")


async def test_a_role_in_the_way_is_quoted(cluster: Cluster) -> None:
    async with cluster.fresh() as info, connected(info) as connection:
        role = f'Rol "{info.database}"; --'
        quoted = await connection.fetchval("SELECT quote_ident($1)", role)
        await connection.execute(f"CREATE ROLE {quoted}")
        async with connection.transaction():
            await grant(connection, role)
        assert await missing(connection, role) == []
        await connection.execute(f"DROP OWNED BY {quoted}; DROP ROLE {quoted}")


async def test_two_programs_that_start_at_once_both_get_there(roles: Roles) -> None:
    async with connected(roles.owner) as first, connected(roles.owner) as second:
        await first.execute("REVOKE ALL ON keten, audittrail FROM contactmomenten")
        for connection in (first, second):
            assert await migrate(connection, silent, serving=ROLE) == []
        assert await missing(first, ROLE) == []
    wrong = replace(roles.serving, user=roles.owner.user)
    with pytest.raises(asyncpg.InvalidPasswordError):
        async with connected(wrong):
            pass
