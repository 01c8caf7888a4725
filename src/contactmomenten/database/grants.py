"""What the role that serves may do, when another role owns the tables (decision 0013).

It may change rows, but not tables, and of the audit trail it may only add lines. What is not named
here it may not touch.
"""

from collections.abc import Sequence
from typing import Final

from contactmomenten.audittrail.queries import LINE_COLUMNS
from contactmomenten.database.pool import Connection

_ALL: Final = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
_READ: Final = frozenset({"SELECT"})

# The privileges on each table. A line goes when its contactmoment goes, by a foreign key, which
# works with the rights of the owner.
TABLES: Final = {
    "ac_client": _ALL,
    "applicatie": _ALL,
    "audittrail": _READ,
    "audittrail_verzegeling": _READ,
    "client_secret": _ALL,
    "configuratie": _ALL,
    "contactmoment": _ALL,
    "contactmoment_correctie": _ALL,
    "instelling": _ALL,
    "keten": _ALL,
    "klantcontactmoment": _ALL,
    "klantcontactmoment_correctie": _ALL,
    "migratie": _READ,
    "notificatie": _ALL,
    "objectcontactmoment": _ALL,
    "objectcontactmoment_correctie": _ALL,
    "service": _ALL,
    "telling": _ALL,
    "telling_blok": _ALL,
    "telling_grens": _ALL,
    "telling_stand": _ALL,
    "telling_waardeblok": _ALL,
}

# What it may fill in of a new line: not when it was, nor its place and hash.
COLUMNS: Final = {"audittrail": frozenset(LINE_COLUMNS)}

# Numbers are given out by the columns themselves; the counts ask how far they are.
SEQUENCES: Final = {
    "contactmoment_id_seq": frozenset({"SELECT"}),
    "klantcontactmoment_id_seq": frozenset({"SELECT"}),
    "objectcontactmoment_id_seq": frozenset({"SELECT"}),
    "audittrail_id_seq": frozenset({"USAGE"}),
    "medewerker_identificatie_volgnummer": frozenset({"USAGE"}),
}

_ROLE: Final = """
SELECT quote_ident(rolname) AS role, rolsuper AS is_superuser,
    quote_ident(current_schema()) AS schema,
    has_schema_privilege(oid, current_schema(), 'USAGE') AS may_look,
    has_schema_privilege(oid, current_schema(), 'CREATE') AS may_create,
    EXISTS (
        SELECT FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relname = ANY($2)
            AND pg_has_role(pg_roles.oid, relowner, 'MEMBER')
    ) OR EXISTS (
        SELECT FROM pg_database
        WHERE datname = current_database() AND pg_has_role(pg_roles.oid, datdba, 'MEMBER')
    ) AS is_owner
FROM pg_roles WHERE rolname = $1
"""

_PRESENT: Final = """
SELECT relname, relkind = 'S' AS is_sequence,
    ARRAY(
        SELECT name
        FROM unnest(CASE WHEN relkind = 'S'
            THEN ARRAY['SELECT', 'USAGE', 'UPDATE']
            ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
        END) AS name
        WHERE CASE WHEN relkind = 'S'
            THEN has_sequence_privilege($1, pg_class.oid, name)
            -- REFERENCES and the like on a single column are too much as well.
            ELSE has_table_privilege($1, pg_class.oid, name)
        END
    ) AS privileges,
    ARRAY(
        SELECT attname || ' ' || name
        FROM pg_attribute, unnest(ARRAY['INSERT', 'UPDATE', 'REFERENCES']) AS name
        WHERE relkind <> 'S' AND attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
            AND has_column_privilege($1, attrelid, attnum, name)
            AND NOT has_table_privilege($1, attrelid, name)
    ) AS columns
FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relname = ANY($2)
ORDER BY relname
"""


class GrantError(Exception):
    """The role that serves has more rights than it may have; the text says what to do."""


async def missing(connection: Connection, role: str) -> Sequence[str]:
    """Return the statements that give `role` what it may do here, and nothing else.

    Raises:
        GrantError: it could do anything all the same.
    """
    names = [*TABLES, *SEQUENCES]
    found = await connection.fetchrow(_ROLE, role, names)
    if found is None:
        message = f"There is no role {role!r} in the database: make it first."
        raise GrantError(message)
    name, schema = found["role"], found["schema"]
    if found["is_superuser"] or found["is_owner"]:
        reason = "is a superuser" if found["is_superuser"] else "owns the tables or the database"
        message = (
            f"The role {name} serves, but it {reason}. Give the tables to the role that migrates "
            "(REASSIGN OWNED, see docs/database-roles.md), or set no role that migrates."
        )
        raise GrantError(message)
    statements = []
    if found["may_create"]:
        statements.append(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {name}")
    if not found["may_look"]:
        statements.append(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
    for row in await connection.fetch(_PRESENT, role, names):
        table = row["relname"]
        wanted = SEQUENCES[table] if row["is_sequence"] else TABLES[table]
        columns = {f"{column} INSERT" for column in COLUMNS.get(table, ())}
        if set(row["privileges"]) == wanted and set(row["columns"]) == columns:
            continue
        kind = "SEQUENCE" if row["is_sequence"] else "TABLE"
        statements += [
            f"REVOKE ALL ON {kind} {table} FROM {name}",
            f"GRANT {', '.join(sorted(wanted))} ON {kind} {table} TO {name}",
        ]
        if columns:
            listed = ", ".join(sorted(COLUMNS[table]))
            statements.append(f"GRANT INSERT ({listed}) ON TABLE {table} TO {name}")
    return statements


async def grant(connection: Connection, role: str) -> None:
    """Give `role` what it may do, and take the rest, in the transaction of `connection`.

    Raises:
        GrantError: see `missing`; or somebody else gave it more than we can take.
    """
    for statement in await missing(connection, role):
        await connection.execute(statement)
    if left := await missing(connection, role):
        message = (
            f"The role {role} may do more than it should, and the role that migrates cannot change "
            f"that. Let a superuser do it: {left[0]};"
        )
        raise GrantError(message)
