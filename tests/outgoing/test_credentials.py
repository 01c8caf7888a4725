"""Which service a URL belongs to, and who gets to see its credentials."""

import jwt
import pytest

from contactmomenten.configuration.model.services import Service
from contactmomenten.outgoing import CallFailed, OutgoingClient, OutgoingSettings
from tests.outgoing.conftest import MakeClient
from tests.outgoing.neighbour import Neighbour, networks, redirect, reply

LOOPBACK = networks("127.0.0.0/8")
SECRET = "een-geheim-van-ten-minste-32-tekens"


def _service(api_root: str, **values: str) -> Service:
    fields = {"auth_type": "no_auth", "identifier": api_root[-5:-1].strip("/."), "label": "x"}
    return Service(api_root=api_root, **{**fields, **values})  # type: ignore[arg-type]


def _zgw(neighbour: Neighbour, path: str = "/", identifier: str = "zaken") -> Service:
    return neighbour.service(
        path,
        identifier=identifier,
        auth_type="zgw",
        client_id=identifier,
        secret=SECRET,
        user_id="cm",
        user_representation="Contactmomenten",
    )


ROOTS = [
    "https://zaken.nl/api/v1/",
    "https://zaken.nl/",
    "https://zaken.nl:8443/api/v1/",
    "http://Hoofd.nl/api/",
    "https://kaal.nl",
    "https://kaal.nl/api",
]


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://zaken.nl/api/v1/zaken/1", "https://zaken.nl/api/v1/"),
        ("https://zaken.nl/api/v1/", "https://zaken.nl/api/v1/"),
        ("https://zaken.nl/api/v1/zaken?a=/../#/../", "https://zaken.nl/api/v1/"),
        ("https://zaken.nl/api/v1/...", "https://zaken.nl/api/v1/"),
        ("https://zaken.nl/api/v1/a..b/.c/d.", "https://zaken.nl/api/v1/"),
        ("https://zaken.nl/api/v1", "https://zaken.nl/"),
        ("https://zaken.nl/api/v12/", "https://zaken.nl/"),
        ("https://zaken.nl:8443/api/v1/a", "https://zaken.nl:8443/api/v1/"),
        ("http://Hoofd.nl/api/a", "http://Hoofd.nl/api/"),
        ("https://kaal.nl", "https://kaal.nl"),
        ("https://kaal.nl/x", "https://kaal.nl"),
        ("https://kaal.nl?x", "https://kaal.nl"),
        ("https://kaal.nl/api/x", "https://kaal.nl/api"),
        ("https://kaal.nl/apis", "https://kaal.nl"),
        # the literal text counts (behaviour 13)
        ("https://zaken.nl:443/api/v1/", None),
        ("https://ZAKEN.nl/api/v1/", None),
        ("http://hoofd.nl/api/a", None),
        ("http://zaken.nl/api/v1/", None),
        ("https://zaken.nl.kwaad.nl/api/v1/", None),
        ("https://zaken.nl./api/v1/", None),
        ("https://kaal.nl.kwaad.nl/", None),
        ("https://kaal.nl:444/", None),
        ("https://kaal.nl@kwaad.nl/", None),
        ("https://kaal.nl:x@kwaad.nl/", None),
        ("https://kaal.nl\\@kwaad.nl/", None),
        ("https://jan:x@zaken.nl/api/v1/", None),
        # ways out of the path
        ("https://zaken.nl/api/v1/../../admin", None),
        ("https://zaken.nl/api/v1/..", None),
        ("https://zaken.nl/api/v1/./a", None),
        ("https://zaken.nl/api/v1/%2e%2e/%2E%2E/admin", None),
        ("https://zaken.nl/api/v1/.%2e/admin", None),
        ("https://zaken.nl/api/v1/..%2f..%2fadmin", None),
        ("https://zaken.nl/api/v1/%252e%252e/admin", None),
        ("https://zaken.nl/api/v1/%25252e%25252e%25252fadmin", None),
        ("https://zaken.nl/api/v1/..;/admin", None),
        ("https://zaken.nl/api/v1/..%3b/admin", None),
        ("https://zaken.nl/api/v1/a/..;x=1/admin", None),
        ("https://zaken.nl/api/v1/..\\admin", None),
        ("https://zaken.nl/api/v1/..%5cadmin", None),
        ("https://zaken.nl/api/v1/a\\b", None),
        ("https://elders.nl/", None),
        ("", None),
        ("zaken.nl", None),
    ],
)
def test_the_longest_api_root_is_chosen(
    url: str, root: str | None, make_client: MakeClient
) -> None:
    chosen = make_client(*map(_service, ROOTS)).service_for(url)
    assert (chosen and chosen.api_root) == root


