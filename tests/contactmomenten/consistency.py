"""What must always hold of the contactmomenten, their chain, their trails and the outbox."""

from contactmomenten.database.pool import Database
from tests.audittrail.trails import verified

# Each row is one thing that is wrong.
WRONG = """
WITH regel AS (
    SELECT *,
        lag(nieuw) OVER trail AS vorige,
        row_number() OVER trail AS eerste,
        row_number() OVER (
            PARTITION BY contactmoment ORDER BY aanmaakdatum DESC, id DESC
        ) AS laatste
    FROM audittrail
    WHERE resource = 'contactmoment'
    WINDOW trail AS (PARTITION BY contactmoment ORDER BY aanmaakdatum, id)
)
SELECT 'keten and volgend_contactmoment differ: ' || uuid
FROM contactmoment c LEFT JOIN keten k ON k.voorganger = c.uuid
WHERE c.volgend_contactmoment IS DISTINCT FROM k.opvolger
UNION ALL
SELECT 'keten and vorig_contactmoment differ: ' || uuid
FROM contactmoment c LEFT JOIN keten k ON k.opvolger = c.uuid
WHERE c.vorig_contactmoment IS DISTINCT FROM k.voorganger
UNION ALL
SELECT 'no first line: ' || c.uuid
FROM contactmoment c LEFT JOIN regel r ON r.contactmoment = c.uuid AND r.eerste = 1
WHERE r.actie IS DISTINCT FROM 'create' OR r.oud IS NOT NULL
UNION ALL
SELECT 'a line does not begin where the one before ended: ' || contactmoment
FROM regel WHERE eerste > 1 AND oud::jsonb IS DISTINCT FROM vorige::jsonb
UNION ALL
SELECT 'the last line is not how it is: ' || c.uuid
FROM contactmoment c JOIN regel r ON r.contactmoment = c.uuid AND r.laatste = 1
WHERE right(r.nieuw ->> 'vorigContactmoment', 36) IS DISTINCT FROM c.vorig_contactmoment::text
    OR right(r.nieuw ->> 'volgendContactmoment', 36) IS DISTINCT FROM c.volgend_contactmoment::text
    OR r.nieuw ->> 'tekst' IS DISTINCT FROM c.tekst
UNION ALL
SELECT 'not created once in the outbox: ' || c.uuid
FROM contactmoment c
WHERE 1 <> (
    SELECT count(*) FROM notificatie n
    WHERE n.contactmoment = c.uuid AND n.bericht ->> 'actie' = 'create'
)
UNION ALL
SELECT 'gone without a word, or not gone: ' || n.contactmoment
FROM notificatie n LEFT JOIN contactmoment c ON c.uuid = n.contactmoment
GROUP BY n.contactmoment
HAVING bool_or(n.bericht ->> 'actie' = 'destroy') IS DISTINCT FROM bool_and(c.uuid IS NULL)
UNION ALL
SELECT 'no identification, or no number of it: ' || uuid
FROM contactmoment
WHERE (medewerker_identificatie IS NULL) <> (medewerker_identificatie_id IS NULL)
"""


async def wrongs(database: Database) -> list[str]:
    """Return everything that is wrong, also with the hashes of the trail."""
    return await wrong_rows(database) + await database.writer.on_connection(verified)


async def wrong_rows(database: Database) -> list[str]:
    """Return what is wrong with the rows."""
    return [row[0] for row in await database.writer.rows(WRONG)]


async def outbox(database: Database) -> list[str]:
    """Return the actions in the outbox, in order."""
    rows = await database.writer.rows(
        "SELECT bericht ->> 'actie' AS actie FROM notificatie ORDER BY id"
    )
    return [row["actie"] for row in rows]


async def counts(database: Database) -> dict[str, int]:
    """Return how many rows there are in each table."""
    tables = (
        "contactmoment",
        "keten",
        "klantcontactmoment",
        "objectcontactmoment",
        "audittrail",
        "notificatie",
    )
    return {name: await database.writer.value(f"SELECT count(*) FROM {name}") for name in tables}
