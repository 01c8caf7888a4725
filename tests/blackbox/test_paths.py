"""Paths (1.2), generated URLs (1.3), and a deployment below a prefix."""

from collections.abc import Iterator

import httpx
import pytest

from .support import clients, expect, tokens
from .support.api import Api
from .support.program import Program
from .support.standin import StandIn
from .support.values import UNKNOWN, JsonObject, uuid_of

RESOURCES = ["contactmomenten", "klantcontactmomenten", "objectcontactmomenten"]


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize(
    "segment",
    [
        "abc",
        "1",
        "0",
        "-",
        "a-b",
        UNKNOWN[:-1],
        f"{UNKNOWN}0",
        UNKNOWN[:-1] + "g",
        "%20",
        "é",
        "%00",
        "%ff",
        "%F0%9F%98%80",
        "None",
        "null",
        "undefined",
    ],
)
def test_a_segment_that_is_no_uuid_is_not_found(api: Api, resource: str, segment: str) -> None:
    expect.not_found(api.get(f"/{resource}/{segment}"))


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("segment", ["a.b", "abc.json", f"{UNKNOWN}.json", "a%2Fb", "a/b"])
def test_a_segment_with_a_dot_or_slash_is_not_found(api: Api, resource: str, segment: str) -> None:
    expect.not_found(api.get(f"/{resource}/{segment}"))


@pytest.mark.parametrize("form", ["{{{}}}", "urn:uuid:{}", "%7B{}%7D", "({})", "{}\u0660"])
def test_other_forms_of_a_uuid_never_crash(api: Api, moment: JsonObject, form: str) -> None:
    path = f"/contactmomenten/{form.format(uuid_of(moment['url']))}"
    assert api.get(path).status_code in {200, 404}


def test_the_digits_of_other_scripts_never_crash(api: Api) -> None:
    segment = "\uff11" * 32
    assert api.get(f"/contactmomenten/{segment}").status_code == 404


@pytest.mark.parametrize("credentials", [None, clients.ALLES], ids=["nobody", "all rights"])
@pytest.mark.parametrize(
    "path",
    [
        "/contactmomenten/",
        "/klantcontactmomenten/",
        "/objectcontactmomenten/",
        f"/contactmomenten/{UNKNOWN}/",
        f"/klantcontactmomenten/{UNKNOWN}/",
        f"/objectcontactmomenten/{UNKNOWN}/",
        f"/contactmomenten/{UNKNOWN}/audittrail/",
        f"/contactmomenten/{UNKNOWN}/audittrail/{UNKNOWN}/",
        "/contactmomenten.json",
        "/klantcontactmomenten.json",
        f"/contactmomenten/{UNKNOWN}.json",
        f"/contactmomenten/{UNKNOWN}/audittrail.json",
        f"/contactmomenten/{UNKNOWN}/audittrails",
        f"/contactmomenten/{UNKNOWN}/audittrail/{UNKNOWN}/x",
        f"/klantcontactmomenten/{UNKNOWN}/audittrail",
        f"/objectcontactmomenten/{UNKNOWN}/audittrail",
        "/Contactmomenten",
        "/contactmoment",
        "/verzoeken",
        "/zaken",
        "/jwtsecret/",
        "/jwtsecret",
        "/iets/anders",
        "/contactmomenten//",
    ],
)
def test_an_unknown_path_is_a_problem_document_for_everybody(
    api: Api, path: str, credentials: tokens.Credentials | None
) -> None:
    """D-20 and D-30."""
    expect.not_found(api.as_client(credentials).get(path))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/contactmomenten/", "/iets", "/jwtsecret/"])
def test_an_unknown_path_is_not_found_by_any_method(api: Api, method: str, path: str) -> None:
    expect.not_found(api.request(method, path, {}))


def test_a_trailing_slash_on_what_exists_is_not_found(api: Api, moment: JsonObject) -> None:
    for url in (moment["url"], f"{moment['url']}/audittrail"):
        expect.not_found(api.get(f"{url}/"))
    expect.not_found(api.delete(f"{moment['url']}/"))
    expect.not_found(api.get(f"{moment['url']}.json"))
    assert api.read(moment["url"]) == moment


@pytest.mark.parametrize("version", ["0", "2", "10", "11", "01", "001", "1234567890123"])
@pytest.mark.parametrize(
    "path",
    [
        "/contactmomenten",
        f"/contactmomenten/{UNKNOWN}",
        "/klantcontactmomenten",
        f"/objectcontactmomenten/{UNKNOWN}",
        f"/contactmomenten/{UNKNOWN}/audittrail",
    ],
)
@pytest.mark.parametrize("credentials", [None, clients.ALLES], ids=["nobody", "all rights"])
def test_another_version_is_named(
    api: Api, version: str, path: str, credentials: tokens.Credentials | None
) -> None:
    response = api.as_client(credentials).get(f"{api.origin}/api/v{version}{path}")
    expect.not_found(response, expect.INVALID_VERSION)


