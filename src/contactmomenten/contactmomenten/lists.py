"""The list of contactmomenten: its filters and its ordering (behaviour 6.3, 6.5)."""

from contactmomenten.contactmomenten import queries
from contactmomenten.contactmomenten.rendering import shown
from contactmomenten.lists import (
    ChoiceFilter,
    Filter,
    ListDefinition,
    MomentFilter,
    Ordering,
    ReferenceFilter,
    RsinFilter,
    TextFilter,
    UrlFilter,
)


def _registratiedatum(suffix: str, operator: str, words: str) -> Filter:
    return MomentFilter(
        name=f"registratiedatum{suffix}",
        description=f"Het tijdstip waarop het contactmoment is vastgelegd{words}.",
        sql=f"registratiedatum {operator} {{}}",
    )


CONTACTMOMENTEN = ListDefinition(
    path="/contactmomenten",
    table="contactmoment",
    columns=queries.COLUMNS,
    show=shown,
    filters=(
        ReferenceFilter(
            name="vorigContactmoment",
            description="URL van het contactmoment waarop een contactmoment een vervolg is.",
            sql="uuid = (SELECT opvolger FROM keten WHERE voorganger = {})",
        ),
        ReferenceFilter(
            name="volgendContactmoment",
            description="URL van het contactmoment dat op een contactmoment volgt.",
            sql="uuid = (SELECT voorganger FROM keten WHERE opvolger = {})",
        ),
        RsinFilter(
            name="bronorganisatie",
            description="RSIN van de organisatie die het contactmoment heeft vastgelegd.",
            sql="bronorganisatie = {}",
        ),
        _registratiedatum("", "=", ""),
        _registratiedatum("__gt", ">", ": later dan"),
        _registratiedatum("__gte", ">=", ": op of later dan"),
        _registratiedatum("__lt", "<", ": eerder dan"),
        _registratiedatum("__lte", "<=", ": op of eerder dan"),
        TextFilter(
            name="kanaal",
            description="Het communicatiekanaal van het contact.",
            sql="kanaal = {}",
        ),
        TextFilter(
            name="voorkeurskanaal",
            description="Het communicatiekanaal dat de klant het liefst heeft.",
            sql="voorkeurskanaal = {}",
        ),
        TextFilter(
            name="voorkeurstaal",
            description="Taal van de inhoud, als code volgens ISO 639-2/B.",
            sql="voorkeurstaal = {}",
        ),
        ChoiceFilter(
            name="initiatiefnemer",
            description="De partij die het initiatief tot het contact nam.",
            sql="initiatiefnemer = {}",
            choices=("gemeente", "klant"),
        ),
        UrlFilter(
            name="medewerker",
            description="URL van de medewerker.",
            sql="md5(medewerker)::uuid = md5({0})::uuid AND medewerker = {0} AND medewerker <> ''",
        ),
    ),
    ordering=Ordering(
        description="Het veld waarop de resultaten worden geordend; met een minteken ervoor "
        "in omgekeerde volgorde.",
        columns={
            "url": "uuid",
            "bronorganisatie": "bronorganisatie",
            # An attribute of an older version of the standard; there is nothing to order by.
            "klant": None,
            "registratiedatum": "registratiedatum",
            "kanaal": "kanaal",
            "voorkeurskanaal": "voorkeurskanaal",
            "tekst": "tekst",
            "onderwerp_links": "onderwerp_links",
            "initiatiefnemer": "initiatiefnemer",
            "medewerker": "medewerker",
            "medewerker_identificatie": "medewerker_identificatie_id",
        },
    ),
)
