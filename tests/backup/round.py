"""A backup there and back, in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from contactmomenten.backup.archive import ArchiveReader, ArchiveWriter
from contactmomenten.backup.contents import Manifest
from contactmomenten.backup.loading import finish, load, make_tables
from contactmomenten.backup.reading import snapshot
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection
from tests.application import MOMENT, Api
from tests.databases import Cluster, connected


def silent(_: str) -> None:
    """Tell nobody."""


async def fill(api: Api) -> None:
    """Have rows with what is hard to copy: a chain, odd characters, nulls, JSON, removed rows."""
    first = await api.moment(tekst="tab\t newline\n \\N \\. é ☎ \u0001 'quote'")
    person = {"identificatie": "jan", "achternaam": "Ï", "voorletters": ""}
    unlike = {"medewerker": "", "medewerkerIdentificatie": person}
    await api.make("contactmomenten", **MOMENT | unlike, vorigContactmoment=first["url"])
    klant = await api.make(
        "klantcontactmomenten",
        contactmoment=first["url"],
        klant="https://x.nl/1",
        rol="belanghebbende",
    )
    gone = await api.moment()
    await api.change(first["url"], onderwerpLinks=["https://x.nl/a", "https://x.nl/b,c{}"])
    assert (await api.send("DELETE", gone["url"])).status_code == 204
    assert klant["url"]


async def write(info: ConnectionInfo, path: Path) -> Manifest:
    """Make a backup."""
    async with connected(info) as connection, snapshot(connection) as reading:
        with ArchiveWriter.at(path) as writer:
            return await writer.write(reading)


async def described(info: ConnectionInfo) -> Manifest:
    """Return what a backup of this database would say of itself."""
    async with connected(info) as connection, snapshot(connection) as reading:
        return await reading.described()


async def read(info: ConnectionInfo, path: Path, *, secrets: bool = True) -> None:
    """Restore a backup."""
    with ArchiveReader.at(path) as reader:
        reader.check()
        async with connected(info) as connection:
            await make_tables(connection, reader.manifest.step, silent, serving=None)
            await load(connection, reader, reader.manifest, silent, secrets=secrets)
            await finish(connection, silent, serving=None)


@asynccontextmanager
async def empty(cluster: Cluster) -> AsyncIterator[tuple[ConnectionInfo, Connection]]:
    """Lend a database without tables, and a connection to it."""
    async with cluster.fresh("template0") as info, connected(info) as connection:
        yield info, connection
