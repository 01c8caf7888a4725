"""HTTP caching (section 8) on the four reads."""

import re

import httpx
import pytest

from .support import clients, expect
from .support.api import Api
from .support.operations import CONDITIONAL, OPERATIONS, Operation, named
from .support.values import JsonObject

each = pytest.mark.parametrize("operation", CONDITIONAL, ids=named)


def etag(response: httpx.Response) -> str:
    """Expect one strong tag of hexadecimal digits."""
    [tag] = response.headers.get_list("etag")
    assert re.fullmatch(r'"[0-9a-f]{16,}"', tag)
    text: str = tag
    return text


def tag_of(api: Api, path: str) -> str:
    return etag(api.get(path))


def not_modified(response: httpx.Response, tag: str, allow: str) -> None:
    """Expect a 304 without a body."""
    assert (response.status_code, response.content) == (304, b"")
    assert etag(response) == tag
    expect.headers(response, allow)
    assert "content-type" not in response.headers


@each
def test_a_read_has_a_tag_that_stays(api: Api, operation: Operation) -> None:
    path, _ = operation.prepare(api)
    assert tag_of(api, path) == tag_of(api, path)


@each
def test_the_tag_does_not_depend_on_the_reader(api: Api, operation: Operation) -> None:
    path, _ = operation.prepare(api)
    reader = api.as_client(clients.ALLEEN[operation.scope])
    assert tag_of(reader, path) == tag_of(api, path)


@each
def test_a_matching_tag_gives_304(api: Api, operation: Operation) -> None:
    path, _ = operation.prepare(api)
    tag = tag_of(api, path)
    for header in (
        tag,
        f"W/{tag}",
        f'"x", {tag}',
        f'{tag}, "x"',
        f'"x",W/{tag},"y"',
        f'  "x" ,  {tag}  ',
        f'"a,b", {tag}',
        f"<string>, {tag}",
        f"onzin, {tag}",
        "*",
    ):
        response = api.raw("GET", path, [("If-None-Match", header)])
        not_modified(response, tag, operation.allow)


@each
def test_tags_in_two_headers_are_one_list(api: Api, operation: Operation) -> None:
    path, _ = operation.prepare(api)
    tag = tag_of(api, path)
    for first, second in (('"x"', tag), (tag, '"x"')):
        headers: list[tuple[str, str | bytes]] = [
            ("If-None-Match", first),
            ("If-None-Match", second),
        ]
        not_modified(api.raw("GET", path, headers), tag, operation.allow)


@each
def test_no_matching_tag_gives_200(api: Api, operation: Operation) -> None:
    path, _ = operation.prepare(api)
    tag = tag_of(api, path)
    for header in (
        '"x"',
        'W/"x"',
        '"x", "y"',
        '""',
        "",
        "<string>",
        "string",
        tag.strip('"'),
        f"'{tag[1:-1]}'",
        tag.upper() if tag.upper() != tag else '"x"',
        f"{tag[:-2]}",
        '"*"',
        "W/*",
    ):
        response = api.raw("GET", path, [("If-None-Match", header)])
        assert response.status_code == 200, header
        assert etag(response) == tag
        assert response.json() == api.read(path)


@each
def test_head_has_the_tag_and_the_length_of_get(api: Api, operation: Operation) -> None:
    path, _ = operation.prepare(api)
    get, head = api.raw("GET", path), api.raw("HEAD", path)
    assert etag(head) == etag(get)
    assert head.headers["content-length"] == str(len(get.content))
    assert head.content == b""


@each
def test_head_gives_the_same_304(api: Api, operation: Operation) -> None:
    path, _ = operation.prepare(api)
    tag = tag_of(api, path)
    for header in (tag, "*"):
        not_modified(api.raw("HEAD", path, [("If-None-Match", header)]), tag, operation.allow)
    assert api.raw("HEAD", path, [("If-None-Match", '"x"')]).status_code == 200


@each
def test_a_request_that_fails_is_never_304(api: Api, operation: Operation) -> None:
    path, _ = operation.prepare(api)
    headers = {"If-None-Match": f"{tag_of(api, path)}, *"}
    expect.forbidden(api.as_client(None).get(path, headers))
    response = api.get(path, headers | {"Accept": "text/html"})
    expect.problem(response, expect.NOT_ACCEPTABLE)
    expect.not_found(api.get(f"{path[:-12]}000000000000", {"If-None-Match": "*"}))


