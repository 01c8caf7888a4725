"""SQL of the delivery of notifications.

A line is *due* when its moment `niet_voor` has come and it is not parked. Only the oldest line of
a contactmoment, its *head*, may be sent; the others are its *followers*. A line that was tried
before is a head for certain: whatever was older is gone, and lines get their numbers in the order
of the writes, as each write holds the lock on its contactmoment.

Everything is judged by the clock of the database. The indexes are those of migration 0002.
"""

from typing import Final

# How many lines at the front of the queue one statement looks at.
WINDOW: Final = 500

# For how long a follower of a parked line is left alone; `HAND_OVER` ends that earlier.
_ASIDE_BEHIND_PARKED: Final = "interval '1 hour'"

# A plan that was made while the table was empty reads all of it, and would stay in use when the
# queue has become long. Holds for the transaction.
PLAN_ANEW: Final = "SET LOCAL plan_cache_mode = force_custom_plan"

# An array, as PostgreSQL 14 would read the whole table to join a few numbers with it.
_TAKE: Final = """
UPDATE notificatie
SET niet_voor = now() + $2::float8 * interval '1 second', houder = $1
WHERE id = ANY(ARRAY(SELECT id FROM taken))
RETURNING id, contactmoment, bericht, pogingen
"""

# $1 the holder, $2 the seconds of the lease, $3 how many. Returns the lines that are now leased.
TAKE_TRIED: Final = f"""
WITH taken AS MATERIALIZED (
    SELECT id FROM notificatie
    WHERE pogingen > 0 AND mislukt_sinds IS NULL AND niet_voor <= now()
    ORDER BY niet_voor, id
    LIMIT $3
    FOR NO KEY UPDATE SKIP LOCKED
)
{_TAKE}
"""

_DUE: Final = f"""
due AS MATERIALIZED (
    SELECT id, contactmoment FROM notificatie
    WHERE pogingen = 0 AND mislukt_sinds IS NULL AND niet_voor <= now()
    ORDER BY niet_voor, id
    LIMIT {WINDOW}
)
"""
_HEAD_OF_DUE: Final = """
(SELECT min(older.id) FROM notificatie older WHERE older.contactmoment = due.contactmoment)
"""

# The same for lines that were never tried. The last condition is judged again by PostgreSQL when
# another process was faster.
TAKE_NEW: Final = f"""
WITH {_DUE}, taken AS MATERIALIZED (
    SELECT line.id
    FROM due JOIN notificatie line ON line.id = due.id
    WHERE due.id = {_HEAD_OF_DUE}
        AND line.niet_voor <= now() AND line.mislukt_sinds IS NULL
    LIMIT $3
    FOR NO KEY UPDATE OF line SKIP LOCKED
)
{_TAKE}
"""

# Moves followers out of the way of others. $1 the seconds of a lease; returns how many. The lock
# on the head keeps it from being removed meanwhile: whoever removes it sees afterwards which
# followers were moved.
SET_ASIDE: Final = f"""
WITH {_DUE}, moving AS MATERIALIZED (
    SELECT line.id, head.mislukt_sinds, head.niet_voor
    FROM due
    JOIN notificatie line ON line.id = due.id
    JOIN notificatie head ON head.id = {_HEAD_OF_DUE}
    WHERE head.id < due.id AND line.niet_voor <= now()
    FOR NO KEY UPDATE OF line SKIP LOCKED
    FOR KEY SHARE OF head SKIP LOCKED
), moved AS (
    UPDATE notificatie
    SET niet_voor = CASE
        WHEN moving.mislukt_sinds IS NOT NULL THEN now() + {_ASIDE_BEHIND_PARKED}
        ELSE greatest(moving.niet_voor, now() + $1::float8 * interval '1 second')
    END
    FROM moving
    WHERE notificatie.id = moving.id
    RETURNING 1
)
SELECT count(*) FROM moved
"""

# $1 the lines, $2 the holder. Lines whose lease was taken over are left to the new holder.
DELETE_DELIVERED: Final = """
DELETE FROM notificatie WHERE id = ANY($1::bigint[]) AND houder = $2 RETURNING contactmoment
"""

# After heads were removed: the next ones, if they were set aside, get back their places. $1 the
# contactmomenten. A statement of its own, because it must see what was committed until now.
HAND_OVER: Final = """
UPDATE notificatie SET niet_voor = aanmaakdatum
WHERE id = ANY(ARRAY(
        SELECT (SELECT min(id) FROM notificatie next WHERE next.contactmoment = removed)
        FROM unnest($1::uuid[]) removed
    ))
    AND pogingen = 0 AND mislukt_sinds IS NULL AND houder IS NULL AND niet_voor > now()
"""

# Ends leases without delivery. $1 the holder, $2 how often a message may be refused before it is
# parked; then, per line: $3 its number, $4 the seconds to wait, $5 whether it was tried, $6 whether
# the message was refused, $7 the outcome. Returns the lines, and which of them are parked now.
PUT_BACK: Final = """
UPDATE notificatie
SET niet_voor = now() + ended.wait * interval '1 second',
    houder = NULL,
    pogingen = pogingen + ended.tried::integer,
    afwijzingen = afwijzingen + ended.refused::integer,
    mislukt_sinds = CASE WHEN ended.refused AND afwijzingen >= $2::integer THEN now() END,
    uitkomst = CASE WHEN ended.tried THEN ended.outcome ELSE uitkomst END
FROM unnest($3::bigint[], $4::float8[], $5::boolean[], $6::boolean[], $7::text[])
    AS ended (id, wait, tried, refused, outcome)
WHERE notificatie.id = ended.id AND houder = $1
RETURNING notificatie.id, contactmoment, uitkomst, mislukt_sinds IS NOT NULL AS parked
"""

# After the clock of the database was set back: what was to wait until a moment of the clock before
# that is due now. $1 the seconds of a lease, $2 those of the longest wait there is. Told by a lease
# that ends too late, a line that is to be written yet, or a wait that is too long.
MEND: Final = """
WITH late AS MATERIALIZED (
    SELECT id, houder, aanmaakdatum, niet_voor FROM notificatie
    WHERE pogingen = 0 AND mislukt_sinds IS NULL
        AND niet_voor > now() + 2 * $1::float8 * interval '1 second'
    UNION ALL
    SELECT id, houder, aanmaakdatum, niet_voor FROM notificatie
    WHERE pogingen > 0 AND mislukt_sinds IS NULL
        AND niet_voor > now() + 2 * $1::float8 * interval '1 second'
)
UPDATE notificatie SET niet_voor = now(), houder = NULL
WHERE id = ANY(ARRAY(
    SELECT id FROM late
    WHERE houder IS NOT NULL
        OR aanmaakdatum > now() + 2 * $1::float8 * interval '1 second'
        OR niet_voor > now() + $2::float8 * interval '1 second'
))
RETURNING id
"""
