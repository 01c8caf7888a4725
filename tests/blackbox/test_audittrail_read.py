"""GET and HEAD /contactmomenten/{contactmoment_uuid}/audittrail/{uuid}."""

from collections.abc import Callable

import pytest

from .support import expect
from .support.api import Api
from .support.values import AUDIT_KEYS, UNKNOWN, JsonObject, uuid_of


def url_of(api: Api, moment: JsonObject) -> str:
    """Give the URL of the first row."""
    return f"{moment['url']}/audittrail/{api.trail(moment)[0]['uuid']}"


def test_anonymous_is_refused(api: Api, moment: JsonObject) -> None:
    expect.forbidden(api.as_client(None).get(url_of(api, moment)))


def test_it_reads_the_row_of_the_list(api: Api, moment: JsonObject) -> None:
    content = expect.answer(api.get(url_of(api, moment)), 200, expect.TRAIL)
    assert [content] == api.trail(moment)
    assert list(content) == AUDIT_KEYS


def test_a_row_of_another_contactmoment_is_not_found(api: Api, moment: JsonObject) -> None:
    row = api.trail(api.moment())[0]
    expect.not_found(api.get(f"{moment['url']}/audittrail/{row['uuid']}"))


@pytest.mark.parametrize("row", [UNKNOWN, "abc", "0", "1"])
def test_an_unknown_or_malformed_row_is_not_found(api: Api, moment: JsonObject, row: str) -> None:
    expect.not_found(api.get(f"{moment['url']}/audittrail/{row}"))


@pytest.mark.parametrize("parent", [UNKNOWN, "abc", "0"])
def test_an_unknown_or_malformed_contactmoment_is_not_found(
    api: Api, moment: JsonObject, parent: str
) -> None:
    row = api.trail(moment)[0]["uuid"]
    expect.not_found(api.get(f"/contactmomenten/{parent}/audittrail/{row}"))


@pytest.mark.parametrize("form", [str.upper, lambda text: text.replace("-", "")])
def test_another_spelling_of_the_uuids_is_taken(
    api: Api, moment: JsonObject, form: Callable[[str], str]
) -> None:
    row = api.trail(moment)[0]
    path = f"/contactmomenten/{form(uuid_of(moment['url']))}/audittrail/{form(row['uuid'])}"
    assert api.read(path) == row


def test_query_parameters_are_ignored(api: Api, moment: JsonObject) -> None:
    response = api.get(url_of(api, moment), foo="1", format="xml")
    assert [response.json()] == api.trail(moment)


def test_head_has_the_headers_of_get_without_a_body(api: Api, moment: JsonObject) -> None:
    path = url_of(api, moment).removeprefix(api.root)
    head, get = api.raw("HEAD", path), api.raw("GET", path)
    assert (head.status_code, head.content) == (200, b"")
    expect.headers(head, expect.TRAIL)
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == get.headers[name]
