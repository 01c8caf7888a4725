"""SQL of what the Autorisaties API said (table ac_client)."""

from typing import Final

READ_ALL: Final = """
SELECT client_id, applicaties::text AS applicaties,
       greatest(0, extract(epoch FROM clock_timestamp() - opgehaald)::float8) AS leeftijd
FROM ac_client
WHERE opgehaald IS NOT NULL
"""

VERSION: Final = "SELECT ac_versie FROM configuratie"

NOW: Final = "SELECT clock_timestamp()"

# Whoever gets a row back is the one that asks the AC. $2 is in seconds.
TAKE_TURN: Final = """
INSERT INTO ac_client (client_id, bezig_tot)
VALUES ($1, clock_timestamp() + make_interval(secs => $2))
ON CONFLICT (client_id) DO UPDATE SET bezig_tot = excluded.bezig_tot
WHERE ac_client.bezig_tot IS NULL OR ac_client.bezig_tot < clock_timestamp()
    -- As no turn ever is: the clock was set back.
    OR ac_client.bezig_tot > clock_timestamp() + make_interval(secs => 2 * $2)
RETURNING client_id
"""

# The outcome of a question that was over after the moment $2.
OUTCOME_SINCE: Final = """
SELECT uitkomst, applicaties::text AS applicaties FROM ac_client
WHERE client_id = $1 AND afgerond > $2
"""

STORE: Final = """
WITH versie AS (UPDATE configuratie SET ac_versie = ac_versie + 1)
UPDATE ac_client
SET applicaties = $2::text::json, opgehaald = clock_timestamp(), afgerond = clock_timestamp(),
    uitkomst = 'gelukt', bezig_tot = NULL
WHERE client_id = $1
"""

# No applications: nothing to keep, but those who wait must hear it.
STORE_NONE: Final = """
WITH versie AS (
    UPDATE configuratie SET ac_versie = ac_versie + 1
    WHERE EXISTS (SELECT FROM ac_client WHERE client_id = $1 AND opgehaald IS NOT NULL)
)
UPDATE ac_client
SET applicaties = NULL, opgehaald = NULL, afgerond = clock_timestamp(), uitkomst = 'gelukt',
    bezig_tot = NULL
WHERE client_id = $1
"""

STORE_FAILURE: Final = """
UPDATE ac_client SET afgerond = clock_timestamp(), uitkomst = $2, bezig_tot = NULL
WHERE client_id = $1
"""

# Rights changed at the AC: forget what was known of these clients, and of this application.
FORGET: Final = """
WITH versie AS (UPDATE configuratie SET ac_versie = ac_versie + 1)
UPDATE ac_client SET applicaties = NULL, opgehaald = NULL
WHERE client_id = ANY($1) OR applicaties::text LIKE '%' || $2 || '%'
"""