@pytest.mark.parametrize(
    "operation", [op for op in CONDITIONAL if op.name != "audittrail_read"], ids=named
)
def test_another_host_gives_another_tag(api: Api, operation: Operation) -> None:
    path, _ = operation.prepare(api)
    other = {"Host": "inway.example.nl"}
    tag = etag(api.get(path, other))
    assert tag != tag_of(api, path)
    assert api.get(path, other | {"If-None-Match": tag}).status_code == 304
    assert api.get(path, {"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"kanaal": "ander"},
        {"tekst": "ander"},
        {"bronorganisatie": "000000012"},
        {"registratiedatum": "2020-01-01T00:00:00Z"},
        {"onderwerpLinks": ["http://example.nl"]},
        {"initiatiefnemer": "klant"},
        {"voorkeurstaal": "fry"},
        {"voorkeurskanaal": "post"},
        {"medewerkerIdentificatie": {"achternaam": "Vries"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_visible_change_gives_another_tag(
    api: Api, moment: JsonObject, change: JsonObject
) -> None:
    before = tag_of(api, moment["url"])
    api.patch(moment["url"], change)
    assert tag_of(api, moment["url"]) != before
    response = api.get(moment["url"], {"If-None-Match": before})
    assert response.status_code == 200


def test_a_changed_identificatie_gives_another_tag(api: Api) -> None:
    moment = api.moment(medewerkerIdentificatie={"achternaam": "Vries"})
    before = tag_of(api, moment["url"])
    api.patch(moment["url"], {"medewerkerIdentificatie": {"achternaam": "Jansen"}})
    assert tag_of(api, moment["url"]) != before


def test_an_update_that_changes_nothing_keeps_the_tag(api: Api, moment: JsonObject) -> None:
    before = tag_of(api, moment["url"])
    api.patch(moment["url"], {})
    assert tag_of(api, moment["url"]) == before


def test_the_earlier_content_gives_the_earlier_tag(api: Api, moment: JsonObject) -> None:
    before = tag_of(api, moment["url"])
    api.patch(moment["url"], {"tekst": "anders"})
    between = tag_of(api, moment["url"])
    api.patch(moment["url"], {"tekst": ""})
    assert tag_of(api, moment["url"]) == before != between


def test_a_new_and_a_lost_successor_give_another_tag(api: Api, moment: JsonObject) -> None:
    before = tag_of(api, moment["url"])
    second = api.moment(vorigContactmoment=moment["url"])
    between = tag_of(api, moment["url"])
    assert between != before
    api.delete(second["url"])
    assert tag_of(api, moment["url"]) == before


def test_a_lost_predecessor_gives_another_tag(api: Api, moment: JsonObject) -> None:
    second = api.moment(vorigContactmoment=moment["url"])
    before = tag_of(api, second["url"])
    api.delete(moment["url"])
    assert tag_of(api, second["url"]) != before


@pytest.mark.parametrize("operation", [op for op in OPERATIONS if op not in CONDITIONAL], ids=named)
def test_nothing_else_has_a_tag_or_looks_at_one(api: Api, operation: Operation) -> None:
    path, body = operation.prepare(api)
    response = api.request(operation.method, path, body, headers={"If-None-Match": "*"})
    assert response.status_code == operation.status
    assert "etag" not in response.headers


def test_if_modified_since_is_ignored(api: Api, moment: JsonObject) -> None:
    headers = {"If-Modified-Since": "Mon, 01 Jan 2035 00:00:00 GMT"}
    assert api.get(moment["url"], headers).status_code == 200


def test_if_match_is_ignored_or_fails(api: Api, moment: JsonObject) -> None:
    response = api.get(moment["url"], {"If-Match": '"x"'})
    assert response.status_code in {200, 412}
    response = api.get(moment["url"], {"If-Match": tag_of(api, moment["url"])})
    assert response.status_code == 200


def test_cache_control_is_absent_or_private(api: Api, moment: JsonObject) -> None:
    value = api.get(moment["url"]).headers.get("cache-control", "private, no-cache")
    assert {part.strip() for part in value.split(",")} <= {"private", "no-cache"}
