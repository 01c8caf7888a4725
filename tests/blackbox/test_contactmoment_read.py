"""GET and HEAD /contactmomenten/{uuid}."""

import uuid
from collections.abc import Callable

import pytest

from .support import expect
from .support.api import Api
from .support.values import CONTACTMOMENT_KEYS, JsonObject, uuid_of


def test_anonymous_is_refused(api: Api, moment: JsonObject) -> None:
    expect.forbidden(api.as_client(None).get(moment["url"]))


def test_an_unknown_uuid_is_not_found(api: Api) -> None:
    expect.not_found(api.get(f"/contactmomenten/{uuid.uuid4()}"))


def test_it_reads_what_was_created(api: Api, moment: JsonObject) -> None:
    content = expect.answer(api.get(moment["url"]), 200, expect.MOMENT)
    assert content == moment
    assert list(content) == CONTACTMOMENT_KEYS


@pytest.mark.parametrize("form", [str.upper, lambda text: text.replace("-", "")])
def test_another_spelling_of_the_uuid_gives_the_usual_urls(
    api: Api, moment: JsonObject, form: Callable[[str], str]
) -> None:
    path = f"/contactmomenten/{form(uuid_of(moment['url']))}"
    assert api.read(path) == moment


def test_query_parameters_are_ignored(api: Api, moment: JsonObject) -> None:
    for query in ({"foo": "1"}, {"format": "xml"}, {"format": "json"}, {"page": "9"}):
        response = api.get(moment["url"], **query)
        assert expect.answer(response, 200, expect.MOMENT) == moment


def test_urls_follow_the_host_of_the_request(api: Api, moment: JsonObject) -> None:
    response = api.get(moment["url"], {"Host": "inway.example.nl:8443"})
    uuid = uuid_of(moment["url"])
    assert response.json()["url"] == f"http://inway.example.nl:8443/api/v1/contactmomenten/{uuid}"


def test_x_forwarded_host_is_not_used(api: Api, moment: JsonObject) -> None:
    response = api.get(moment["url"], {"X-Forwarded-Host": "kwaad.example.nl"})
    assert response.json() == moment


def test_head_has_the_headers_of_get_without_a_body(api: Api, moment: JsonObject) -> None:
    path = moment["url"].removeprefix(api.root)
    head, get = api.raw("HEAD", path), api.raw("GET", path)
    assert (head.status_code, head.content) == (200, b"")
    expect.headers(head, expect.MOMENT)
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == get.headers[name]
    assert head.headers["content-length"] == str(len(get.content))


def test_head_of_an_unknown_uuid_is_404_without_a_body(api: Api) -> None:
    response = api.raw("HEAD", f"/contactmomenten/{uuid.uuid4()}")
    assert (response.status_code, response.content) == (404, b"")
