"""Pages (6.1)."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from .support import expect
from .support.api import Api
from .support.values import JsonObject, unique

PATH = "/contactmomenten"
LISTS = ["/contactmomenten", "/klantcontactmomenten", "/objectcontactmomenten"]


@pytest.fixture(scope="module")
def kanaal(api: Api) -> str:
    """Give the kanaal of 201 contactmomenten: two full pages and one more."""
    name = unique("pagina")
    for number in range(201):
        api.moment(kanaal=name, tekst=str(number))
    return name


def page(api: Api, path: str, **query: str) -> JsonObject:
    """Read a page and check its form."""
    content = expect.answer(api.get(path, **query), 200, expect.COLLECTION)
    assert list(content) == ["count", "next", "previous", "results"]
    return content


def test_a_page_has_100_results(api: Api, kanaal: str) -> None:
    first = page(api, PATH, kanaal=kanaal)
    assert first["count"] == 201
    assert len(first["results"]) == 100
    assert first["next"] == f"{api.root}{PATH}?kanaal={kanaal}&page=2"
    assert first["previous"] is None


def test_a_page_in_the_middle_has_two_neighbours(api: Api, kanaal: str) -> None:
    second = page(api, PATH, kanaal=kanaal, page="2")
    assert (second["count"], len(second["results"])) == (201, 100)
    assert second["next"] == f"{api.root}{PATH}?kanaal={kanaal}&page=3"
    assert second["previous"] == f"{api.root}{PATH}?kanaal={kanaal}"


def test_the_last_page_has_the_rest(api: Api, kanaal: str) -> None:
    third = page(api, PATH, kanaal=kanaal, page="3")
    assert (third["count"], len(third["results"])) == (201, 1)
    assert third["next"] is None
    assert third["previous"] == f"{api.root}{PATH}?kanaal={kanaal}&page=2"


def test_following_next_gives_everything_once_in_order_of_creation(api: Api, kanaal: str) -> None:
    texts: list[str] = []
    target = f"{PATH}?kanaal={kanaal}"
    while target:
        content = api.get(target).json()
        texts += [row["tekst"] for row in content["results"]]
        target = content["next"]
    assert texts == [str(number) for number in range(201)]


def test_following_previous_leads_to_the_start(api: Api, kanaal: str) -> None:
    third = page(api, PATH, kanaal=kanaal, page="3")
    second = api.get(third["previous"]).json()
    first = api.get(second["previous"]).json()
    assert first == page(api, PATH, kanaal=kanaal, page="1")


@pytest.mark.parametrize("number", ["01", "1", "001"])
def test_leading_zeros_are_taken(api: Api, kanaal: str, number: str) -> None:
    content = page(api, PATH, kanaal=kanaal, page=number)
    assert content["results"] == page(api, PATH, kanaal=kanaal)["results"]
    assert content["previous"] is None


@pytest.mark.parametrize(
    "number",
    [
        "0",
        "00",
        "-1",
        "abc",
        "",
        "last",
        "1.0",
        "1e0",
        "0x1",
        "1,5",
        "4",
        "1000000000",
        "9" * 19,
        "9" * 30,
        "9" * 5000,
        "NaN",
        "\u00b2",
        "1\0",
    ],
    ids=lambda number: repr(number)[:12],
)
def test_a_page_that_is_not_there(api: Api, kanaal: str, number: str) -> None:
    response = api.get(PATH, kanaal=kanaal, page=number)
    expect.not_found(response, expect.INVALID_PAGE)
    expect.headers(response, expect.COLLECTION)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("number", ["0", "abc", "", "last", "999999"])
def test_every_list_refuses_a_bad_page(api: Api, path: str, number: str) -> None:
    expect.not_found(api.get(path, page=number), expect.INVALID_PAGE)


@pytest.mark.parametrize("digits", range(15, 20))
@pytest.mark.parametrize(
    ("path", "query"),
    [
        *((path, {}) for path in LISTS),
        (PATH, {"kanaal": "balie"}),
        (PATH, {"registratiedatum__lt": "2026-01-01T00:00:00Z"}),
        (PATH, {"kanaal": "balie", "bronorganisatie": "000000000"}),
        *((PATH, {"ordering": order}) for order in ("registratiedatum", "-kanaal", "tekst")),
        ("/klantcontactmomenten", {"rol": "belanghebbende"}),
        ("/klantcontactmomenten", {"klant": "https://example.nl/klanten/1"}),
    ],
)
def test_a_page_whose_rows_no_number_counts_is_not_there(
    api: Api, path: str, query: dict[str, str], digits: int
) -> None:
    for number in ("1" + "0" * (digits - 1), "9" * digits):
        expect.not_found(api.get(path, **query, page=number), expect.INVALID_PAGE)


def test_zeros_before_the_number_of_a_page_say_nothing(api: Api, kanaal: str) -> None:
    assert page(api, PATH, kanaal=kanaal, page="0" * 30 + "2") == page(
        api, PATH, kanaal=kanaal, page="2"
    )


def test_of_a_repeated_page_the_last_one_counts(api: Api, kanaal: str) -> None:
    content = api.get(f"{PATH}?page=abc&kanaal={kanaal}&page=3").json()
    assert len(content["results"]) == 1
    response = api.get(f"{PATH}?page=1&kanaal={kanaal}&page=abc")
    expect.not_found(response, expect.INVALID_PAGE)


EMPTY = {
    "/contactmomenten": ("kanaal", "niemand gebruikt dit"),
    "/klantcontactmomenten": ("klant", "http://example.nl/niemand"),
    "/objectcontactmomenten": ("object", "http://example.nl/niemand"),
}


@pytest.mark.parametrize("path", LISTS)
def test_page_1_of_nothing_is_an_empty_page(api: Api, path: str) -> None:
    name, value = EMPTY[path]
    empty: JsonObject = {"count": 0, "next": None, "previous": None, "results": []}
    assert page(api, path, **{name: value}) == empty
    assert page(api, path, **{name: value, "page": "1"}) == empty


@pytest.mark.parametrize("path", LISTS)
def test_page_2_of_nothing_is_not_there(api: Api, path: str) -> None:
    name, value = EMPTY[path]
    expect.not_found(api.get(path, **{name: value, "page": "2"}), expect.INVALID_PAGE)


@pytest.mark.parametrize("name", ["pageSize", "page_size", "pagesize", "limit", "offset"])
def test_there_is_no_page_size(api: Api, name: str) -> None:
    reason = f"Onbekende query parameters: {name}"
    wanted = ("nonFieldErrors", "unknown-parameters", reason)
    expect.invalid(api.get(PATH, **{name: "10"}), wanted)


def test_parameters_of_next_and_previous_are_sorted_and_empty_ones_kept(
    api: Api, kanaal: str
) -> None:
    query = f"voorkeurstaal=&page=2&kanaal={kanaal}&medewerker="
    content = api.get(f"{PATH}?{query}").json()
    base = f"{api.root}{PATH}?kanaal={kanaal}&medewerker="
    assert content["next"] == f"{base}&page=3&voorkeurstaal="
    assert content["previous"] == f"{base}&voorkeurstaal="


def test_values_in_next_are_percent_encoded(api: Api) -> None:
    kanaal = f"é &=+?#/% {unique()}"
    for _ in range(101):
        api.moment(kanaal=kanaal, registratiedatum="2020-01-01T00:00:00Z")
    stamp = "2020-01-01T01:00:00+01:00"
    query = {"registratiedatum__gte": stamp, "kanaal": kanaal, "ordering": "kanaal,-tekst"}
    target = page(api, PATH, **query)["next"]
    split = urlsplit(target)
    wanted = [
        ("kanaal", kanaal),
        ("ordering", "kanaal,-tekst"),
        ("page", "2"),
        ("registratiedatum__gte", stamp),
    ]
    assert parse_qsl(split.query, strict_parsing=True) == wanted
    assert target.isascii()
    assert " " not in target
    assert len(api.results(target)) == 1


def test_next_and_previous_follow_the_host_of_the_request(api: Api, kanaal: str) -> None:
    headers = {"Host": "inway.example.nl:8443"}
    content = api.get(f"{PATH}?kanaal={kanaal}&page=2", headers).json()
    base = f"http://inway.example.nl:8443/api/v1{PATH}?kanaal={kanaal}"
    assert content["next"] == f"{base}&page=3"
    assert content["previous"] == base
    for row in content["results"]:
        assert row["url"].startswith("http://inway.example.nl:8443/api/v1/contactmomenten/")


@pytest.mark.parametrize("path", LISTS[1:])
def test_lists_of_relations_have_pages_of_100(api: Api, path: str) -> None:
    moment = api.moment()
    make = api.klant if path == LISTS[1] else api.object
    urls = [make(moment)["url"] for _ in range(101)]
    first = page(api, path, contactmoment=moment["url"])
    assert (first["count"], first["previous"]) == (101, None)
    assert [row["url"] for row in first["results"]] == urls[:100]
    second = api.get(first["next"]).json()
    assert (second["count"], second["next"]) == (101, None)
    assert [row["url"] for row in second["results"]] == urls[100:]
    assert dict(parse_qsl(urlsplit(second["previous"]).query)) == {"contactmoment": moment["url"]}


def test_count_follows_creates_and_deletes(api: Api) -> None:
    name = unique()
    urls = [api.moment(kanaal=name)["url"] for _ in range(3)]
    assert page(api, PATH, kanaal=name)["count"] == 3
    api.delete(urls[1])
    api.patch(urls[0], {"kanaal": f"{name}-anders"})
    assert page(api, PATH, kanaal=name)["count"] == 1
    assert api.urls(PATH, kanaal=name) == [urls[2]]


def test_count_without_filters_follows_creates(api: Api) -> None:
    before = page(api, PATH)["count"]
    api.moment()
    assert page(api, PATH)["count"] == before + 1


def test_rows_of_a_list_are_the_resources_themselves(api: Api) -> None:
    moment = api.moment(medewerkerIdentificatie={"achternaam": "Vries"}, onderwerpLinks=[])
    klant, relation = api.klant(moment), api.object(moment)
    assert api.results(PATH, kanaal=moment["kanaal"]) == [moment]
    [row] = api.results(LISTS[1], klant=klant["klant"])
    assert list(row.items()) == list(klant.items())
    [row] = api.results(LISTS[2], object=relation["object"])
    assert list(row.items()) == list(relation.items())
    [row] = api.results(PATH, kanaal=moment["kanaal"])
    assert list(row) == list(moment)
