"""Verifying the audit trail (decision 0013): each line as it was written, and none gone.

All of it is seen in one view of the database, a few hundred contactmomenten at a time, so it needs
little memory and servers may go on meanwhile. Hashes are computed here, not by the database.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from contactmomenten.audittrail.hashing import HASHED, hash_of
from contactmomenten.audittrail.seals import Earlier, Sealed
from contactmomenten.contactmomenten.rendering import RESOURCE
from contactmomenten.database.pool import Connection, Record
from contactmomenten.klantcontactmomenten.relation import RELATIE as KLANT
from contactmomenten.objectcontactmomenten.relation import RELATIE as OBJECT
from contactmomenten.relaties import Relatie
from contactmomenten.stored_json import filled

_RELATIES: Final = (KLANT, OBJECT)

# Contactmomenten at a time, and lines of theirs.
_BATCH: Final = 500
_PREFETCH: Final = 1000

# In the order of creation: the lines of contactmomenten that were made together lie together.
_MOMENTS: Final = (
    f"SELECT uuid, id, json FROM contactmoment WHERE id > $1 ORDER BY id LIMIT {_BATCH}"
)
_MOMENT: Final = "SELECT uuid, id, json FROM contactmoment WHERE uuid = $1"
_LINES: Final = f"""
SELECT {HASHED}, hash, aanmaakdatum::text AS moment
FROM audittrail WHERE contactmoment = ANY($1) ORDER BY contactmoment, aanmaakdatum, id
"""
_STRAYS: Final = """
SELECT contactmoment, count(*) AS aantal FROM audittrail
WHERE NOT EXISTS (SELECT FROM contactmoment WHERE uuid = audittrail.contactmoment)
GROUP BY contactmoment
"""
_SEALING: Final = "SELECT tot, klaar FROM audittrail_verzegeling"


class Fault(NamedTuple):
    """What is wrong with the trail of one contactmoment, in words for an operator."""

    contactmoment: UUID
    text: str


@dataclass
class Result:
    """What was looked at.

    Attributes:
        contactmomenten: how many.
        lines: how many lines they have.
        unsealed: how many contactmomenten have lines that wait for their hashes.
        deleted: how many were there when the earlier seal was made, and are not now.
    """

    contactmomenten: int = 0
    lines: int = 0
    unsealed: int = 0
    deleted: int = 0

    def add(self, hashes: Sequence[bytes | None]) -> None:
        """Count a trail with lines that have these hashes."""
        self.contactmomenten += 1
        self.lines += len(hashes)
        self.unsealed += None in hashes


@dataclass
class _Trail:
    """The lines of one contactmoment, as far as seen, and what is wrong with them."""

    moment: Record
    # Whether its lines may still wait for their hashes.
    may_wait: bool
    hashes: list[bytes | None] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    # The last state that the trail gives of the contactmoment and of each relation.
    last: Record | None = None
    relations: dict[tuple[str, str], Record] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def add(self, line: Record) -> None:
        """Take the next line."""
        name = f"line {len(self.hashes) + 1} ({line['actie']} of {line['moment']}, {line['uuid']})"
        if line["hash"] is None:
            if not (self.may_wait and line["vorige_hash"] is None and not any(self.hashes)):
                self.faults.append(f"{name} has no hash: it was added or changed")
        elif hash_of(line) != line["hash"]:
            self.faults.append(f"{name} was changed")
        self._check_link(line, name)
        self._check_story(line, name)
        self.hashes.append(line["hash"])
        self.names.append(name)

    def _check_link(self, line: Record, name: str) -> None:
        before = self.hashes[-1] if self.hashes else None
        if line["vorige_hash"] == before:
            return
        if not self.hashes:
            self.faults.append(f"before {name} a line was removed")
        elif line["vorige_hash"] is None:
            self.faults.append(
                f"{name} does not follow on the line before it: it was added or moved"
            )
        elif line["vorige_hash"] in self.hashes:
            place = self.hashes.index(line["vorige_hash"])
            added = ", ".join(self.names[place + 1 :])
            self.faults.append(f"before {name} were added or moved: {added}")
        else:
            self.faults.append(f"between {self.names[-1]} and {name} a line was removed or moved")

    def _check_story(self, line: Record, name: str) -> None:
        resource, actie = line["resource"], line["actie"]
        if resource == RESOURCE:
            if (actie == "create") != (not self.hashes):
                self.faults.append(
                    f"{name} is a second create: it was added"
                    if self.hashes
                    else f"{name} comes first and is no create: the first line was removed"
                )
            self.last = line
            return
        key = (resource, line["resource_url"].rpartition("/")[2])
        if not self.hashes:
            self.faults.append(f"{name} comes first and is no create: the first line was removed")
        if actie == "create":
            if key in self.relations:
                self.faults.append(f"{name} creates a {resource} that was there: it was added")
            self.relations[key] = line
        elif self.relations.pop(key, None) is None:
            self.faults.append(f"{name} is of a {resource} of which the create was removed")

    def end(self, relations: Mapping[tuple[str, str], tuple[Relatie, Record]]) -> None:
        """Compare what the trail says with what there is."""
        if not self.hashes:
            self.faults.append("all lines were removed, or never written (demo-data --no-trail)")
            return
        if self.last is None or not self._is_as_told(self.last):
            self.faults.append(
                "the last line tells another state than the contactmoment has: lines were removed "
                "from the end, or the contactmoment was changed outside of the program"
            )
        for key in sorted(relations.keys() | self.relations.keys()):
            resource, uuid = key
            if key not in self.relations:
                self.faults.append(f"no line tells of {resource} {uuid}: its create was removed")
            elif key not in relations:
                self.faults.append(
                    f"no line tells that {resource} {uuid} was removed: its destroy was removed"
                )
            elif not _same(self.relations[key], *relations[key]):
                self.faults.append(f"{resource} {uuid} is not as its create tells")

    def sealed(self) -> Sealed | None:
        """Return where it ends, None while it has no hash."""
        if not self.hashes or self.hashes[-1] is None:
            return None
        return Sealed(self.moment["id"], self.moment["uuid"], len(self.hashes), self.hashes[-1])

    def _is_as_told(self, line: Record) -> bool:
        told, root = line["nieuw"] or "", _root_of(line)
        present = filled(self.moment["json"], root)
        return bool(told.encode() == present or _decoded(told) == msgspec.json.decode(present))


def _root_of(line: Record) -> str:
    return str(line["hoofd_object"]).partition("/contactmomenten/")[0]


def _same(line: Record, relatie: Relatie, row: Record) -> bool:
    present = msgspec.json.encode(relatie.show(row, _root_of(line)))
    told = line["nieuw"] or ""
    return bool(told.encode() == present or _decoded(told) == msgspec.json.decode(present))


def _decoded(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None


async def verify(  # noqa: PLR0913 (what to look at, and whom to tell)
    connection: Connection,
    result: Result,
    *,
    only: UUID | None = None,
    progress: Callable[[int], None] = lambda _number: None,
    seal: Callable[[Sealed], None] | None = None,
    earlier: Earlier | None = None,
) -> AsyncIterator[Fault]:
    """Look through the trails; return each thing that is wrong, and keep the tally in `result`.

    Args:
        connection: of a role that may read, outside a transaction.
        result: is filled meanwhile.
        only: one contactmoment to look at; nothing when it is not there.
        progress: is told how many contactmomenten more were looked at.
        seal: is given the end of each trail, to compare with later.
        earlier: what was sealed before, to compare with.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SET LOCAL statement_timeout = 0")
        sealing = await connection.fetchrow(_SEALING)
        async for moments in _moments(connection, only):
            for trail in await _trails(connection, moments, sealing):
                uuid = trail.moment["uuid"]
                if earlier is not None:
                    trail.faults += earlier.faults(trail.moment["id"], uuid, trail.hashes)
                for text in trail.faults:
                    yield Fault(uuid, text)
                if seal is not None and (end := trail.sealed()):
                    seal(end)
                result.add(trail.hashes)
            progress(len(moments))
        if only is not None:
            return
        if result.lines != await connection.fetchval("SELECT count(*) FROM audittrail"):
            for row in await connection.fetch(_STRAYS):
                text = f"{row['aantal']} lines are of a contactmoment that is not there"
                yield Fault(row["contactmoment"], text)
        if earlier is not None:
            result.deleted = earlier.rest()


