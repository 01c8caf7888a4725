"""References to a contactmoment of this API (4.1.2), in all three places that have one."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.values import UNKNOWN, JsonObject, uuid_of


@dataclass(frozen=True)
class Place:
    """A property that refers to a contactmoment."""

    name: str
    path: str

    def post(self, api: Api, value: object) -> httpx.Response:
        """Create with this value."""
        if self.path == "/contactmomenten":
            body = api.moment_body(vorigContactmoment=value)
        elif self.path == "/klantcontactmomenten":
            body = api.klant_body(value)
        else:
            body = api.object_body(value)
        return api.post(self.path, body)


PLACES = [
    Place("vorigContactmoment", "/contactmomenten"),
    Place("contactmoment", "/klantcontactmomenten"),
    Place("contactmoment", "/objectcontactmomenten"),
]


@pytest.fixture(params=PLACES, ids=lambda place: place.path)
def place(request: pytest.FixtureRequest) -> Place:
    """Each of the three places in turn."""
    found: Place = request.param
    return found


def path_of(moment: JsonObject) -> str:
    return f"/api/v1/contactmomenten/{uuid_of(moment['url'])}"


@pytest.mark.parametrize(
    "spell",
    [
        lambda path: path,
        lambda path: f"http://andere.example.nl{path}",
        lambda path: f"https://andere.example.nl:8443{path}",
        lambda path: f"http://example.nl{path}?zoek=1",
        lambda path: f"http://example.nl{path}#deel",
        lambda path: f"http://example.nl{path}?zoek=1#deel",
        lambda path: f"http://gebruiker:pw@example.nl{path}",
        lambda path: path[:-36] + path[-36:].upper(),
        lambda path: path[:-36] + path[-36:].replace("-", ""),
    ],
    ids=["path", "host", "port", "query", "fragment", "both", "user", "upper", "no dashes"],
)
def test_only_the_path_counts(
    api: Api, place: Place, moment: JsonObject, spell: Callable[[str], str]
) -> None:
    response = place.post(api, spell(path_of(moment)))
    assert response.status_code == 201, response.text
    assert response.json()[place.name] == moment["url"]


@pytest.mark.parametrize(
    "value",
    [
        "abc",
        "https://example.com",
        "https://example.com/",
        f"https://example.com/zaken/api/v1/zaken/{UNKNOWN}",
        f"https://example.com/api/v1/verzoeken/{UNKNOWN}",
        f"https://example.com/contactmomenten/{UNKNOWN}",
        f"/contactmomenten/{UNKNOWN}",
        f"api/v1/contactmomenten/{UNKNOWN}",
        "http://example.nl/api/v1/contactmomenten/a.b",
        "http://example.nl/api/v1/contactmomenten/a/b",
        "?",
        "http://",
    ],
)
def test_another_path_is_no_match(api: Api, place: Place, value: str) -> None:
    expect.invalid(place.post(api, value), at(place.name, expect.NO_MATCH))


@pytest.mark.parametrize(
    "spell",
    [
        lambda url: f"{url}/",
        lambda url: f" {url}",
        lambda url: f"{url} ",
        lambda url: url.replace("http://", "HTTP://"),
        lambda url: url.replace("http://", "Https://"),
        lambda url: url.replace("http://", "ftp://"),
    ],
    ids=["slash", "blank before", "blank after", "upper case", "mixed case", "ftp"],
)
def test_a_wrong_spelling_of_an_existing_one_is_no_match(
    api: Api, place: Place, moment: JsonObject, spell: Callable[[str], str]
) -> None:
    expect.invalid(place.post(api, spell(moment["url"])), at(place.name, expect.NO_MATCH))


@pytest.mark.parametrize(
    "spell",
    [lambda url: url.replace("/v1/", "/v2/"), lambda url: f"{url}.json"],
    ids=["version", "suffix"],
)
def test_another_version_or_a_suffix_is_no_match_or_resolved(
    api: Api, place: Place, moment: JsonObject, spell: Callable[[str], str]
) -> None:
    response = place.post(api, spell(moment["url"]))
    if response.status_code == 201:
        assert response.json()[place.name] == moment["url"]
    else:
        expect.invalid(response, at(place.name, expect.NO_MATCH))


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/contactmomenten",
        "/api/v1/klantcontactmomenten",
        "/api/v1/objectcontactmomenten",
        f"/api/v1/klantcontactmomenten/{UNKNOWN}",
        f"/api/v1/objectcontactmomenten/{UNKNOWN}",
        f"/api/v1/contactmomenten/{UNKNOWN}/audittrail",
        f"/api/v1/contactmomenten/{UNKNOWN}/audittrail/{UNKNOWN}",
        "http://example.nl/api/v1/klantcontactmomenten",
    ],
)
def test_the_path_of_something_else_is_an_incorrect_match(
    api: Api, place: Place, path: str
) -> None:
    expect.invalid(place.post(api, path), at(place.name, expect.INCORRECT_MATCH))


def test_an_existing_relation_is_an_incorrect_match(
    api: Api, place: Place, moment: JsonObject
) -> None:
    response = place.post(api, api.klant(moment)["url"])
    expect.invalid(response, at(place.name, expect.INCORRECT_MATCH))


@pytest.mark.parametrize("segment", ["abc", "1", UNKNOWN[:-1], f"{UNKNOWN}0", UNKNOWN[:-1] + "g"])
def test_a_malformed_uuid_is_named(api: Api, place: Place, segment: str) -> None:
    expect.invalid(
        place.post(api, f"{api.root}/contactmomenten/{segment}"),
        (place.name, "invalid", f"'{segment}' is geen geldige UUID."),
    )


def test_an_unknown_uuid_does_not_exist(api: Api, place: Place) -> None:
    response = place.post(api, f"{api.root}/contactmomenten/{UNKNOWN}")
    expect.invalid(response, at(place.name, expect.DOES_NOT_EXIST))


def test_a_deleted_contactmoment_does_not_exist(api: Api, place: Place, moment: JsonObject) -> None:
    api.delete(moment["url"])
    expect.invalid(place.post(api, moment["url"]), at(place.name, expect.DOES_NOT_EXIST))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (["http://example.nl/"], "list"),
        ({"url": "http://example.nl/"}, "dict"),
        (1, "int"),
        (0, "int"),
        (1.5, "float"),
        (True, "bool"),
        (False, "bool"),
        ([], "list"),
        ({}, "dict"),
    ],
    ids=repr,
)
def test_a_reference_must_be_text(api: Api, place: Place, value: object, kind: str) -> None:
    """D-05."""
    expect.invalid(place.post(api, value), at(place.name, expect.incorrect_type(kind)))


def test_a_reference_of_1000_characters_is_taken(
    api: Api, place: Place, moment: JsonObject
) -> None:
    response = place.post(api, f"{moment['url']}?".ljust(1000, "x"))
    assert response.status_code == 201, response.text
    assert response.json()[place.name] == moment["url"]


def test_a_reference_of_1001_characters_is_too_long(
    api: Api, place: Place, moment: JsonObject
) -> None:
    response = place.post(api, f"{moment['url']}?".ljust(1001, "x"))
    expect.invalid(response, at(place.name, expect.max_length(1000)))


def test_the_reference_follows_the_host_of_the_request(
    api: Api, place: Place, moment: JsonObject
) -> None:
    url = place.post(api, moment["url"]).json()["url"]
    content = api.get(url, {"Host": "inway.example.nl"}).json()
    assert content[place.name] == f"http://inway.example.nl{path_of(moment)}"
