"""Cross-origin requests (1.7): any origin, for everybody."""

import pytest

from .support.api import Api
from .support.operations import READS, Operation, named
from .support.values import UNKNOWN, JsonObject

ORIGIN = {"Origin": "https://balie.example.nl"}
PREFLIGHT = ORIGIN | {"Access-Control-Request-Method": "POST"}
HEADERS = (
    "x-requested-with, content-type, accept, origin, authorization, x-csrftoken, user-agent, "
    "accept-encoding, accept-crs, content-crs"
)


@pytest.mark.parametrize(
    "path",
    [
        "/contactmomenten",
        "/klantcontactmomenten",
        "/objectcontactmomenten",
        f"/contactmomenten/{UNKNOWN}",
        f"/klantcontactmomenten/{UNKNOWN}",
        f"/objectcontactmomenten/{UNKNOWN}",
        f"/contactmomenten/{UNKNOWN}/audittrail",
        f"/contactmomenten/{UNKNOWN}/audittrail/{UNKNOWN}",
    ],
)
@pytest.mark.parametrize("asked", [None, "authorization, content-type", "x-iets"])
def test_a_preflight_is_allowed_for_everybody(api: Api, path: str, asked: str | None) -> None:
    headers = PREFLIGHT | ({"Access-Control-Request-Headers": asked} if asked else {})
    response = api.as_client(None).request("OPTIONS", path, headers=headers)
    assert (response.status_code, response.content) == (200, b"")
    found = {
        name: value
        for name, value in response.headers.items()
        if name.startswith("access-control-")
    }
    assert found == {
        "access-control-allow-origin": "*",
        "access-control-allow-headers": HEADERS,
        "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
        "access-control-max-age": "86400",
    }


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "FOO"])
def test_a_preflight_for_any_method_is_allowed(api: Api, method: str) -> None:
    headers = ORIGIN | {"Access-Control-Request-Method": method}
    response = api.as_client(None).request("OPTIONS", "/contactmomenten", headers=headers)
    assert response.status_code == 200


def test_a_preflight_with_a_wrong_accept_is_allowed(api: Api) -> None:
    headers = PREFLIGHT | {"Accept": "text/html"}
    response = api.as_client(None).request("OPTIONS", "/contactmomenten", headers=headers)
    assert response.status_code == 200


def test_options_with_only_an_origin_is_no_preflight(api: Api) -> None:
    response = api.as_client(None).request("OPTIONS", "/contactmomenten", headers=ORIGIN)
    assert response.status_code in {403, 204}
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("operation", READS, ids=named)
def test_every_answer_to_an_origin_is_open(api: Api, operation: Operation) -> None:
    path, _ = operation.prepare(api)
    response = api.get(path, ORIGIN)
    assert response.headers.get_list("access-control-allow-origin") == ["*"]


def test_errors_are_open_too(api: Api, moment: JsonObject) -> None:
    nobody = api.as_client(None)
    for response in (
        nobody.get("/contactmomenten", ORIGIN),
        nobody.get("/onbekend", ORIGIN),
        nobody.get(f"{api.origin}/api/v2/contactmomenten", ORIGIN),
        nobody.put("/contactmomenten", headers=ORIGIN),
        api.get("/contactmomenten/abc", ORIGIN),
        api.get("/contactmomenten", ORIGIN | {"Accept": "text/html"}),
        api.post("/contactmomenten", {}, headers=ORIGIN),
        api.request("POST", "/contactmomenten", content=b"{", headers=ORIGIN),
    ):
        assert response.status_code >= 400
        assert response.headers.get_list("access-control-allow-origin") == ["*"]
    for response in (
        api.get(moment["url"], ORIGIN | {"If-None-Match": "*"}),
        api.delete(moment["url"], headers=ORIGIN),
    ):
        assert response.headers.get_list("access-control-allow-origin") == ["*"]