async def test_a_token_is_signed_for_the_service(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    client = make_client(_zgw(neighbour))
    await client.get(f"{neighbour.root}/a", headers={"authorization": "Bearer van-de-aanroeper"})
    kind, token = neighbour.asked[0].headers["authorization"].split(" ")
    assert kind == "Bearer"
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert claims.pop("iat")
    assert claims == {
        "iss": "zaken",
        "client_id": "zaken",
        "user_id": "cm",
        "user_representation": "Contactmomenten",
    }


async def test_an_api_key_is_its_header(make_client: MakeClient, neighbour: Neighbour) -> None:
    key = {"auth_type": "api_key", "header_key": "X-Api-Key", "header_value": "Token abc "}
    await make_client(neighbour.service(**key)).get(f"{neighbour.root}/a")
    assert neighbour.asked[0].headers["x-api-key"] == "Token abc"
    assert "authorization" not in neighbour.asked[0].headers


async def test_no_auth_shows_nothing(make_client: MakeClient, neighbour: Neighbour) -> None:
    await make_client(neighbour.service(secret=SECRET, client_id="x")).get(f"{neighbour.root}/a")
    assert "authorization" not in neighbour.asked[0].headers


async def test_outside_the_services_nothing_is_shown(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    client = make_client(_zgw(neighbour, "/api/"), allowed_private_networks=LOOPBACK)
    for path in ("/", "/ap/", "/api", "/api/../x", "/api/%2e%2e/x", "/api/..;/x"):
        await client.get(neighbour.root + path, headers={"Authorization": "Bearer x"})
    await client.get(neighbour.root.replace("://", "://x@") + "/api/")
    assert len(neighbour.asked) == 7
    assert not [asked for asked in neighbour.asked if "authorization" in asked.headers]


@pytest.mark.parametrize("path", ["/", "/api", "/api/../", "/api/..%2f", "/api/a\\..\\..\\b"])
async def test_next_to_a_service_the_address_filter_holds(
    path: str, make_client: MakeClient, neighbour: Neighbour
) -> None:
    client = make_client(_zgw(neighbour, "/api/"))
    assert (await client.get(f"{neighbour.root}/api/")).status == 404
    with pytest.raises(CallFailed, match=r"adres niet toegestaan|ongeldige URL"):
        await client.get(neighbour.root + path)
    assert neighbour.connections == 1


async def test_a_connection_of_a_service_is_not_used_for_others(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    client = make_client(_zgw(neighbour, "/api/"), allowed_private_networks=LOOPBACK)
    await client.get(f"{neighbour.root}/api/")
    await client.get(f"{neighbour.root}/api/")
    await client.get(f"{neighbour.root}/elders")
    assert neighbour.connections == 2


async def test_a_service_that_was_removed_loses_its_rights_at_once(neighbour: Neighbour) -> None:
    services = [_zgw(neighbour)]
    client = OutgoingClient(OutgoingSettings(), lambda: services)
    assert (await client.get(f"{neighbour.root}/a")).status == 404
    services = []
    with pytest.raises(CallFailed, match="adres niet toegestaan"):
        await client.get(f"{neighbour.root}/a")
    await client.aclose()
    assert len(neighbour.asked) == 1


async def test_a_redirect_within_the_service_keeps_the_credentials(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script = {"/api/a": redirect("b"), "/api/b": reply(200)}
    await make_client(_zgw(neighbour, "/api/")).get(f"{neighbour.root}/api/a")
    assert all("authorization" in asked.headers for asked in neighbour.asked)


async def test_a_redirect_out_of_the_service_drops_the_credentials(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script = {"/api/a": redirect("/b"), "/b": reply(200)}
    client = make_client(_zgw(neighbour, "/api/"), allowed_private_networks=LOOPBACK)
    await client.get(f"{neighbour.root}/api/a")
    assert ["authorization" in asked.headers for asked in neighbour.asked] == [True, False]


async def test_a_redirect_to_another_host_drops_the_credentials_for_good(
    make_client: MakeClient, neighbour: Neighbour, other: Neighbour
) -> None:
    neighbour.script = {"/a": redirect(f"{other.root}/b"), "/c": reply(200)}
    other.script = {"/b": redirect(f"{neighbour.root}/c")}
    answer = await make_client(_zgw(neighbour), _zgw(other, identifier="klanten")).get(
        f"{neighbour.root}/a"
    )
    assert (answer.status, answer.url) == (200, f"{neighbour.root}/c")
    assert ["authorization" in asked.headers for asked in neighbour.asked] == [True, False]
    assert ["authorization" in asked.headers for asked in other.asked] == [False]


async def test_each_service_of_one_host_gets_its_own_credentials(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script = {"/a/1": redirect("/b/1"), "/b/1": reply(200)}
    client = make_client(
        _zgw(neighbour, "/a/", identifier="a"), _zgw(neighbour, "/b/", identifier="b")
    )
    await client.get(f"{neighbour.root}/a/1")
    tokens = [asked.headers["authorization"].split(" ")[1] for asked in neighbour.asked]
    shown = [jwt.decode(token, SECRET, algorithms=["HS256"])["client_id"] for token in tokens]
    assert shown == ["a", "b"]
