"""All rows of the demo data but those of the trail, in parts, as the text that COPY reads.

A part depends on nothing but the plan and its own place in it.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Final, TypeAlias

from contactmomenten.demo_data import words
from contactmomenten.demo_data.calendar import Calendar
from contactmomenten.demo_data.chains import Chains
from contactmomenten.demo_data.contact import COLUMNS as CONTACT_COLUMNS
from contactmomenten.demo_data.contact import Contact
from contactmomenten.demo_data.plan import Plan, identified
from contactmomenten.demo_data.texts import content
from contactmomenten.demo_data.uuids import numbered_uuid, random_uuids
from contactmomenten.demo_data.world import World

# The columns of each table, in the order in which its text gives them. A table that refers to
# another one comes after it. `demo_laat`: see `trail`.
COLUMNS: Final = {
    "contactmoment": CONTACT_COLUMNS,
    "keten": ("voorganger", "opvolger"),
    "klantcontactmoment": ("contactmoment", "uuid", "klant", "rol"),
    "objectcontactmoment": ("contactmoment", "contactmoment_url", "uuid", "object", "object_type"),
    "demo_laat": ("contactmoment", "aangemaakt"),
}

_KLANTEN_URL: Final = "https://klanten.example.nl/api/v1/klanten/"
_ZAKEN_URL: Final = "https://zaken.example.nl/zaken/api/v1/zaken/"

# What share of the contactmomenten has it.
_LATE: Final = 0.03
_KLANT: Final = 0.85
_SECOND_KLANT: Final = 0.05
_OBJECT: Final = 0.4
# What share of those with a klant has a belanghebbende first.
_BELANGHEBBENDE: Final = 0.2

_MOMENTS_PER_KLANT: Final = 4
_MOMENTS_PER_ZAAK: Final = 3
# Above 1: some klanten make contact more often than others.
_UNEVEN: Final = 1.3

_MINUTE: Final = 60_000_000  # microseconds
# How much later than it was, a late one was entered at most.
_LATE_BY: Final = (20 * _MINUTE, 6 * 60 * _MINUTE, 3 * 24 * 60 * _MINUTE)


@dataclass(slots=True)
class Part:
    """The rows of some contactmomenten, by table; each is a line for COPY."""

    rows: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in COLUMNS})

    def texts(self) -> "Texts":
        """Return what COPY reads."""
        return {table: (len(rows), "".join(rows).encode()) for table, rows in self.rows.items()}


# The rows of a part, by table: how many, and their lines.
Texts: TypeAlias = dict[str, tuple[int, bytes]]


class Maker:
    """Makes the parts of one plan."""

    def __init__(self, plan: Plan, world: World) -> None:
        """Make what all parts share.

        Raises:
            OverflowError: the five years begin before the year 1.
        """
        self._plan = plan
        self._world = world
        self._calendar = Calendar(plan.until)
        rng = Random(f"series {plan.seed}")
        self._klanten_start, self._zaken_start = rng.getrandbits(120), rng.getrandbits(120)
        self._klanten = max(1, plan.count // _MOMENTS_PER_KLANT)
        self._zaken = max(1, plan.count // _MOMENTS_PER_ZAAK)

    def part(self, first: int, size: int) -> Part:
        """Make `size` contactmomenten from number `first` (from 0) on, with their relations."""
        rng = Random(f"part {self._plan.seed} {self._plan.after} {first}")
        part = Part()
        chains = Chains(rng, self._world, size)
        contacts = self._contacts(rng, part, first, chains)
        part.rows["contactmoment"] = [contact.row() for contact in contacts]
        part.rows["keten"] = [f"{one.uuid}\t{one.volgend}\n" for one in contacts if one.volgend]
        self._klantcontactmomenten(rng, part, contacts, chains)
        self._objectcontactmomenten(rng, part, contacts)
        return part

    def _contacts(self, rng: Random, part: Part, first: int, chains: Chains) -> list[Contact]:
        plan, written, random = self._plan, self._calendar.written, rng.random
        size = len(chains.people)
        uuids = random_uuids(rng, size)
        with_identification = set(rng.sample(range(size), identified(size)))
        number = plan.identified + identified(first)
        kinds = rng.choices(self._world.kinds, k=size)
        found = []
        for place, moment in enumerate(self._calendar.moments(first, size, plan.count, rng)):
            day, time = written(moment)
            if random() < _LATE:
                part.rows["demo_laat"].append(f"{uuids[place]}\t{day}T{time}Z\n")
                day, time = written(_earlier(rng, moment))
            tekst, links = content(rng, self._world.subjects)
            identification = None
            if place in with_identification:
                number += 1
                identification = number
            before, after = chains.before[place], chains.after[place]
            found.append(
                Contact(
                    uuid=uuids[place],
                    vorig=None if before is None else uuids[before],
                    volgend=None if after is None else uuids[after],
                    person=chains.people[place],
                    kind=kinds[place],
                    day=day,
                    time=time,
                    tekst=tekst,
                    links=links,
                    identification=identification,
                )
            )
        return found

    def _klantcontactmomenten(
        self, rng: Random, part: Part, contacts: list[Contact], chains: Chains
    ) -> None:
        """Add the klanten; contactmomenten that follow on each other have the same one."""
        rows, random = part.rows["klantcontactmoment"], rng.random
        uuids = iter(random_uuids(rng, 2 * len(contacts)))
        klanten: list[str] = []
        for contact, before in zip(contacts, chains.before, strict=True):
            klant = self._klant(random() ** _UNEVEN) if before is None else klanten[before]
            klanten.append(klant)
            chance = random()
            if chance >= _KLANT:
                continue
            rol, other = words.ROLLEN
            if chance < _KLANT * _BELANGHEBBENDE:
                rol, other = other, rol
            rows.append(f"{contact.uuid}\t{next(uuids)}\t{klant}\t{rol}\n")
            if random() < _SECOND_KLANT / _KLANT:
                # Another role, so that this is never the same relation twice.
                second = self._klant(random())
                rows.append(f"{contact.uuid}\t{next(uuids)}\t{second}\t{other}\n")

    def _klant(self, part: float) -> str:
        """Return the URL of a klant; `part` (0 to 1) of them come before it."""
        return f"{_KLANTEN_URL}{numbered_uuid(int(part * self._klanten), self._klanten_start)}"

    def _objectcontactmomenten(self, rng: Random, part: Part, contacts: list[Contact]) -> None:
        rows, random = part.rows["objectcontactmoment"], rng.random
        base = f"{self._plan.root}/contactmomenten/"
        uuids = iter(random_uuids(rng, len(contacts)))
        for contact in contacts:
            if random() < _OBJECT:
                zaak = numbered_uuid(int(random() * self._zaken), self._zaken_start)
                rows.append(
                    f"{contact.uuid}\t{base}{contact.uuid}\t{next(uuids)}\t{_ZAKEN_URL}{zaak}\tzaak\n"
                )


def _earlier(rng: Random, moment: int) -> int:
    """Return when it really was, to the minute, of what was entered late."""
    earlier = moment - int(rng.random() * rng.choice(_LATE_BY))
    return earlier - earlier % _MINUTE
