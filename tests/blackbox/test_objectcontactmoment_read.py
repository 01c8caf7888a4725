"""GET and HEAD /objectcontactmomenten/{uuid}."""

from collections.abc import Callable

import pytest

from .support import expect
from .support.api import Api
from .support.values import OBJECT_KEYS, UNKNOWN, JsonObject, uuid_of


@pytest.fixture
def relation(api: Api, moment: JsonObject) -> JsonObject:
    """Make a objectcontactmoment of this test alone."""
    return api.object(moment)


def test_anonymous_is_refused(api: Api, relation: JsonObject) -> None:
    expect.forbidden(api.as_client(None).get(relation["url"]))


@pytest.mark.parametrize("segment", [UNKNOWN, "abc"])
def test_an_unknown_or_malformed_uuid_is_not_found(api: Api, segment: str) -> None:
    expect.not_found(api.get(f"/objectcontactmomenten/{segment}"))


def test_the_uuid_of_a_contactmoment_is_not_found(api: Api, moment: JsonObject) -> None:
    expect.not_found(api.get(f"/objectcontactmomenten/{uuid_of(moment['url'])}"))


def test_it_reads_what_was_created(api: Api, relation: JsonObject) -> None:
    content = expect.answer(api.get(relation["url"]), 200, expect.RELATION)
    assert content == relation
    assert list(content) == OBJECT_KEYS


@pytest.mark.parametrize("form", [str.upper, lambda text: text.replace("-", "")])
def test_another_spelling_of_the_uuid_is_taken(
    api: Api, relation: JsonObject, form: Callable[[str], str]
) -> None:
    assert api.read(f"/objectcontactmomenten/{form(uuid_of(relation['url']))}") == relation


def test_own_urls_follow_the_host_and_object_does_not(api: Api, relation: JsonObject) -> None:
    content = api.get(relation["url"], {"Host": "a.example.nl"}).json()
    for name in ("url", "contactmoment"):
        assert content[name] == relation[name].replace(api.origin, "http://a.example.nl")
    assert content["object"] == relation["object"]


def test_query_parameters_are_ignored(api: Api, relation: JsonObject) -> None:
    assert api.get(relation["url"], foo="1", format="xml").json() == relation


def test_head_has_the_headers_of_get_without_a_body(api: Api, relation: JsonObject) -> None:
    path = relation["url"].removeprefix(api.root)
    head, get = api.raw("HEAD", path), api.raw("GET", path)
    assert (head.status_code, head.content) == (200, b"")
    expect.headers(head, expect.RELATION)
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == get.headers[name]
