"""Problem documents (section 7): every class that a request can reach."""

import httpx
import pytest

from .support import expect
from .support.api import Api
from .support.values import UNKNOWN


def provoke(api: Api, kind: expect.Problem, **headers: str) -> httpx.Response:
    """Make a request that ends in this class of fault."""
    path = "/contactmomenten"
    requests = {
        "ValidationError": lambda: api.post(path, {}, headers=headers),
        "ParseError": lambda: api.request("POST", path, content=b"{", headers=headers),
        "PermissionDenied": lambda: api.as_client(None).get(path, headers),
        "NotFound": lambda: api.get(f"{path}/{UNKNOWN}", headers),
        "MethodNotAllowed": lambda: api.put(path, headers=headers),
        "NotAcceptable": lambda: api.get(path, headers | {"Accept": "text/html"}),
        "UnsupportedMediaType": lambda: api.post(
            path, {"a": 1}, headers=headers | {"Content-Type": "text/plain"}
        ),
    }
    return requests[kind.name]()


REACHABLE = [
    expect.VALIDATION,
    expect.PARSE,
    expect.FORBIDDEN,
    expect.NOT_FOUND,
    expect.METHOD,
    expect.NOT_ACCEPTABLE,
    expect.MEDIA_TYPE,
]
each = pytest.mark.parametrize("kind", REACHABLE, ids=lambda kind: kind.name)


@each
def test_the_document_is_complete_and_in_order(api: Api, kind: expect.Problem) -> None:
    expect.problem(provoke(api, kind), kind)


@each
def test_the_type_has_the_host_of_the_request_and_is_a_page(api: Api, kind: expect.Problem) -> None:
    assert provoke(api, kind, Host="inway.example.nl").json()["type"] == (
        f"http://inway.example.nl/ref/fouten/{kind.name}/"
    )
    page = api.as_client(None).get(provoke(api, kind).json()["type"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


@each
def test_every_occurrence_has_its_own_instance(api: Api, kind: expect.Problem) -> None:
    instances = {provoke(api, kind).json()["instance"] for _ in range(5)}
    assert len(instances) == 5


@each
def test_texts_are_not_escaped(api: Api, kind: expect.Problem) -> None:
    assert "\\u" not in provoke(api, kind).text


@each
def test_no_title_has_a_placeholder(api: Api, kind: expect.Problem) -> None:
    """D-29."""
    title = provoke(api, kind).json()["title"]
    assert "{" not in title


def test_the_detail_of_405_names_the_method(api: Api) -> None:
    expect.problem(
        api.put("/contactmomenten"), expect.METHOD, detail='Methode "PUT" niet toegestaan.'
    )


def test_the_detail_of_a_validation_error_names_every_faulty_field(api: Api) -> None:
    response = api.post("/contactmomenten", {"kanaal": None, "tekst": None})
    detail = response.json()["detail"]
    assert all(name in detail for name in ("bronorganisatie", "kanaal", "tekst"))


def test_a_value_in_a_reason_is_not_escaped(api: Api) -> None:
    value = "<é ✓ \"'&>"
    response = api.post("/contactmomenten", api.moment_body(initiatiefnemer=value))
    expect.invalid(response, expect.at("initiatiefnemer", expect.invalid_choice(value)))


def test_a_media_type_in_a_detail_is_complete(api: Api) -> None:
    headers = {"Content-Type": 'text/plain; x="a b"; charset=utf-8'}
    response = api.post("/contactmomenten", {"a": 1}, headers=headers)
    detail = 'Ongeldige media type "text/plain; x="a b"; charset=utf-8" in aanvraag.'
    expect.problem(response, expect.MEDIA_TYPE, detail=detail)
