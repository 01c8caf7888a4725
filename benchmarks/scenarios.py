"""What is asked in the measurement of throughput: each scenario with its requests."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final
from uuid import UUID

from benchmarks.database import Observer
from benchmarks.http import Prepared, Target

_UUIDS: Final = 2_000
_TAGS: Final = 500
_BODIES: Final = 200
_SHARE_OF_DELETES: Final = 0.3
_MOST_DELETES: Final = 20_000
_PAGE: Final = 900
_PAGE_SIZE: Final = 100
_RSIN: Final = "000000000"
_MIXED_READS: Final = 9  # for each create

Make = Callable[[Target], Sequence[Prepared]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One kind of request.

    Attributes:
        name: of the scenario.
        make: prepares the requests for a server.
        floor: whether the floor can do it too.
        most: the highest ratio to the floor that is promised, in processor time per request.
        once: whether each request can be sent only once.
    """

    name: str
    make: Make
    floor: bool = False
    most: float | None = None
    once: bool = False


def scenarios(
    observer: Observer, tags: Callable[[Sequence[UUID]], Sequence[str]]
) -> list[Scenario]:
    """Return all scenarios, with values that are in the database.

    Args:
        observer: of the database.
        tags: returns the ETags of contactmomenten, as the program gives them now.
    """
    rng = Random(1)
    rows = observer.count("contactmoment")
    deletes = min(int(rows * _SHARE_OF_DELETES), _MOST_DELETES)
    uuids = observer.uuids(min(_UUIDS, rows // 4) + deletes, rng)
    gone, kept = uuids[:deletes], uuids[deletes:]
    tagged = kept[:_TAGS]
    bodies = [
        _body(rng, observer.often("contactmoment", "bronorganisatie")) for _ in range(_BODIES)
    ]
    page = min(_PAGE, max(1, rows // _PAGE_SIZE * 9 // 10))
    klant = observer.often("klantcontactmoment", "klant")

    def reads(target: Target) -> list[Prepared]:
        return [
            target.get(f"/contactmomenten/{uuid}", contains=f"/contactmomenten/{uuid}".encode())
            for uuid in kept
        ]

    def not_modified(target: Target) -> list[Prepared]:
        return [
            target.get(f"/contactmomenten/{uuid}", status=304, headers={"If-None-Match": tag})
            for uuid, tag in zip(tagged, tags(tagged), strict=True)
        ]

    def creates(target: Target) -> list[Prepared]:
        return [
            target.send("POST", "/contactmomenten", body, status=201, contains=b'"url":"')
            for body in bodies
        ]

    def patches(target: Target) -> list[Prepared]:
        text = json.dumps({"tekst": "Teruggebeld; de vraag is beantwoord."}).encode()
        return [
            target.send("PATCH", f"/contactmomenten/{uuid}", text, status=200, contains=b"Teruggeb")
            for uuid in kept
        ]

    def deletions(target: Target) -> list[Prepared]:
        return [target.send("DELETE", f"/contactmomenten/{uuid}", status=204) for uuid in gone]

    def mixed(target: Target) -> list[Prepared]:
        some, several = reads(target), creates(target)
        chosen: list[Prepared] = []
        for number in range(len(several)):
            start = number * _MIXED_READS
            chosen += [some[(start + one) % len(some)] for one in range(_MIXED_READS)]
            chosen.append(several[number])
        return chosen

    # What only reads comes first: it is then the same data for all of it.
    return [
        Scenario(name="read by uuid", make=reads, floor=True, most=1.5),
        Scenario(name="list, first page", make=_listed(), floor=True, most=1.2),
        Scenario(name="read by uuid, 304", make=not_modified),
        *_filtered(observer),
        Scenario(name="list, -registratiedatum", make=_listed({"ordering": "-registratiedatum"})),
        Scenario(name=f"list, page {page}", make=_listed({"page": str(page)})),
        Scenario(
            name="klantcontactmomenten, klant=",
            make=_listed({"klant": klant}, path="/klantcontactmomenten"),
        ),
        Scenario(name="create", make=creates, floor=True, most=1.4),
        Scenario(name="mixed: 90 % read, 10 % create", make=mixed, floor=True),
        Scenario(name="PATCH", make=patches),
        Scenario(name="delete", make=deletions, once=True),
        Scenario(name="list, first page, right after all these writes", make=_listed()),
    ]


def _listed(query: dict[str, str] | None = None, path: str = "/contactmomenten") -> Make:
    return lambda target: [target.get(path, query, contains=b'"results":[{"url":"')]


def _filtered(observer: Observer) -> list[Scenario]:
    """Return the list with each of its filters."""
    first, last = observer.moments()
    month, year = timedelta(days=30), timedelta(days=365)
    exact = observer.value(
        "SELECT registratiedatum FROM contactmoment ORDER BY id LIMIT 1 OFFSET $1",
        observer.count("contactmoment") // 2,
    )
    moments = {"": exact, "__gt": last - year, "__gte": last - month}
    moments |= {"__lt": first + month, "__lte": first + year}
    filters = {
        f"registratiedatum{suffix}": moment.isoformat().replace("+00:00", "Z")
        for suffix, moment in moments.items()
    }
    columns = ("bronorganisatie", "kanaal", "voorkeurskanaal", "voorkeurstaal", "initiatiefnemer")
    filters |= {name: observer.often("contactmoment", name) for name in (*columns, "medewerker")}
    found = [
        Scenario(name=f"list, {name}=", make=_listed({name: value}))
        for name, value in filters.items()
    ]
    link = observer.rows("SELECT voorganger, opvolger FROM keten LIMIT 1")
    if link:
        found += [
            _chained("vorigContactmoment", link[0]["voorganger"]),
            _chained("volgendContactmoment", link[0]["opvolger"]),
        ]
    return found


def _chained(name: str, uuid: UUID) -> Scenario:
    def make(target: Target) -> list[Prepared]:
        query = {name: f"{target.root}/contactmomenten/{uuid}"}
        return [target.get("/contactmomenten", query, contains=b'{"count":1,')]

    return Scenario(name=f"list, {name}=", make=make)


def new_moment() -> bytes:
    """Return the JSON of a new contactmoment."""
    return _body(Random(1), _RSIN)


def _body(rng: Random, bronorganisatie: str) -> bytes:
    number = rng.randrange(1000)
    return json.dumps(
        {
            "bronorganisatie": bronorganisatie,
            "kanaal": rng.choice(["telefoon", "balie", "e-mail", "chat"]),
            "voorkeurskanaal": "e-mail",
            "voorkeurstaal": "nld",
            "tekst": f"Vraag {number} over de afvalkalender: wanneer wordt het papier opgehaald?",
            "onderwerpLinks": [f"https://www.example.nl/onderwerpen/afval/{number}"],
            "initiatiefnemer": "klant",
            "medewerkerIdentificatie": {
                "identificatie": f"m{number:05}",
                "achternaam": "Jansen",
                "voorletters": "J.",
                "voorvoegselAchternaam": "",
            },
        }
    ).encode()
