from urllib.parse import urlencode

import pytest

from contactmomenten.lists.answer import _parse
from tests.application import Api
from tests.lists.stock import Stock


async def names(api: Api, query: str) -> str:
    """Return the names of the contactmomenten that are found, in order."""
    page = await api.get(f"contactmomenten?{query}")
    assert page["count"] == len(page["results"])
    return "".join(moment["tekst"] for moment in page["results"])


async def faults(api: Api, path: str, status: int = 400) -> list[tuple[str, str]]:
    answer = await api.send("GET", path)
    assert answer.status_code == status, answer.text
    return [(fault["name"], fault["code"]) for fault in answer.json().get("invalidParams", ())]


async def test_without_filter_all_are_listed_in_the_order_of_creation(api: Api) -> None:
    assert await names(api, "") == "abcde"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kanaal=telefoon", "a"),
        ("kanaal=+telefoon%09", "a"),
        ("kanaal=", "abcde"),
        ("kanaal=%20", "abcde"),
        ("kanaal=niets", ""),
        ("kanaal=%C3%A9+%26+b%3Dc", "c"),
        ("kanaal=%", ""),
        ("kanaal=%FF", ""),
        ("kanaal=Telefoon&kanaal=telefoon", "a"),
        ("kanaal=telefoon;kanaal=x", ""),
        ("kanaal=" + "x" * 5000, ""),
        ("kanaal=x'%20OR%20'1'='1", ""),
        ("kanaal=$1", ""),
        ("kanaal={}", ""),
        ("voorkeurskanaal=100%25", "d"),
        ("voorkeurstaal=nld", "b"),
        ("bronorganisatie=000000012", "c"),
        ("initiatiefnemer=klant", "c"),
        ("initiatiefnemer=", "abcde"),
        ("registratiedatum=2026-01-01T12:00:00.000001Z", "a"),
        ("registratiedatum=2026-01-01T13:00:00.000001%2B01:00", "a"),
        ("registratiedatum=2026-01-01T12:00", "b"),
        ("registratiedatum__lte=2026-01-01T12:00", "b"),
        ("registratiedatum__lt=2026-01-01T12:00", ""),
        ("registratiedatum__gt=2026-01-01T12:00", "acde"),
        ("registratiedatum__gte=2026-01-01T12:00", "abcde"),
        ("registratiedatum__gt=2026-01-01T12:00&registratiedatum__lt=2026-01-02T00:00", "a"),
        ("registratiedatum__gt=0001-01-01T00:00&registratiedatum__lt=9999-12-31T23:59", "abcde"),
        ("medewerker=https://example.nl/medewerkers/2?a=b", "e"),
        ("medewerker=https://example.nl/medewerkers/1", "abc"),
        ("medewerker=https://example.nl/medewerkers/1&kanaal=telefoon&voorkeurstaal=nld", ""),
        ("medewerker=", "abcde"),
    ],
)
async def test_filters_narrow_the_list_down(api: Api, query: str, found: str) -> None:
    assert await names(api, query) == found


@pytest.mark.parametrize(
    ("ordering", "found"),
    [
        ("tekst", "abcde"),
        ("-tekst", "edcba"),
        ("registratiedatum", "bacde"),
        ("-registratiedatum", "edcab"),
        ("bronorganisatie,-tekst", "edbac"),
        ("-bronorganisatie", "cabde"),
        ("initiatiefnemer,tekst", "abdec"),
        ("medewerker,tekst", "dabce"),
        ("medewerker_identificatie", "deabc"),
        ("-medewerker_identificatie", "abced"),
        ("onderwerp_links", "abced"),
        ("klant", "abcde"),
        ("-klant,-tekst", "edcba"),
        ("", "abcde"),
        (",,-tekst,", "edcba"),
        ("tekst,-tekst", "abcde"),
    ],
)
async def test_a_list_has_the_order_that_is_asked_for(api: Api, ordering: str, found: str) -> None:
    assert await names(api, urlencode({"ordering": ordering})) == found


async def test_ordering_by_url_is_by_uuid(stock: Stock) -> None:
    page = await stock.api.get("contactmomenten?ordering=-url")
    urls = [moment["url"] for moment in page["results"]]
    assert urls == sorted(urls, reverse=True)


