"""What the role that serves cannot do, each statement tried for real."""

import asyncpg
import pytest

from contactmomenten.database.grants import SEQUENCES, TABLES, missing
from contactmomenten.database.pool import Connection
from tests.application import Api, uuid_of
from tests.database.roles.conftest import Roles
from tests.databases import connected
from tests.proof import record

SCHEMA = [
    "CREATE TABLE x (n int)",
    "CREATE TABLE audittrail.x (n int)",
    "CREATE TEMPORARY TABLE audittrail (n int)",
    "CREATE SCHEMA x",
    "CREATE VIEW x AS SELECT 1",
    "CREATE SEQUENCE x",
    "CREATE EXTENSION dblink",
    "CREATE INDEX ON contactmoment (tekst)",
    "CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    (
        "CREATE OR REPLACE FUNCTION audittrail_hash(regel audittrail) RETURNS bytea"
        " LANGUAGE sql AS 'SELECT null::bytea'"
    ),
    (
        "CREATE OR REPLACE FUNCTION audittrail_schakel() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NEW; END'"
    ),
    "ALTER FUNCTION audittrail_verzegel(uuid) SECURITY INVOKER",
    "ALTER FUNCTION audittrail_verzegel(uuid) RESET search_path",
    "DROP FUNCTION audittrail_hash(audittrail) CASCADE",
    (
        "CREATE TRIGGER x BEFORE INSERT ON audittrail FOR EACH ROW"
        " EXECUTE FUNCTION audittrail_schakel()"
    ),
    "CREATE RULE x AS ON INSERT TO audittrail DO INSTEAD NOTHING",
    "DROP TRIGGER audittrail_voor_insert ON audittrail",
    "ALTER TABLE audittrail DISABLE TRIGGER audittrail_voor_insert",
    "ALTER TABLE audittrail DISABLE TRIGGER ALL",
    "ALTER TABLE audittrail ADD COLUMN x int",
    "ALTER TABLE audittrail DROP COLUMN hash",
    "ALTER TABLE audittrail ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE audittrail OWNER TO contactmomenten",
    "ALTER TABLE contactmoment ALTER tekst DROP NOT NULL",
    "ALTER SEQUENCE audittrail_id_seq RESTART",
    "SELECT setval('audittrail_id_seq', 1)",
    "SET session_replication_role = replica",
    "SET ROLE contactmomenten_owner",
    "SET SESSION AUTHORIZATION postgres",
    "ALTER ROLE contactmomenten SUPERUSER",
    "GRANT contactmomenten_owner TO contactmomenten",
    "GRANT UPDATE ON audittrail TO contactmomenten",
    "ALTER DATABASE contactmomenten OWNER TO contactmomenten",
    "ALTER DATABASE contactmomenten SET session_replication_role = replica",
    "DROP DATABASE contactmomenten",
    "CREATE DATABASE x",
    "COPY contactmoment TO PROGRAM 'true'",
    "COPY contactmoment TO '/tmp/x'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "INSERT INTO migratie VALUES (9999, 'x', 'x')",
    "UPDATE migratie SET controlegetal = ''",
    "UPDATE audittrail_verzegeling SET klaar = false",
    "VACUUM FULL audittrail",
    *(f"ALTER TABLE {table} RENAME TO x" for table in TABLES),
    *(f"DROP TABLE {table} CASCADE" for table in TABLES),
    *(f"TRUNCATE {table} CASCADE" for table in TABLES),
    *(f"DROP SEQUENCE {sequence} CASCADE" for sequence in SEQUENCES),
]

TRAIL = [
    "DELETE FROM audittrail",
    "TRUNCATE audittrail",
    "LOCK TABLE audittrail IN ACCESS EXCLUSIVE MODE",
    "SELECT FROM audittrail FOR UPDATE",
    "INSERT INTO audittrail OVERRIDING SYSTEM VALUE SELECT * FROM audittrail",
    "INSERT INTO audittrail (contactmoment, uuid, hash) VALUES (NULL, NULL, 'x')",
    "INSERT INTO audittrail (contactmoment, uuid, vorige_hash) VALUES (NULL, NULL, 'x')",
    "INSERT INTO audittrail (contactmoment, uuid, aanmaakdatum) VALUES (NULL, NULL, '2000-01-01')",
    (
        "INSERT INTO audittrail (contactmoment, uuid, id) OVERRIDING SYSTEM VALUE"
        " VALUES (NULL, NULL, 1)"
    ),
    "MERGE INTO audittrail USING (SELECT 1) ON true WHEN MATCHED THEN DELETE",
]

# Not refused as such: what is refused has no name that the role could even see.
_OTHERWISE = (asyncpg.InvalidSchemaNameError, asyncpg.UndefinedFileError)


async def refused(connection: Connection, sql: str) -> bool:
    """Tell whether a statement is refused for want of rights."""
    transaction = connection.transaction()
    outside = sql.startswith(("VACUUM", "CREATE DATABASE", "DROP DATABASE", "ALTER DATABASE"))
    if not outside:
        await transaction.start()
    try:
        await connection.execute(sql)
    except (asyncpg.InsufficientPrivilegeError, *_OTHERWISE):
        return True
    except asyncpg.InvalidAuthorizationSpecificationError:
        return True
    finally:
        if not outside:
            await transaction.rollback()
    return False


@pytest.mark.proof
async def test_the_role_that_serves_cannot_change_the_schema(
    serving: Connection, roles: Roles
) -> None:
    allowed = [sql for sql in SCHEMA if not await refused(serving, sql)]
    # PostgreSQL warns that it did nothing.
    assert allowed == ["GRANT UPDATE ON audittrail TO contactmomenten", "VACUUM FULL audittrail"]
    async with connected(roles.owner) as owner:
        assert await missing(owner, "contactmomenten") == []
        assert not await refused(owner, "ALTER TABLE audittrail ADD COLUMN x int")
        assert not await refused(owner, "DROP TABLE audittrail CASCADE")
    record(
        "Statements on the schema by the role that serves", tried=len(SCHEMA) - len(allowed), done=0
    )


@pytest.mark.proof
async def test_the_role_that_serves_cannot_rewrite_the_audit_trail(
    serving: Connection, owner: Connection, api: Api
) -> None:
    uuid = uuid_of((await api.moment())["url"])
    columns = await serving.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'audittrail'::regclass"
        " AND attnum > 0 AND NOT attisdropped"
    )
    assert len(columns) > 15
    before = await owner.fetch("SELECT * FROM audittrail ORDER BY id")
    tried = [*TRAIL, *(f"UPDATE audittrail SET {row[0]} = DEFAULT" for row in columns)]
    assert [sql for sql in tried if not await refused(serving, sql)] == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await serving.copy_records_to_table("audittrail", records=[])
    assert await owner.fetch("SELECT * FROM audittrail ORDER BY id") == before
    assert [row["contactmoment"] for row in before].count(uuid) == 1
    assert not await refused(owner, "DELETE FROM audittrail")
    record("Statements on the audit trail by the role that serves", tried=len(tried), done=0)


async def test_only_the_deletion_of_a_contactmoment_takes_its_trail(
    api: Api, owner: Connection
) -> None:
    url = (await api.moment())["url"]
    kept = (await api.moment())["url"]
    assert (await api.send("DELETE", url)).status_code == 204
    left = "SELECT count(*) FROM audittrail WHERE contactmoment = $1"
    assert await owner.fetchval(left, uuid_of(url)) == 0
    assert await owner.fetchval(left, uuid_of(kept)) == 1
