"""The pages for people (1.8): outside /api/v1, in HTML, for everybody."""

import html
import re

import httpx
import pytest

from .support import clients, expect
from .support.api import Api


def page(api: Api, path: str) -> str:
    """Read a page as nobody, and give its text without entities."""
    response = api.as_client(None).get(f"{api.origin}{path}")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].split(";")[0] == "text/html"
    return html.unescape(response.text)


@pytest.mark.parametrize("kind", expect.ALL_PROBLEMS, ids=lambda kind: kind.name)
def test_the_page_of_a_class_of_faults(api: Api, kind: expect.Problem) -> None:
    text = page(api, f"/ref/fouten/{kind.name}/")
    for fact in (kind.name, str(kind.status), kind.title, kind.code):
        assert fact in text


@pytest.mark.parametrize("name", ["Onbekend", "validationerror", "Exception", "x.y", "%00"])
def test_an_unknown_class_is_not_found(api: Api, name: str) -> None:
    response = api.as_client(None).get(f"{api.origin}/ref/fouten/{name}/")
    assert response.status_code == 404


def test_the_page_of_scopes_lists_all_five(api: Api) -> None:
    text = page(api, "/ref/scopes/")
    for scope in clients.SCOPES:
        assert scope in text


def test_the_page_of_kanalen_describes_the_one_kanaal(api: Api) -> None:
    text = page(api, "/ref/kanalen/")
    for fact in (
        "contactmomenten",
        "contactmoment",
        "bronorganisatie",
        "kanaal",
        "create",
        "update",
        "destroy",
    ):
        assert re.search(rf"\b{fact}\b", text), fact
    assert re.search(r"""\b(id|name)=["']?contactmomenten\b""", text)


@pytest.mark.parametrize("path", ["/ref/scopes", "/ref/kanalen", "/ref/fouten/NotFound"])
def test_without_the_final_slash_it_redirects(api: Api, path: str) -> None:
    response = api.as_client(None).get(f"{api.origin}{path}")
    assert response.status_code == 301
    target = httpx.URL(f"{api.origin}{path}").join(response.headers["location"])
    assert str(target) == f"{api.origin}{path}/"


@pytest.mark.parametrize("path", ["/ref/scopes/", "/ref/kanalen/", "/ref/fouten/NotFound/"])
def test_a_browser_gets_them(api: Api, path: str) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    response = api.as_client(None).get(f"{api.origin}{path}", {"Accept": accept})
    assert response.status_code == 200
    assert response.text.lstrip().lower().startswith("<!doctype html")


@pytest.mark.parametrize("path", ["/ref/scopes/", "/ref/kanalen/", "/ref/fouten/NotFound/"])
def test_an_invalid_token_does_not_matter(api: Api, path: str) -> None:
    headers = {"Authorization": "Bearer junk"}
    response = api.as_client(None).get(f"{api.origin}{path}", headers)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "path", ["/ref/fouten/%3Cscript%3Ealert(1)%3C%2Fscript%3E/", "/ref/%3Cscript%3E/"]
)
def test_a_path_is_never_echoed_as_html(api: Api, path: str) -> None:
    response = api.as_client(None).get(f"{api.origin}{path}")
    assert response.status_code == 404
    assert "<script>" not in response.text
