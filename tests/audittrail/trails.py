"""Trails to put to the test: made by the API, damaged by an owner of the tables, verified."""

from dataclasses import dataclass
from uuid import UUID

from contactmomenten.audittrail.verifying import Result, verify
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection
from tests.application import Api, uuid_of
from tests.databases import connected


@dataclass(frozen=True)
class Trails:
    """Two contactmomenten: one with a trail of six lines, and a neighbour."""

    uuid: UUID
    other: UUID
    klant: UUID
    # The uuids of the lines, in order.
    lines: list[UUID]


async def make_trails(api: Api) -> Trails:
    """Create, two relations, two changes, and the destroy of a relation."""
    url, other = (await api.moment())["url"], (await api.moment())["url"]
    klant = await api.make(
        "klantcontactmomenten", contactmoment=url, klant="https://x.nl/1", rol="belanghebbende"
    )
    gone = await api.make(
        "klantcontactmomenten", contactmoment=url, klant="https://x.nl/2", rol="belanghebbende"
    )
    await api.change(url, tekst="é ☎", kanaal="balie")
    assert (await api.send("DELETE", gone["url"])).status_code == 204
    await api.change(url, tekst="laatste")
    lines = [UUID(line["uuid"]) for line in await api.trail(url)]
    assert len(lines) == 6
    return Trails(uuid_of(url), uuid_of(other), uuid_of(klant["url"]), lines)


async def verified(connection: Connection, only: UUID | None = None) -> list[str]:
    """Return what is wrong, as the command shows it."""
    return [
        f"{fault.contactmoment}: {fault.text}"
        async for fault in verify(connection, Result(), only=only)
    ]


async def verified_on(info: ConnectionInfo) -> list[str]:
    """Return what is wrong in a database."""
    async with connected(info) as connection:
        return await verified(connection)