@pytest.mark.parametrize("version", ["vx", "v", "v1a", "1", "v1.0", "v-1"])
def test_what_is_no_version_is_not_found(api: Api, version: str) -> None:
    assert api.get(f"{api.origin}/api/{version}/contactmomenten").status_code == 404


def test_the_root_is_an_index_or_not_there(api: Api) -> None:
    response = api.as_client(None).get("/")
    if response.status_code == 200:
        assert response.json() == {name: f"{api.root}/{name}" for name in RESOURCES}
    else:
        expect.not_found(response)


def test_the_root_without_slash_redirects_or_is_not_there(api: Api) -> None:
    response = api.as_client(None).get("")
    if response.status_code == 301:
        assert response.headers["location"] in {f"{api.root}/", "/api/v1/"}
    else:
        expect.not_found(response)


@pytest.mark.parametrize(
    "host",
    [
        "a.example.nl",
        "a.example.nl:8443",
        "A.Example.NL",
        "127.0.0.9",
        "localhost:1234",
        "[::1]",
        "[::1]:8000",
    ],
)
def test_every_own_url_is_built_from_the_host_header(
    api: Api, moment: JsonObject, host: str
) -> None:
    headers = {"Host": host}
    for relation in (api.klant(moment), api.object(moment)):
        content = api.get(relation["url"], headers).json()
        for name in ("url", "contactmoment"):
            assert content[name].lower() == relation[name].replace(api.host, host.lower())
    location = api.post("/contactmomenten", api.moment_body(), headers=headers).headers["location"]
    assert location.lower().startswith(f"http://{host.lower()}/api/v1/contactmomenten/")


@pytest.mark.parametrize(
    "host", ["a b", "a/b", "a?b", "a@b", "a\\b", "a:b", "a:1:2", "<script>", "é.nl", "a,b"]
)
def test_an_invalid_host_is_refused(api: Api, host: str) -> None:
    response = api.raw("GET", "/contactmomenten", [("Host", host)])
    assert response.status_code == 400


@pytest.fixture(scope="module")
def below(http: httpx.Client, standin: StandIn) -> Iterator[Api]:
    """Give the API of a second program, mounted below a prefix, for two hosts only."""
    program = Program(
        clients.shared_configuration(),
        {
            "SUBPATH": "/contactmomenten",
            "ALLOWED_HOSTS": "127.0.0.1,api.example.nl",
            "JWT_EXPIRY": "100",
            "TIME_LEEWAY": "20",
        },
        prefix="/contactmomenten",
    )
    try:
        program.start()
        yield Api(program.root, http, standin, clients.ALLES)
    finally:
        program.remove()


def test_a_prefix_is_part_of_every_url(below: Api) -> None:
    moment = below.moment()
    klant = below.klant(moment)
    assert moment["url"].startswith(f"{below.origin}/api/v1/contactmomenten/")
    assert below.origin.endswith("/contactmomenten")
    assert below.read(moment["url"]) == moment
    assert klant["contactmoment"] == moment["url"]
    assert below.trail(moment)[0]["hoofdObject"] == moment["url"]
    assert below.results("/contactmomenten", kanaal=moment["kanaal"]) == [moment]


def test_references_are_resolved_below_a_prefix(below: Api) -> None:
    first = below.moment()
    second = below.moment(vorigContactmoment=first["url"])
    assert second["vorigContactmoment"] == first["url"]
    assert below.urls("/contactmomenten", vorigContactmoment=first["url"]) == [second["url"]]


def test_pages_below_a_prefix_have_its_urls(below: Api) -> None:
    moment = below.moment()
    for _ in range(101):
        below.klant(moment)
    page = below.get("/klantcontactmomenten", contactmoment=moment["url"]).json()
    assert page["next"].startswith(f"{below.origin}/api/v1/klantcontactmomenten?")
    assert len(below.results(page["next"])) == 1


def test_only_the_allowed_hosts_are_served(below: Api) -> None:
    moment = below.moment()
    response = below.get(moment["url"], {"Host": "api.example.nl"})
    assert response.json()["url"].startswith("http://api.example.nl/contactmomenten/api/v1/")
    for host in ("kwaad.example.nl", "api.example.nl.kwaad.nl", "example.nl"):
        assert below.get(moment["url"], {"Host": host}).status_code == 400


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(-90, ""), (-110, ""), (-130, "jwt-expired"), (10, ""), (40, "jwt-immaturesignatureerror")],
)
def test_the_age_and_leeway_of_tokens_can_be_set(below: Api, seconds: int, code: str) -> None:
    iat = tokens.claims(clients.ALLES)["iat"] + seconds
    response = below.request("GET", "/contactmomenten", claims={"iat": iat})
    if code:
        assert (response.status_code, response.json()["code"]) == (403, code)
    else:
        assert response.status_code == 200
