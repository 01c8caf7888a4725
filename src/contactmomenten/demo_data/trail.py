"""The lines of the audit trail that the program itself would have written (behaviour 9).

PostgreSQL makes them from the rows that are there: half as much work as sending them.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

from contactmomenten.database.pool import Connection
from contactmomenten.demo_data.world import World

# What the rows do not tell: who registered them, and when, if that was later than they say.
CREATE_HELPERS: Final = """
CREATE TEMPORARY TABLE demo_auteur (
    -- As it stands in the contactmoment: a medewerker, or the JSON of an identification.
    medewerker text PRIMARY KEY,
    applicatie_id text NOT NULL,
    applicatie_weergave text NOT NULL,
    gebruikers_id text NOT NULL,
    gebruikers_weergave text NOT NULL
) ON COMMIT DROP;

CREATE TEMPORARY TABLE demo_laat (
    contactmoment uuid NOT NULL,
    aangemaakt timestamptz NOT NULL
) ON COMMIT DROP;
""" + "".join(
    # The hash of the line that each step wrote for a contactmoment: a later one follows on it.
    f"CREATE TEMPORARY TABLE demo_stap_{step} (contactmoment uuid, hash bytea) ON COMMIT DROP;"
    for step in range(1, 5)
)

# The new contactmomenten (those with a number above $1), by what the trail says of them.
# $2: the root of the API.
_MOMENT: Final = """
moment AS NOT MATERIALIZED (
    SELECT
        c.uuid,
        c.volgend_contactmoment AS volgend,
        replace(convert_from(c.json, 'UTF8'), chr(1), $2) AS nieuw,
        $2 || '/contactmomenten/' || c.uuid AS url,
        coalesce(l.aangemaakt, c.registratiedatum) AS aangemaakt,
        -- Each medewerker ends with a uuid.
        c.bronorganisatie || ' ' || right(c.medewerker, 36) || ' at '
            || replace(
                to_char(c.registratiedatum AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
                '.000000', ''
            )
            || '+00:00 via ' || c.kanaal AS weergave,
        a.applicatie_id, a.applicatie_weergave, a.gebruikers_id, a.gebruikers_weergave
    FROM contactmoment c
    JOIN demo_auteur a
        ON a.medewerker = coalesce(c.medewerker_identificatie::text, c.medewerker)
    LEFT JOIN demo_laat l ON l.contactmoment = c.uuid
    WHERE c.id > $1
)
"""

# `nieuw` when nothing followed on it yet.
_ALONE: Final = """
CASE WHEN {0}.volgend IS NULL THEN {0}.nieuw ELSE replace(
    {0}.nieuw,
    '"volgendContactmoment":"' || $2 || '/contactmomenten/' || {0}.volgend || '"',
    '"volgendContactmoment":null'
) END
"""


# The columns of a line, in the order of the table. The hash comes last.
_COLUMNS: Final = (
    "contactmoment, uuid, id, aanmaakdatum, applicatie_id, applicatie_weergave, gebruikers_id, "
    "gebruikers_weergave, actie, resultaat, hoofd_object, resource, resource_url, toelichting, "
    "resource_weergave, oud, nieuw, logrecord_id, vorige_hash"
)


def _insert(  # noqa: PLR0913 (the columns of a line)
    step: int,
    *,
    source: str,
    after: Sequence[int] = (),
    uuid: str,
    author: str = "moment",
    actie: str = "create",
    resultaat: int = 201,
    resource: str,
    url: str,
    weergave: str = "moment.weergave",
    oud: str = "NULL",
    nieuw: str,
) -> str:
    """Return the INSERT of one line for each row of `source`.

    A line gets a uuid of version 4 that follows from the `uuid` of what it tells about. It follows
    on the line of the first of the steps `after` that wrote one.
    """
    before = "".join(
        f" LEFT JOIN demo_stap_{one} ON demo_stap_{one}.contactmoment = moment.uuid"
        for one in after
    )
    hashes = ", ".join(["NULL::bytea", *(f"demo_stap_{one}.hash" for one in after)])
    lines = f"""
        SELECT
            moment.uuid AS contactmoment,
            overlay(
                overlay(md5('{actie} ' || {uuid}) PLACING '4' FROM 13) PLACING '8' FROM 17
            )::uuid AS uuid,
            nextval('audittrail_id_seq') AS id,
            {author}.aangemaakt AS aanmaakdatum,
            {author}.applicatie_id, {author}.applicatie_weergave,
            {author}.gebruikers_id, {author}.gebruikers_weergave,
            '{actie}'::text AS actie, {resultaat}::smallint AS resultaat,
            moment.url AS hoofd_object, '{resource}'::text AS resource, {url} AS resource_url,
            ''::text AS toelichting, left({weergave}, 200) AS resource_weergave,
            ({oud})::json AS oud, ({nieuw})::json AS nieuw, ''::text AS logrecord_id,
            coalesce({hashes}) AS vorige_hash
        FROM {source}{before}
    """
    insert = f"""
        INSERT INTO audittrail ({_COLUMNS}, hash) OVERRIDING SYSTEM VALUE
        SELECT {_COLUMNS}, audittrail_hash(ROW({_COLUMNS}, NULL)::audittrail)
        FROM ({lines}) regel
    """
    if step == STEPS:
        return f"WITH {_MOMENT} {insert}"
    return f"""
        WITH {_MOMENT}, nieuw AS ({insert} RETURNING contactmoment, hash)
        INSERT INTO demo_stap_{step} SELECT contactmoment, hash FROM nieuw
    """


def _relations(  # noqa: PLR0913, PLR0917 (what differs between the two kinds)
    step: int,
    after: Sequence[int],
    table: str,
    column: str,
    other: str,
    name: str,
    which: str = "true",
) -> str:
    """Return the INSERT of the lines of new relations, whose related thing is in `column`."""
    url = f"$2 || '/{table}en/' || relatie.uuid"
    return _insert(
        step,
        source=f"{table} relatie JOIN moment ON moment.uuid = relatie.contactmoment AND {which}",
        after=after,
        uuid="relatie.uuid",
        resource=table,
        url=url,
        weergave=f"'(' || moment.weergave || ') - ' || right(relatie.{column}, 36)",
        nieuw=(
            f"""'{{"url":"' || {url} || '","contactmoment":"' || moment.url || '","{column}":"'"""
            f""" || relatie.{column} || '","{name}":"' || relatie.{other} || '"}}'"""
        ),
    )


# A contactmoment has two klanten at most.
_IS_SECOND: Final = """
EXISTS (
    SELECT FROM klantcontactmoment eerder
    WHERE eerder.contactmoment = relatie.contactmoment AND eerder.id < relatie.id
)
"""

STEPS: Final = 5

# In this order: what happened at the same moment is told by number.
_STEPS: Final = (
    _insert(
        1,
        source="moment",
        uuid="moment.uuid",
        resource="contactmoment",
        url="moment.url",
        nieuw=_ALONE.format("moment"),
    ),
    _relations(2, [1], "klantcontactmoment", "klant", "rol", "rol", f"NOT {_IS_SECOND}"),
    _relations(3, [2], "klantcontactmoment", "klant", "rol", "rol", _IS_SECOND),
    _relations(4, [3, 2, 1], "objectcontactmoment", "object", "object_type", "objectType"),
    # A predecessor is changed by the one that follows on it.
    _insert(
        STEPS,
        source="moment JOIN moment opvolger"
        " ON opvolger.uuid = moment.volgend AND moment.volgend IS NOT NULL",
        after=[4, 3, 2, 1],
        uuid="moment.uuid",
        author="opvolger",
        actie="partial_update",
        resultaat=200,
        resource="contactmoment",
        url="moment.url",
        oud=_ALONE.format("moment"),
        nieuw="moment.nieuw",
    ),
)


def authors(world: World) -> Iterator[tuple[str, ...]]:
    """Return the rows of ``demo_auteur``."""
    for person in world.people:
        yield (person.url, *person.author)
        yield (person.identificatie, *person.author)


# Without statistics it would sort the contactmomenten with all their texts, on disk.
_PREPARE: Final = """
ANALYZE demo_auteur, demo_laat;
SET LOCAL enable_mergejoin = off;
"""


async def write_trail(connection: Connection, after: int, root: str) -> AsyncIterator[int]:
    """Write the lines of all contactmomenten with a number above `after`, kind by kind.

    Returns:
        How many lines each kind has.
    """
    await connection.execute(_PREPARE)
    for sql in _STEPS:
        status = await connection.execute(sql, after, root)
        yield int(status.rpartition(" ")[2])
