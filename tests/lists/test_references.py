from urllib.parse import quote

import pytest

from contactmomenten.settings import Settings
from tests.application import ROOT, Api, api_on
from tests.lists.stock import Stock

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def found(api: Api, parameter: str, url: str, path: str = "contactmomenten") -> str:
    page = await api.get(f"{path}?{parameter}={quote(url, safe='')}")
    return "".join(moment.get("tekst", "x") for moment in page["results"])


async def fault(api: Api, url: str) -> str:
    answer = await api.send("GET", f"contactmomenten?vorigContactmoment={quote(url, safe='')}")
    assert answer.status_code == 400, answer.text
    (found,) = answer.json()["invalidParams"]
    assert found["name"] == "vorigContactmoment"
    code: str = found["code"]
    return code


async def test_successors_and_predecessors_are_found_by_url(stock: Stock) -> None:
    a, b, c, e = (stock.url(name) for name in "abce")
    assert await found(stock.api, "vorigContactmoment", a) == "b"
    assert await found(stock.api, "volgendContactmoment", b) == "a"
    assert await found(stock.api, "vorigContactmoment", e) == "e"
    assert await found(stock.api, "volgendContactmoment", c) == ""


async def test_relations_are_found_by_the_url_of_their_contactmoment(stock: Stock) -> None:
    for path in ("klantcontactmomenten", "objectcontactmomenten"):
        assert await found(stock.api, "contactmoment", stock.url("a"), path) == "x"
        assert await found(stock.api, "contactmoment", stock.url("b"), path) == ""


async def test_case_dashes_scheme_blanks_and_query_make_no_difference(stock: Stock) -> None:
    a = stock.url("a")
    base, _, uuid = a.rpartition("/")
    for url in (
        f"{base}/{uuid.upper()}",
        f"{base}/{uuid.replace('-', '')}",
        a.replace("http://localhost", "HTTPS://LocalHost"),
        f" {a} ",
        f"{a}?x#y",
        f"{base}/%{ord(uuid[0]):x}{uuid[1:]}",
    ):
        assert await found(stock.api, "vorigContactmoment", url) == "b"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.nl/",
        "https://example.nl:8000/api/v1/contactmomenten/abc",
        "http://localhost:80/api/v1/contactmomenten/abc",
        "http://user@localhost/api/v1/contactmomenten/abc",
        "http://localhost/",
        "http://localhost/api/v2/contactmomenten/abc",
        f"{ROOT}/contactmomenten",
        f"{ROOT}/contactmomenten/",
        f"{ROOT}/contactmomenten/{UNKNOWN}/",
        f"{ROOT}/contactmomenten/{UNKNOWN}",
        f"{ROOT}/contactmomenten/{UNKNOWN}/audittrail",
        f"{ROOT}/klantcontactmomenten",
        f"{ROOT}/klantcontactmomenten/{UNKNOWN}",
        f"{ROOT}/klantcontactmomenten/abc",
        f"{ROOT}/objectcontactmomenten/{UNKNOWN}",
    ],
)
async def test_a_url_that_is_of_no_contactmoment_here_finds_nothing(api: Api, url: str) -> None:
    assert await found(api, "vorigContactmoment", url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "abc",
        f"/api/v1/contactmomenten/{UNKNOWN}",
        f"{ROOT}/contactmomenten/abc",
        f"{ROOT}/contactmomenten/%00",
        f"{ROOT}/contactmomenten/{UNKNOWN}\0",
        "http://a[b@localhost/",
        f"http://[{'1' * 100}]/",
    ],
)
async def test_a_url_that_cannot_be_right_is_invalid(api: Api, url: str) -> None:
    assert await fault(api, url) == "invalid"


async def test_an_existing_resource_of_another_kind_is_of_the_wrong_type(stock: Stock) -> None:
    assert await fault(stock.api, stock.klant["url"]) == "invalid-type"
    assert await fault(stock.api, stock.object["url"]) == "invalid-type"


async def test_the_mount_path_is_part_of_the_url(stock: Stock) -> None:
    root = "http://localhost/cm/api/v1"
    async with api_on(stock.api.database, Settings(subpath="/cm"), root) as mounted:
        url = stock.url("a").replace(ROOT, root)
        page = await mounted.get(f"contactmomenten?vorigContactmoment={url}")
        assert [moment["tekst"] for moment in page["results"]] == ["b"]
        assert page["results"][0]["vorigContactmoment"] == url
