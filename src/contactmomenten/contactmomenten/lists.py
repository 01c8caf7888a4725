"""The list of contactmomenten: its filters and its ordering (behaviour 6.3, 6.5)."""

from contactmomenten.counts import definitions as counts
from contactmomenten.lists import (
    ChoiceFilter,
    Condition,
    Filter,
    ListDefinition,
    MomentFilter,
    OftenEmpty,
    Ordering,
    ReferenceFilter,
    RsinFilter,
    Source,
    Term,
    TextFilter,
    UrlFilter,
)

# What the index contactmoment_tekst has of a tekst after its start (migration 0009).
_REST_IN_INDEX = "substr(tekst, 101, 40)"


def _registratiedatum(suffix: str, operator: str, words: str) -> Filter:
    return MomentFilter(
        name=f"registratiedatum{suffix}",
        description=f"Het tijdstip waarop het contactmoment is vastgelegd{words}.",
        sql=f"registratiedatum {operator} {{}}",
        low=operator in {"=", ">", ">="},
        high=operator in {"=", "<", "<="},
    )


CONTACTMOMENTEN = ListDefinition(
    path="/contactmomenten",
    source=Source(
        table="contactmoment",
        json="json",
        all=counts.ALL,
        orders={
            "uuid": counts.BY_UUID,
            "registratiedatum": counts.BY_TIME,
            "medewerker_identificatie_id": counts.BY_IDENTIFICATIE,
            counts.BY_TEKST.column: counts.BY_TEKST,
        },
        groups={
            dimension.columns[0]: dimension
            for dimension in (
                counts.BRONORGANISATIE,
                counts.KANAAL,
                counts.VOORKEURSKANAAL,
                counts.INITIATIEFNEMER,
                counts.MEDEWERKER,
                counts.ONDERWERP_LINKS,
            )
        },
        often_empty={
            "medewerker_identificatie_id": OftenEmpty(
                filled=Condition(counts.WITH_IDENTIFICATIE.has, (), counts.WITH_IDENTIFICATIE),
                empty=Condition(counts.WITHOUT_IDENTIFICATIE.has, (), counts.WITHOUT_IDENTIFICATIE),
                terms=(Term("medewerker_identificatie_id"),),
                empty_first=False,
            ),
            "tekst": OftenEmpty(
                filled=Condition(counts.WITH_TEKST.has, (), counts.WITH_TEKST),
                empty=Condition(counts.WITHOUT_TEKST.has, (), counts.WITHOUT_TEKST),
                # As far as the index goes, and then in full.
                terms=(Term(counts.BY_TEKST.column), Term(_REST_IN_INDEX), Term("tekst")),
                empty_first=True,
            ),
        },
    ),
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
            sql=counts.BRONORGANISATIE.match,
            dimension=counts.BRONORGANISATIE,
        ),
        _registratiedatum("", "=", ""),
        _registratiedatum("__gt", ">", ": later dan"),
        _registratiedatum("__gte", ">=", ": op of later dan"),
        _registratiedatum("__lt", "<", ": eerder dan"),
        _registratiedatum("__lte", "<=", ": op of eerder dan"),
        TextFilter(
            name="kanaal",
            description="Het communicatiekanaal van het contact.",
            sql=counts.KANAAL.match,
            dimension=counts.KANAAL,
        ),
        TextFilter(
            name="voorkeurskanaal",
            description="Het communicatiekanaal dat de klant het liefst heeft.",
            sql=counts.VOORKEURSKANAAL.match,
            dimension=counts.VOORKEURSKANAAL,
        ),
        TextFilter(
            name="voorkeurstaal",
            description="Taal van de inhoud, als code volgens ISO 639-2/B.",
            sql=counts.VOORKEURSTAAL.match,
            dimension=counts.VOORKEURSTAAL,
        ),
        ChoiceFilter(
            name="initiatiefnemer",
            description="De partij die het initiatief tot het contact nam.",
            sql=counts.INITIATIEFNEMER.match,
            dimension=counts.INITIATIEFNEMER,
            choices=("gemeente", "klant"),
        ),
        UrlFilter(
            name="medewerker",
            description="URL van de medewerker.",
            # The last part is for an index without the moments that have none.
            sql=f"{counts.MEDEWERKER.match} AND medewerker <> ''",
            dimension=counts.MEDEWERKER,
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