@pytest.mark.parametrize(
    ("path", "unknown"),
    [
        ("contactmomenten?klant=https://x.nl", "klant"),
        ("contactmomenten?Kanaal=x", "Kanaal"),
        ("contactmomenten?vorig_contactmoment=x", "vorig_contactmoment"),
        ("contactmomenten?pageSize=1", "pageSize"),
        ("contactmomenten?expand=x&format=y&expand=z", "expand, format"),
        ("contactmomenten?=x", ""),
        ("contactmomenten?kanaal%00=x", "kanaal\0"),
        ("contactmomenten?a&kanaal=%00&page=x", "a"),
        ("klantcontactmomenten?ordering=url", "ordering"),
        ("objectcontactmomenten?object_type=zaak", "object_type"),
    ],
)
async def test_an_unknown_parameter_comes_before_all_other_faults(
    api: Api, path: str, unknown: str
) -> None:
    answer = await api.send("GET", path)
    (fault,) = answer.json()["invalidParams"]
    assert fault == {
        "name": "nonFieldErrors",
        "code": "unknown-parameters",
        "reason": f"Onbekende query parameters: {unknown}",
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("contactmomenten?bronorganisatie=1&page=x", [("bronorganisatie", "invalid-length")]),
        ("contactmomenten?bronorganisatie=a", [("bronorganisatie", "only-digits")]),
        ("contactmomenten?bronorganisatie=000000001", [("bronorganisatie", "invalid")]),
        ("contactmomenten?registratiedatum=2026-01-01", [("registratiedatum", "invalid")]),
        (
            "contactmomenten?registratiedatum__gt=2026-01-01T12:00+01:00",
            [("registratiedatum__gt", "invalid")],
        ),
        (
            "contactmomenten?registratiedatum=0001-01-01T00:00%2B01:00",
            [("registratiedatum", "invalid")],
        ),
        ("contactmomenten?kanaal=%00", [("kanaal", "null_characters_not_allowed")]),
        ("contactmomenten?initiatiefnemer=Klant", [("initiatiefnemer", "invalid_choice")]),
        ("contactmomenten?initiatiefnemer=%20", [("initiatiefnemer", "invalid_choice")]),
        ("contactmomenten?medewerker=x", [("medewerker", "invalid")]),
        ("contactmomenten?medewerker=http://a[b@x.nl", [("medewerker", "invalid")]),
        ("contactmomenten?medewerker=http://ex%E2%84%80mple.nl", [("medewerker", "invalid")]),
        (
            "contactmomenten?medewerker=http://x.nl/%00",
            [("medewerker", "null_characters_not_allowed")],
        ),
        ("contactmomenten?ordering=uuid", [("ordering", "invalid_choice")]),
        ("contactmomenten?ordering=onderwerpLinks", [("ordering", "invalid_choice")]),
        ("contactmomenten?ordering=--url", [("ordering", "invalid_choice")]),
        ("contactmomenten?ordering=-", [("ordering", "invalid_choice")]),
        ("contactmomenten?ordering=%20url", [("ordering", "invalid_choice")]),
        ("contactmomenten?ordering=id;drop", [("ordering", "invalid_choice")]),
        (
            "contactmomenten?ordering=x&kanaal=%00&bronorganisatie=1",
            [
                ("bronorganisatie", "invalid-length"),
                ("kanaal", "null_characters_not_allowed"),
                ("ordering", "invalid_choice"),
            ],
        ),
        (
            "klantcontactmomenten?rol=klant&klant=x",
            [("klant", "invalid"), ("rol", "invalid_choice")],
        ),
        ("objectcontactmomenten?objectType=klant", [("objectType", "invalid_choice")]),
    ],
)
async def test_a_wrong_value_is_refused_by_name(
    api: Api, path: str, expected: list[tuple[str, str]]
) -> None:
    assert await faults(api, path) == expected


async def test_a_refused_choice_is_shown_and_a_long_one_in_part(api: Api) -> None:
    answer = await api.send("GET", f"contactmomenten?initiatiefnemer={'x' * 300}")
    reason = f"Selecteer een geldige keuze. {'x' * 200}… is geen beschikbare keuze."
    assert answer.json()["invalidParams"][0]["reason"] == reason


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("klantcontactmomenten", 1),
        ("klantcontactmomenten?klant=https://example.nl/klanten/1&rol=gesprekspartner", 1),
        ("klantcontactmomenten?klant=https://example.nl/klanten/1/", 0),
        ("klantcontactmomenten?rol=belanghebbende", 0),
        ("objectcontactmomenten?object=https://example.nl/zaken/1&objectType=zaak", 1),
        ("objectcontactmomenten?object=https://example.nl/zaken/2", 0),
    ],
)
async def test_relations_are_filtered_likewise(api: Api, path: str, count: int) -> None:
    page = await api.get(path)
    assert (page["count"], len(page["results"])) == (count, count)


@pytest.mark.parametrize("page", ["0", "2", "-1", "x", "", "1.0", "last", "%C2%B2", "9" * 30, " 1"])
async def test_a_page_that_is_not_there_is_not_found(api: Api, page: str) -> None:
    answer = await api.send("GET", f"contactmomenten?page={page}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Ongeldige pagina.")


@pytest.mark.parametrize("query", ["page=1", "page=01", "page=9&page=1", "kanaal=niets&page=1"])
async def test_the_first_page_is_always_there(api: Api, query: str) -> None:
    page = await api.get(f"contactmomenten?{query}")
    assert (page["next"], page["previous"]) == (None, None)


@pytest.mark.parametrize("query", ["kanaal=%C3%A9", "kanaal=\xe9"])
def test_a_letter_may_be_encoded_or_not(query: str) -> None:
    assert _parse(query.encode()) == [("kanaal", "\xe9")]


async def test_too_many_parameters_are_a_parse_error(api: Api) -> None:
    answer = await api.send("GET", "contactmomenten?" + "kanaal=x&" * 101)
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


async def test_head_is_get_without_body(api: Api) -> None:
    got = await api.send("GET", "contactmomenten?kanaal=telefoon")
    head = await api.send("HEAD", "contactmomenten?kanaal=telefoon")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == got.headers
