from contactmomenten.database.migrations import all_migrations
from contactmomenten.database.pool import open_database
from tests.databases import Cluster, connected
from tests.notificaties.nrc import Nrc
from tests.notificaties.outboxes import delivering, empty, registry_of, uuids, write

_PLACE = "SELECT pg_relation_filenode('notificatie')"


async def test_an_outbox_of_an_older_version_is_delivered_and_not_written_anew(
    cluster: Cluster, nrc: Nrc
) -> None:
    first, second = all_migrations()[:2]
    async with cluster.fresh("template0") as info, connected(info) as connection:
        await connection.execute(first.sql)
        await write(connection, *uuids(5), each=3)
        before = await connection.fetchval(_PLACE)
        await connection.execute(second.sql)
        assert await connection.fetchval(_PLACE) == before
        await write(connection, *uuids(5), each=3)
        database = await open_database(info, max_size=2, seconds=10)
        async with delivering(database, registry_of(nrc.root)):
            await empty(connection)
        await database.close()
    assert sorted(nrc.per_object().values()) == [[0, 1, 2]] * 10
