"""What the database itself holds; only this looks inside, with the program's own words."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import asyncpg

from contactmomenten.audittrail.verifying import Result, verify
from contactmomenten.counts.checking import differences
from contactmomenten.database.connection import ConnectionInfo
from tests.contactmomenten.consistency import WRONG

# An update of somebody changes the text here; one that follows from the chain does not.
_HALF: Final = """
SELECT 'no line of its creation: ' || r.uuid
FROM (
    SELECT contactmoment, uuid FROM klantcontactmoment
    UNION ALL SELECT contactmoment, uuid FROM objectcontactmoment
) r
WHERE 1 <> (
    SELECT count(*) FROM audittrail a
    WHERE a.contactmoment = r.contactmoment AND a.actie = 'create'
        AND a.resource <> 'contactmoment' AND right(a.resource_url, 36) = r.uuid::text
)
UNION ALL
SELECT 'relation gone without a line, or a line too many: ' || a.resource_url
FROM audittrail a
WHERE a.resource <> 'contactmoment'
GROUP BY a.contactmoment, a.resource_url
HAVING count(*) <> CASE
    WHEN EXISTS (
        SELECT FROM klantcontactmoment k
        WHERE k.contactmoment = a.contactmoment AND k.uuid::text = right(a.resource_url, 36)
        UNION ALL
        SELECT FROM objectcontactmoment o
        WHERE o.contactmoment = a.contactmoment AND o.uuid::text = right(a.resource_url, 36)
    ) THEN 1
    ELSE 2
END
UNION ALL
SELECT 'changes in the trail and in the outbox differ: ' || c.uuid
FROM contactmoment c
WHERE (
    SELECT count(*) FROM audittrail a
    WHERE a.contactmoment = c.uuid AND a.resource = 'contactmoment'
        AND a.actie IN ('update', 'partial_update')
        AND a.oud ->> 'tekst' IS DISTINCT FROM a.nieuw ->> 'tekst'
) <> (
    SELECT count(*) FROM notificatie n
    WHERE n.contactmoment = c.uuid AND n.bericht ->> 'actie' IN ('update', 'partial_update')
)
"""


def half_written(info: ConnectionInfo) -> list[str]:
    """Look for writes without audit or outbox line, broken chains, wrong counts and hashes."""

    async def look() -> list[str]:
        connection = await asyncpg.connect(**info.connect_args())
        try:
            assert await connection.fetchval("SELECT count(*) FROM notificatie") > 0
            rows = [*await connection.fetch(WRONG), *await connection.fetch(_HALF)]
            wrong = await differences(connection)
            wrong += [str(fault) async for fault in verify(connection, Result())]
        finally:
            await connection.close()
        return [*(row[0] for row in rows), *wrong]

    with ThreadPoolExecutor(1) as elsewhere:  # an event loop of our own
        return elsewhere.submit(asyncio.run, look()).result()
