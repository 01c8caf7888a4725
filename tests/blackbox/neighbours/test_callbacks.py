"""The webhook: what the Notificaties API may send, and who may send it."""

import time

import pytest

from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.expect import entries
from tests.blackbox.support.tokens import Credentials
from tests.blackbox.support.values import OMIT, JsonObject, without_omitted

URL = "https://ac.example.nl/api/v1/applicaties/5f0d7a3c-0000-4000-8000-000000000000"
BODY: JsonObject = {
    "kanaal": "zaken",
    "hoofdObject": URL,
    "resource": "zaak",
    "resourceUrl": URL,
    "actie": "create",
    "aanmaakdatum": "2026-01-01T00:00:00Z",
    "kenmerken": {"bronorganisatie": "000000000"},
}


def test_it_is_accepted_without_a_body_in_return(own: Api) -> None:
    response = own.post("/callbacks", BODY)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["api-version"] == "1.0.0"


def test_a_token_of_long_ago_is_accepted_here_and_nowhere_else(own: Api) -> None:
    long_ago: JsonObject = {"iat": int(time.time()) - 10_000_000}
    assert own.request("POST", "/callbacks", BODY, claims=long_ago).status_code == 204
    assert own.request("GET", "/contactmomenten", claims=long_ago).status_code == 403


@pytest.mark.parametrize("client", [None, clients.ALLEEN[clients.LEZEN], clients.GEEN])
def test_without_the_scope_it_is_refused(own: Api, client: Credentials | None) -> None:
    assert own.as_client(client).post("/callbacks", BODY).status_code == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_only_post_is_allowed(own: Api, method: str) -> None:
    response = own.request(method, "/callbacks")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_it_is_no_part_of_the_api(own: Api) -> None:
    assert "/callbacks" not in own.get("/schema/openapi.json").text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kanaal": OMIT}, ("kanaal", "required")),
        ({"kanaal": ""}, ("kanaal", "blank")),
        ({"kanaal": "x" * 51}, ("kanaal", "max_length")),
        ({"hoofdObject": "abc"}, ("hoofdObject", "invalid")),
        ({"resource": "x" * 101}, ("resource", "max_length")),
        ({"resourceUrl": OMIT}, ("resourceUrl", "required")),
        ({"actie": None}, ("actie", "null")),
        ({"aanmaakdatum": "gisteren"}, ("aanmaakdatum", "invalid")),
        ({"aanmaakdatum": "2999-01-01T00:00:00Z"}, ("aanmaakdatum", "future_not_allowed")),
        ({"kenmerken": []}, ("kenmerken.nonFieldErrors", "invalid")),
        ({"kenmerken": {"a": "x" * 1001}}, ("kenmerken.a", "max_length")),
        ({"kenmerken": {"a": []}}, ("kenmerken.a", "invalid")),
    ],
    ids=str,
)
def test_a_wrong_notification_is_refused(
    own: Api, changes: JsonObject, expected: tuple[str, str]
) -> None:
    response = own.post("/callbacks", without_omitted(BODY | changes))
    assert [entry[:2] for entry in entries(response)] == [expected]


def test_kenmerken_may_be_absent(own: Api) -> None:
    assert own.post("/callbacks", without_omitted(BODY | {"kenmerken": OMIT})).status_code == 204


def test_a_broken_name_of_a_kenmerk_is_told_without_crashing(own: Api) -> None:
    content = b'{"kenmerken": {"\\ud800": []}}'
    assert own.request("POST", "/callbacks", content=content).status_code == 400
