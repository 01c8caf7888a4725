"""Methods, Allow, API-version and the other headers (1.7)."""

import pytest

from .support import clients, expect
from .support.api import Api
from .support.operations import OPERATIONS, READS, Operation, named
from .support.tokens import Credentials
from .support.values import UNKNOWN, JsonObject

PATHS = [
    ("/contactmomenten", expect.COLLECTION),
    ("/klantcontactmomenten", expect.COLLECTION),
    ("/objectcontactmomenten", expect.COLLECTION),
    (f"/contactmomenten/{UNKNOWN}", expect.MOMENT),
    ("/contactmomenten/abc", expect.MOMENT),
    (f"/klantcontactmomenten/{UNKNOWN}", expect.RELATION),
    (f"/objectcontactmomenten/{UNKNOWN}", expect.RELATION),
    (f"/contactmomenten/{UNKNOWN}/audittrail", expect.TRAIL),
    (f"/contactmomenten/{UNKNOWN}/audittrail/{UNKNOWN}", expect.TRAIL),
]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "FOO", "PROPFIND"]
REFUSED = [
    (method, path, allow)
    for path, allow in PATHS
    for method in METHODS
    if method not in allow.split(", ")
]


@pytest.mark.parametrize(("method", "path", "allow"), REFUSED)
def test_a_method_that_the_path_does_not_have(api: Api, method: str, path: str, allow: str) -> None:
    response = api.as_client(None).raw(method, path, [("Authorization", "Bearer junk")])
    detail = f'Methode "{method}" niet toegestaan.'
    expect.problem(response, expect.METHOD, detail=detail)
    expect.headers(response, allow)


def test_a_method_is_written_in_upper_case(api: Api) -> None:
    response = api.as_client(None).raw("get", "/contactmomenten")
    assert 400 <= response.status_code < 500


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_every_success_has_allow_and_version(api: Api, operation: Operation) -> None:
    path, body = operation.prepare(api)
    response = api.request(operation.method, path, body)
    assert response.status_code == operation.status
    expect.headers(response, operation.allow)
    if operation.status != 204:
        assert response.headers.get_list("content-type") == ["application/json"]
    assert ("location" in response.headers) == (operation.status == 201)
    assert ("etag" in response.headers) == operation.name.endswith("_read")


@pytest.mark.parametrize("operation", READS, ids=named)
def test_head_has_the_status_and_headers_of_get(api: Api, operation: Operation) -> None:
    path, _ = operation.prepare(api)
    head, get = api.raw("HEAD", path), api.raw("GET", path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    skipped = {"date", "connection"}
    first, second = (
        {name: value for name, value in response.headers.items() if name not in skipped}
        for response in (head, get)
    )
    if operation.path.startswith("/") and operation.path.count("/") == 1:
        assert first.pop("content-length").isdigit()  # others write to the same list
        second.pop("content-length")
    assert first == second


@pytest.mark.parametrize(("path", "allow"), PATHS)
def test_head_without_rights_is_403_without_a_body(api: Api, path: str, allow: str) -> None:
    response = api.as_client(None).raw("HEAD", path)
    assert (response.status_code, response.content) == (403, b"")
    expect.headers(response, allow)


def test_head_of_a_page_that_is_not_there_is_404_without_a_body(api: Api) -> None:
    response = api.raw("HEAD", "/contactmomenten?page=0")
    assert (response.status_code, response.content) == (404, b"")


@pytest.mark.parametrize("operation", [op for op in OPERATIONS if op.status == 204], ids=named)
def test_a_204_has_no_content(api: Api, operation: Operation) -> None:
    """HTTP itself forbids Content-Length on a 204, so it may be missing."""
    path, _ = operation.prepare(api)
    response = api.raw("DELETE", path)
    expect.deleted(response, operation.allow)
    assert response.headers.get("content-length", "0") == "0"
    assert "transfer-encoding" not in response.headers


@pytest.mark.parametrize(("path", "allow"), PATHS)
@pytest.mark.parametrize("who", [None, clients.ALLES], ids=["nobody", "all rights"])
def test_options_is_403_or_an_empty_204(
    api: Api, path: str, allow: str, who: Credentials | None
) -> None:
    response = api.as_client(who).request("OPTIONS", path)
    assert response.status_code in {403, 204}
    expect.headers(response, allow)
    if response.status_code == 403:
        expect.forbidden(response)
    else:
        assert response.content == b""


def test_every_error_has_allow_and_version(api: Api, moment: JsonObject) -> None:
    for response, allow in (
        (api.post("/contactmomenten", {}), expect.COLLECTION),
        (api.request("POST", "/contactmomenten", content=b"{"), expect.COLLECTION),
        (api.get("/contactmomenten", onbekend="1"), expect.COLLECTION),
        (api.get("/contactmomenten", page="0"), expect.COLLECTION),
        (api.get(f"/contactmomenten/{UNKNOWN}"), expect.MOMENT),
        (api.get("/contactmomenten/abc"), expect.MOMENT),
        (api.get(f"/klantcontactmomenten/{UNKNOWN}"), expect.RELATION),
        (api.get(f"{moment['url']}/audittrail/{UNKNOWN}"), expect.TRAIL),
        (api.as_client(None).get(moment["url"]), expect.MOMENT),
        (api.get(moment["url"], {"Accept": "text/html"}), expect.MOMENT),
        (
            api.patch(moment["url"], {"a": 1}, headers={"Content-Type": "text/plain"}),
            expect.MOMENT,
        ),
    ):
        assert response.status_code >= 400
        expect.headers(response, allow)


def test_headers_that_mean_nothing_are_ignored(api: Api, moment: JsonObject) -> None:
    headers = {
        "Accept-Crs": "EPSG:4326",
        "Content-Crs": "EPSG:4326",
        "X-NLX-Request-Id": "1",
        "X-NLX-Request-User-Id": "2",
        "X-NLX-Iets": "3",
        "X-HTTP-Method-Override": "DELETE",
        "If-Modified-Since": "Mon, 01 Jan 2035 00:00:00 GMT",
        "Range": "bytes=0-1",
        "Cookie": "sessionid=x",
    }
    assert api.get(moment["url"], headers).json() == moment
    assert api.read(moment["url"]) == moment


def test_vary_is_absent_or_fits(api: Api, moment: JsonObject) -> None:
    for path in (moment["url"], "/contactmomenten?kanaal=niemand"):
        vary = api.get(path).headers.get("vary", "Accept")
        names = {name.strip().lower() for name in vary.split(",")}
        assert names <= {"authorization", "accept", "origin", "host"}
