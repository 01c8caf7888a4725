"""The order of checks (1.6): of several faults the first one in the list is answered."""

import pytest

from .support import clients, expect
from .support.api import Api
from .support.operations import OPERATIONS, Operation, named
from .support.values import OMIT, UNKNOWN, JsonObject

HTML = {"Accept": "text/html"}
PLAIN = {"Content-Type": "text/plain"}
JUNK = {"Authorization": "Bearer junk"}


@pytest.fixture
def nobody(api: Api) -> Api:
    """Give a caller without any token."""
    return api.as_client(None)


@pytest.fixture
def reader(api: Api) -> Api:
    """Give a caller that may only read."""
    return api.as_client(clients.ALLEEN[clients.LEZEN])


def other_version(api: Api, path: str) -> str:
    return f"{api.origin}/api/v2{path}"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_406_comes_before_everything(nobody: Api, method: str) -> None:
    for path in (
        "/contactmomenten",
        "/contactmomenten?onbekend=1",
        f"/contactmomenten/{UNKNOWN}",
        other_version(nobody, "/contactmomenten"),
    ):
        response = nobody.request(method, path, content=b"{kapot", headers=HTML | PLAIN | JUNK)
        expect.problem(response, expect.NOT_ACCEPTABLE)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_wrong_version_comes_before_405_and_403(nobody: Api, method: str) -> None:
    for path in ("/contactmomenten", f"/contactmomenten/{UNKNOWN}", "/klantcontactmomenten"):
        response = nobody.request(
            method, other_version(nobody, path), content=b"{kapot", headers=PLAIN | JUNK
        )
        expect.not_found(response, expect.INVALID_VERSION)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/contactmomenten?onbekend=1"),
        ("POST", f"/contactmomenten/{UNKNOWN}"),
        ("PATCH", f"/klantcontactmomenten/{UNKNOWN}"),
        ("DELETE", f"/contactmomenten/{UNKNOWN}/audittrail"),
    ],
)
def test_405_comes_before_403_400_404_and_415(nobody: Api, method: str, path: str) -> None:
    response = nobody.request(method, path, content=b"{kapot", headers=PLAIN | JUNK)
    detail = f'Methode "{method}" niet toegestaan.'
    expect.problem(response, expect.METHOD, detail=detail)


@pytest.mark.parametrize(
    "path", ["/contactmomenten", "/klantcontactmomenten", "/objectcontactmomenten"]
)
def test_403_comes_before_an_unknown_parameter_a_bad_filter_and_a_bad_page(
    nobody: Api, path: str
) -> None:
    expect.forbidden(nobody.get(path, onbekend="1", contactmoment="x", page="0"))


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_403_comes_before_404_415_parsing_and_validation(nobody: Api, operation: Operation) -> None:
    path = operation.path
    for name in ("{m}", "{r}", "{k}", "{o}"):
        path = path.replace(name, UNKNOWN)
    expect.forbidden(nobody.request(operation.method, path, content=b"{kapot"))
    expect.forbidden(nobody.request(operation.method, path, content=b"x", headers=PLAIN))
    expect.forbidden(nobody.request(operation.method, path, {"rol": "x"}))


@pytest.mark.parametrize(
    "path",
    ["/contactmomenten/{}", "/klantcontactmomenten/{}", "/objectcontactmomenten/{}"],
)
@pytest.mark.parametrize("segment", [UNKNOWN, "abc"])
def test_a_reader_may_not_delete_what_does_not_exist(reader: Api, path: str, segment: str) -> None:
    expect.forbidden(reader.delete(path.format(segment)))


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_reader_may_not_change_what_does_not_exist(reader: Api, method: str) -> None:
    expect.forbidden(reader.request(method, f"/contactmomenten/{UNKNOWN}", content=b"{"))


def test_an_unknown_parameter_comes_before_a_bad_filter_and_a_bad_page(api: Api) -> None:
    response = api.get("/contactmomenten", onbekend="1", medewerker="x", page="0")
    reason = "Onbekende query parameters: onbekend"
    expect.invalid(response, ("nonFieldErrors", "unknown-parameters", reason))


def test_a_bad_filter_comes_before_a_bad_page(api: Api) -> None:
    response = api.get("/contactmomenten", medewerker="x", page="0")
    expect.invalid(response, expect.at("medewerker", expect.NO_URL))


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("segment", [UNKNOWN, "abc"])
def test_404_comes_before_415_parsing_and_validation(api: Api, method: str, segment: str) -> None:
    path = f"/contactmomenten/{segment}"
    expect.not_found(api.request(method, path, content=b"{kapot"))
    expect.not_found(api.request(method, path, content=b"x", headers=PLAIN))
    expect.not_found(api.request(method, path, {"kanaal": None}))
    expect.not_found(api.request(method, path, []))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_415_comes_before_parsing(api: Api, moment: JsonObject, method: str) -> None:
    path = "/contactmomenten" if method == "POST" else moment["url"]
    response = api.request(method, path, content=b"{kapot", headers=PLAIN)
    detail = 'Ongeldige media type "text/plain" in aanvraag.'
    expect.problem(response, expect.MEDIA_TYPE, detail=detail)


def test_the_fields_come_before_the_rules_on_the_whole(api: Api) -> None:
    response = api.post("/contactmomenten", api.moment_body(medewerker=OMIT, kanaal=None))
    expect.invalid(response, expect.at("kanaal", expect.NULL))


@pytest.mark.parametrize("path", ["/contactmomenten", f"/contactmomenten/{UNKNOWN}"])
def test_a_304_is_never_given_for_a_request_that_fails(nobody: Api, path: str) -> None:
    expect.forbidden(nobody.get(path, {"If-None-Match": "*"}))
    response = nobody.get(path, {"If-None-Match": "*"} | HTML)
    expect.problem(response, expect.NOT_ACCEPTABLE)


def test_a_304_is_never_given_for_what_does_not_exist(api: Api) -> None:
    path = f"/contactmomenten/{UNKNOWN}"
    expect.not_found(api.get(path, {"If-None-Match": "*"}))
