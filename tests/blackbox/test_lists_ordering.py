"""The parameter ordering of contactmomenten (6.5)."""

import pytest

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.values import OMIT, JsonObject, unique, unique_rsin

PATH = "/contactmomenten"
NAMES = [
    "url",
    "bronorganisatie",
    "klant",
    "registratiedatum",
    "kanaal",
    "voorkeurskanaal",
    "tekst",
    "onderwerp_links",
    "initiatiefnemer",
    "medewerker",
    "medewerker_identificatie",
]


@pytest.fixture(scope="module")
def rows(api: Api) -> list[JsonObject]:
    """Four contactmomenten under one RSIN, in no order but that of creation."""
    rsin = unique_rsin()
    base = f"{api.standin.origin}/medewerkers/{unique()}"
    values = [
        ("c", "2020-01-03T00:00:00Z", ["http://b.nl"], "klant"),
        ("a", "2020-01-03T00:00:00.000001Z", [], "gemeente"),
        ("d", "2019-01-01T00:00:00Z", ["http://a.nl", "http://a.nl"], ""),
        ("b", "2021-01-01T00:00:00Z", ["http://a.nl"], "klant"),
    ]
    return [
        api.moment(
            bronorganisatie=rsin,
            kanaal=f"kanaal{letter}",
            voorkeurskanaal=f"voorkeur{letter}",
            tekst=f"tekst{letter}",
            medewerker=f"{base}/{letter}",
            registratiedatum=stamp,
            onderwerpLinks=links,
            initiatiefnemer=initiatiefnemer,
        )
        for letter, stamp, links, initiatiefnemer in values
    ]


def order(api: Api, rows: list[JsonObject], ordering: str) -> list[int]:
    """Give the places of creation in the order of the list."""
    urls = [row["url"] for row in rows]
    found = api.urls(PATH, bronorganisatie=rows[0]["bronorganisatie"], ordering=ordering)
    return [urls.index(url) for url in found]


@pytest.mark.parametrize(
    ("ordering", "wanted"),
    [
        ("kanaal", [1, 3, 0, 2]),
        ("-kanaal", [2, 0, 3, 1]),
        ("voorkeurskanaal", [1, 3, 0, 2]),
        ("-voorkeurskanaal", [2, 0, 3, 1]),
        ("tekst", [1, 3, 0, 2]),
        ("-tekst", [2, 0, 3, 1]),
        ("medewerker", [1, 3, 0, 2]),
        ("-medewerker", [2, 0, 3, 1]),
        ("registratiedatum", [2, 0, 1, 3]),
        ("-registratiedatum", [3, 1, 0, 2]),
        ("onderwerp_links", [1, 3, 2, 0]),
        ("-onderwerp_links", [0, 2, 3, 1]),
        ("initiatiefnemer", [2, 1, 0, 3]),
        ("-initiatiefnemer", [0, 3, 1, 2]),
        ("initiatiefnemer,kanaal", [2, 1, 3, 0]),
        ("-initiatiefnemer,kanaal", [3, 0, 1, 2]),
        ("initiatiefnemer,-kanaal", [2, 1, 0, 3]),
        ("bronorganisatie,-registratiedatum", [3, 1, 0, 2]),
        ("kanaal,tekst,url", [1, 3, 0, 2]),
        ("bronorganisatie", [0, 1, 2, 3]),
        ("-bronorganisatie", [0, 1, 2, 3]),
        ("klant", [0, 1, 2, 3]),
        ("-klant", [0, 1, 2, 3]),
        ("klant,kanaal", [1, 3, 0, 2]),
        ("", [0, 1, 2, 3]),
        (",", [0, 1, 2, 3]),
        (",,", [0, 1, 2, 3]),
        ("kanaal,", [1, 3, 0, 2]),
        (",-kanaal", [2, 0, 3, 1]),
        ("initiatiefnemer,,kanaal", [2, 1, 3, 0]),
        ("medewerker_identificatie", [0, 1, 2, 3]),
        ("-medewerker_identificatie", [0, 1, 2, 3]),
    ],
)
def test_an_ordering(api: Api, rows: list[JsonObject], ordering: str, wanted: list[int]) -> None:
    """D-16 for url, klant and empty elements; creation breaks the last ties."""
    assert order(api, rows, ordering) == wanted


