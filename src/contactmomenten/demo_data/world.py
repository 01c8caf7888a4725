"""The world of the demo data: organisations, their people, and what they talk about."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final

import msgspec

from contactmomenten.contactmomenten.schemas import Medewerker
from contactmomenten.demo_data import words
from contactmomenten.demo_data.uuids import random_uuids
from contactmomenten.fields.rsin import rsin_fault

MEDEWERKERS: Final = 2000
# Where there are few contactmomenten there are few employees too, who have at least this many each.
_MOMENTS_EACH: Final = 160

_MEDEWERKERS_URL: Final = "https://medewerkers.example.nl/api/v1/medewerkers/"
_ONDERWERPEN_URL: Final = "https://www.example.nl/onderwerpen/"

# Combinations of kanaal, preferences and initiatiefnemer, and texts: so many that nobody sees a
# pattern, and far fewer than there are contactmomenten.
_KINDS: Final = 4000


@dataclass(frozen=True, slots=True)
class Person:
    """An employee.

    Attributes:
        url: of the employee in another API.
        identificatie: the employee as JSON, for when no URL is given.
        author: what the trail says of who did something: applicatie_id, applicatie_weergave,
            gebruikers_id, gebruikers_weergave.
    """

    bronorganisatie: str
    url: str
    identificatie: str
    author: tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """What kind of contact it is."""

    kanaal: str
    voorkeurskanaal: str
    voorkeurstaal: str
    initiatiefnemer: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject: its page, and what is asked about it."""

    link: str
    questions: tuple[str, ...]


class World:
    """What all contactmomenten of a seed have in common; `count` is how many there are.

    Attributes:
        people: all employees.
        shares: how much each of them does, added up (as in `random.choices`).
        kinds: kinds of contact, the usual ones more often.
        subjects: what is talked about.
    """

    def __init__(self, seed: int, count: int) -> None:
        """Make the world of `seed`, for `count` contactmomenten."""
        rng = Random(f"world {seed}")
        wanted = max(len(words.GEMEENTEN), count // _MOMENTS_EACH)
        self.people = _people(rng, min(MEDEWERKERS, wanted))
        self.shares = list(accumulate(rng.uniform(0.2, 2) for _ in self.people))
        self.kinds = [
            Kind(*values)
            for values in zip(
                _usual(rng, words.KANALEN),
                _usual(rng, words.VOORKEURSKANALEN),
                _usual(rng, words.VOORKEURSTALEN),
                _usual(rng, words.INITIATIEFNEMERS),
                strict=True,
            )
        ]
        self.subjects = [
            Subject(
                f"{_ONDERWERPEN_URL}{product.rpartition(' ')[2].lower()}/{vraag}",
                tuple(zin.format(product.replace("-", " ")) for zin in zinnen),
            )
            for product in words.PRODUCTEN
            for vraag, zinnen in words.VRAGEN.items()
        ]


def _usual(rng: Random, values: dict[str, int]) -> list[str]:
    return rng.choices(list(values), list(values.values()), k=_KINDS)


def _people(rng: Random, number: int) -> list[Person]:
    """Return `number` employees; each organisation has about 4/5 as many as the one before it."""
    organisations = [
        (_rsin(rng), uuid, f"KCC {gemeente}")
        for uuid, gemeente in zip(
            random_uuids(rng, len(words.GEMEENTEN)), words.GEMEENTEN, strict=True
        )
    ]
    sizes = [0.8**rank for rank in range(len(organisations))]
    # Each has at least one employee.
    employers = organisations + rng.choices(organisations, sizes, k=number - len(organisations))
    uuids = random_uuids(rng, number)
    return [
        _person(rng, number, uuid, *employer)
        for number, (uuid, employer) in enumerate(zip(uuids, employers, strict=True), start=1)
    ]


def _person(  # noqa: PLR0913, PLR0917 (one employee, with the employer)
    rng: Random, number: int, uuid: str, rsin: str, applicatie: str, label: str
) -> Person:
    voorvoegsel, achternaam = rng.choice(words.ACHTERNAMEN)
    letters = "".join(f"{letter}." for letter in rng.choices(words.LETTERS, k=rng.randint(1, 3)))
    medewerker = Medewerker(f"m{number:05}", achternaam, letters, voorvoegsel)
    naam = " ".join(filter(None, (letters, voorvoegsel, achternaam)))
    return Person(
        bronorganisatie=rsin,
        url=f"{_MEDEWERKERS_URL}{uuid}",
        identificatie=msgspec.json.encode(medewerker).decode(),
        author=(applicatie, label, medewerker.identificatie, naam),
    )


def _rsin(rng: Random) -> str:
    while True:
        number = f"{rng.randrange(1_000_000, 900_000_000):09}"
        if rsin_fault(number) is None:
            return number
