from contactmomenten.backup.contents import MADE_ANEW, ORDER, SEQUENCES
from contactmomenten.database.pool import Connection

NAMES = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = $1::text::"char"
"""
# The columns of unique indexes, and of identities, of which no number comes twice.
KEYS = """
SELECT array_agg(attname::text ORDER BY attname) FROM pg_index
JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
WHERE indrelid = $1::text::regclass AND indisunique GROUP BY indexrelid
UNION ALL
SELECT ARRAY[attname::text] FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attidentity = 'a'
"""


async def test_every_table_is_copied_or_made_anew(connection: Connection) -> None:
    tables = {row[0] for row in await connection.fetch(NAMES, "r")}
    assert tables == ORDER.keys() | MADE_ANEW
    assert not ORDER.keys() & MADE_ANEW


async def test_every_sequence_is_known(connection: Connection) -> None:
    assert {row[0] for row in await connection.fetch(NAMES, "S")} == SEQUENCES


async def test_rows_are_read_in_an_order_in_which_no_two_are_equal(connection: Connection) -> None:
    for table, order in ORDER.items():
        columns = sorted(part.split()[0] for part in order.split(", "))
        keys = [row[0] for row in await connection.fetch(KEYS, table)]
        assert columns in keys, table
