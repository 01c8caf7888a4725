"""One contactmoment of the demo data, and how COPY reads it.

Its texts hold nothing that COPY would read in another way (see `words`), so nothing is escaped.
"""

from dataclasses import dataclass
from typing import Final

from contactmomenten.demo_data.world import Kind, Person

# The columns of `Contact.row`.
COLUMNS: Final = (
    "uuid",
    "vorig_contactmoment",
    "volgend_contactmoment",
    "bronorganisatie",
    "registratiedatum",
    "kanaal",
    "voorkeurskanaal",
    "voorkeurstaal",
    "tekst",
    "onderwerp_links",
    "initiatiefnemer",
    "medewerker",
    "medewerker_identificatie",
    "medewerker_identificatie_id",
)

NULL: Final = "\\N"


@dataclass(slots=True, kw_only=True)
class Contact:
    """A contactmoment.

    Attributes:
        day, time: its registratiedatum, in UTC.
        links: its onderwerpLinks, with a comma between them.
        identification: the number of its medewerkerIdentificatie; None when the medewerker is
            given by URL.
    """

    uuid: str
    vorig: str | None
    volgend: str | None
    person: Person
    kind: Kind
    day: str
    time: str
    tekst: str
    links: tuple[str, ...]
    identification: int | None

    def row(self) -> str:
        """Return its line for COPY."""
        person, kind = self.person, self.kind
        if self.identification is None:
            medewerker = f"{person.url}\t{NULL}\t{NULL}"
        else:
            medewerker = f"\t{person.identificatie}\t{self.identification}"
        return (
            f"{self.uuid}\t{self.vorig or NULL}\t{self.volgend or NULL}\t{person.bronorganisatie}"
            f"\t{self.day}T{self.time}Z\t{kind.kanaal}\t{kind.voorkeurskanaal}"
            f"\t{kind.voorkeurstaal}\t{self.tekst}\t{{{','.join(self.links)}}}"
            f"\t{kind.initiatiefnemer}\t{medewerker}\n"
        )