def test_without_ordering_the_order_is_that_of_creation(api: Api, rows: list[JsonObject]) -> None:
    found = api.urls(PATH, bronorganisatie=rows[0]["bronorganisatie"])
    assert found == [row["url"] for row in rows]


def test_ordering_by_url(api: Api, rows: list[JsonObject]) -> None:
    urls = sorted(row["url"] for row in rows)
    rsin = rows[0]["bronorganisatie"]
    assert api.urls(PATH, bronorganisatie=rsin, ordering="url") == urls
    assert api.urls(PATH, bronorganisatie=rsin, ordering="-url") == urls[::-1]


def test_ordering_by_bronorganisatie(api: Api) -> None:
    kanaal = unique()
    made = {
        rsin: api.moment(kanaal=kanaal, bronorganisatie=rsin)["url"]
        for rsin in ("423182687", "000000012", "123456782")
    }
    wanted = [made[rsin] for rsin in sorted(made)]
    assert api.urls(PATH, kanaal=kanaal, ordering="bronorganisatie") == wanted
    assert api.urls(PATH, kanaal=kanaal, ordering="-bronorganisatie") == wanted[::-1]


def test_ordering_by_identificatie_is_by_its_creation(api: Api) -> None:
    kanaal = unique()
    late, none = (api.moment(kanaal=kanaal) for _ in range(2))
    first, second = (
        api.moment(kanaal=kanaal, medewerker=OMIT, medewerkerIdentificatie={"achternaam": name})
        for name in ("Zwart", "Aarts")
    )
    api.patch(late["url"], {"medewerkerIdentificatie": {"achternaam": "Midden"}})
    urls = [moment["url"] for moment in (first, second, late, none)]
    name = "medewerker_identificatie"
    assert api.urls(PATH, kanaal=kanaal, ordering=name) == urls
    assert api.urls(PATH, kanaal=kanaal, ordering=f"-{name}") == urls[::-1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_name_is_accepted(api: Api, rows: list[JsonObject], name: str, sign: str) -> None:
    assert sorted(order(api, rows, f"{sign}{name}")) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "value",
    [
        "voorkeurstaal",
        "uuid",
        "id",
        "pk",
        "onderwerpLinks",
        "medewerkerIdentificatie",
        "Kanaal",
        "KANAAL",
        "--kanaal",
        "-",
        "+kanaal",
        "?",
        "kanaal;",
        "vorigContactmoment",
        "vorig_contactmoment",
        "volgendContactmoment",
        "kanaal desc",
        "1",
        "medewerker__url",
    ],
)
def test_any_other_name_is_no_choice(api: Api, value: str) -> None:
    response = api.get(PATH, ordering=value)
    expect.invalid(response, at("ordering", expect.invalid_option(value)))


def test_a_leading_blank_is_no_choice(api: Api) -> None:
    for value in (" kanaal", "tekst, kanaal"):
        [(name, code, reason)] = expect.entries(api.get(PATH, ordering=value))
        assert (name, code) == ("ordering", "invalid_choice")
        assert reason.startswith("Selecteer een geldige keuze. ")
        assert reason.endswith("kanaal is geen beschikbare keuze.")


def test_one_bad_name_in_a_list_is_refused(api: Api) -> None:
    [(name, code, reason)] = expect.entries(api.get(PATH, ordering="kanaal,uuid,tekst"))
    assert (name, code) == ("ordering", "invalid_choice")
    assert reason in {
        expect.invalid_option("uuid")[1],
        expect.invalid_option("kanaal,uuid,tekst")[1],
    }


def test_pages_of_an_ordered_list_fit_together(api: Api) -> None:
    kanaal = unique()
    for number in range(120):
        api.moment(kanaal=kanaal, voorkeurskanaal=f"v{number * 7 % 10}", tekst=str(number))
    first = api.get(PATH, kanaal=kanaal, ordering="-voorkeurskanaal").json()
    rows = first["results"] + api.get(first["next"]).json()["results"]
    found = [(row["voorkeurskanaal"], int(row["tekst"])) for row in rows]
    wanted = sorted(found, key=lambda pair: pair[1])
    wanted.sort(key=lambda pair: pair[0], reverse=True)
    assert found == wanted
    assert len(set(found)) == 120
