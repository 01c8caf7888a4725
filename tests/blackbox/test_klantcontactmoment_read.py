"""GET and HEAD /klantcontactmomenten/{uuid}."""

from collections.abc import Callable

import pytest

from .support import expect
from .support.api import Api
from .support.values import KLANT_KEYS, UNKNOWN, JsonObject, uuid_of


@pytest.fixture
def klant(api: Api, moment: JsonObject) -> JsonObject:
    """Make a klantcontactmoment of this test alone."""
    return api.klant(moment)


def test_anonymous_is_refused(api: Api, klant: JsonObject) -> None:
    expect.forbidden(api.as_client(None).get(klant["url"]))


@pytest.mark.parametrize("segment", [UNKNOWN, "abc"])
def test_an_unknown_or_malformed_uuid_is_not_found(api: Api, segment: str) -> None:
    expect.not_found(api.get(f"/klantcontactmomenten/{segment}"))


def test_the_uuid_of_a_contactmoment_is_not_found(api: Api, moment: JsonObject) -> None:
    expect.not_found(api.get(f"/klantcontactmomenten/{uuid_of(moment['url'])}"))


def test_it_reads_what_was_created(api: Api, klant: JsonObject) -> None:
    content = expect.answer(api.get(klant["url"]), 200, expect.RELATION)
    assert content == klant
    assert list(content) == KLANT_KEYS


@pytest.mark.parametrize("form", [str.upper, lambda text: text.replace("-", "")])
def test_another_spelling_of_the_uuid_is_taken(
    api: Api, klant: JsonObject, form: Callable[[str], str]
) -> None:
    assert api.read(f"/klantcontactmomenten/{form(uuid_of(klant['url']))}") == klant


def test_own_urls_follow_the_host_and_klant_does_not(api: Api, klant: JsonObject) -> None:
    content = api.get(klant["url"], {"Host": "a.example.nl"}).json()
    for name in ("url", "contactmoment"):
        assert content[name] == klant[name].replace(api.origin, "http://a.example.nl")
    assert content["klant"] == klant["klant"]


def test_query_parameters_are_ignored(api: Api, klant: JsonObject) -> None:
    assert api.get(klant["url"], foo="1", format="xml").json() == klant


def test_head_has_the_headers_of_get_without_a_body(api: Api, klant: JsonObject) -> None:
    path = klant["url"].removeprefix(api.root)
    head, get = api.raw("HEAD", path), api.raw("GET", path)
    assert (head.status_code, head.content) == (200, b"")
    expect.headers(head, expect.RELATION)
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == get.headers[name]