async def _moments(connection: Connection, only: UUID | None) -> AsyncIterator[Sequence[Record]]:
    if only is not None:
        yield await connection.fetch(_MOMENT, only)
        return
    last = 0
    while moments := await connection.fetch(_MOMENTS, last):
        yield moments
        last = moments[-1]["id"]


async def _trails(
    connection: Connection, moments: Sequence[Record], sealing: Record | None
) -> list[_Trail]:
    trails = {row["uuid"]: _Trail(row, _may_wait(row, sealing)) for row in moments}
    relations: dict[UUID, dict[tuple[str, str], tuple[Relatie, Record]]] = {
        uuid: {} for uuid in trails
    }
    for relatie in _RELATIES:
        for row in await connection.fetch(_rows_of(relatie), list(trails)):
            key = (relatie.resource, str(row["uuid"]))
            relations[row["contactmoment"]][key] = (relatie, row)
    async for line in connection.cursor(_LINES, list(trails), prefetch=_PREFETCH):
        trails[line["contactmoment"]].add(line)
    for uuid, trail in trails.items():
        trail.end(relations[uuid])
    return list(trails.values())


def _may_wait(moment: Record, sealing: Record | None) -> bool:
    return sealing is not None and not sealing["klaar"] and moment["uuid"] > sealing["tot"]


def _rows_of(relatie: Relatie) -> str:
    return f"SELECT {relatie.columns} FROM {relatie.table} WHERE contactmoment = ANY($1)"
