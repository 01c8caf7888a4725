"""Calls through an outway: its URLs stay on the wire."""

import json

import pytest

from contactmomenten.configuration.model.services import Service
from contactmomenten.outgoing import CallFailed, OutgoingClient, OutgoingSettings
from tests.outgoing.conftest import MakeClient
from tests.outgoing.neighbour import Neighbour, networks, redirect, reply

PUBLIC = "https://zaken.example.nl/api/v1/"


def _pairs(outway: Neighbour) -> tuple[tuple[str, str], ...]:
    return (
        ("https://zaken.example.nl/", f"{outway.root}/elders/"),
        (PUBLIC, f"{outway.root}/gemeente/zaken/"),
        ("https://klanten.example.nl/", f"{outway.root}/gemeente/klanten/"),
    )


async def test_a_call_goes_to_the_outway_and_the_answer_is_public(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    outway = f"{neighbour.root}/gemeente/zaken/"
    neighbour.script["/gemeente/zaken/zaken/1"] = reply(
        200,
        json.dumps(
            {
                "url": f"{outway}zaken/1",
                "deelzaken": [
                    f"{outway}zaken/2",
                    {"klant": f"{neighbour.root}/gemeente/klanten/3"},
                ],
                "tekst": f"Zie {outway}zaken/1",
                "elders": f"{neighbour.root}/gemeente/zaken-anders/1",
                f"{outway}sleutel": 1,
            }
        ).encode(),
    )
    answer = await make_client(rewrites=_pairs(neighbour)).get(f"{PUBLIC}zaken/1")
    assert answer.url == f"{PUBLIC}zaken/1"
    assert answer.json() == {
        "url": f"{PUBLIC}zaken/1",
        "deelzaken": [f"{PUBLIC}zaken/2", {"klant": "https://klanten.example.nl/3"}],
        "tekst": f"Zie {outway}zaken/1",
        "elders": f"{neighbour.root}/gemeente/zaken-anders/1",
        f"{outway}sleutel": 1,
    }


async def test_urls_among_the_values_of_the_query_are_rewritten(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    client = make_client(rewrites=_pairs(neighbour))
    await client.get(
        f"{PUBLIC}zaakcontactmomenten?zaak=https%3A%2F%2Fzaken.example.nl%2Fapi%2Fv1%2Fzaken%2F1"
        "&contactmoment=https%3A%2F%2Fcm.example.nl%2F2&x&y=%2E#f"
    )
    root = f"http%3A%2F%2F127.0.0.1%3A{neighbour.port}"
    assert neighbour.asked[0].path == (
        f"/gemeente/zaken/zaakcontactmomenten?zaak={root}%2Fgemeente%2Fzaken%2Fzaken%2F1"
        "&contactmoment=https%3A%2F%2Fcm.example.nl%2F2&x&y=%2E"
    )


async def test_urls_among_the_values_of_a_body_are_rewritten(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    client = make_client(rewrites=_pairs(neighbour))
    body = {"hoofdObject": f"{PUBLIC}zaken/1", "kanaal": "zaken", "n": [1, None, True]}
    await client.post(f"{PUBLIC}notificaties", json.dumps(body).encode())
    await client.post(f"{PUBLIC}notificaties", b"geen json")
    assert json.loads(neighbour.asked[0].body) == {
        **body,
        "hoofdObject": f"{neighbour.root}/gemeente/zaken/zaken/1",
    }
    assert neighbour.asked[1].body == b"geen json"


async def test_what_does_not_go_through_the_outway_is_sent_as_it_is(
    make_client: MakeClient, neighbour: Neighbour, other: Neighbour
) -> None:
    client = make_client(other.service(), rewrites=_pairs(neighbour))
    body = b'{"hoofdObject":  "https://zaken.example.nl/api/v1/zaken/1"}'
    await client.post(f"{other.root}/notificaties?a=https://klanten.example.nl/1", body)
    assert other.asked[0].body == body
    assert other.asked[0].path == "/notificaties?a=https://klanten.example.nl/1"


async def test_the_longest_prefix_wins_and_a_shorter_one_takes_the_rest(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    client = make_client(rewrites=_pairs(neighbour))
    await client.get("https://zaken.example.nl/api/v1/a")
    await client.get("https://zaken.example.nl/api/v2/a")
    assert [asked.path for asked in neighbour.asked] == ["/gemeente/zaken/a", "/elders/api/v2/a"]


async def test_a_redirect_of_the_outway_is_made_public_and_called_through_it_again(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script = {
        "/gemeente/zaken/a": redirect("b"),
        "/gemeente/zaken/b": redirect(f"{PUBLIC}c"),
        "/gemeente/zaken/c": redirect(f"{neighbour.root}/gemeente/klanten/d"),
        "/gemeente/klanten/d": reply(200),
    }
    answer = await make_client(rewrites=_pairs(neighbour)).get(f"{PUBLIC}a")
    assert (answer.status, answer.url) == (200, "https://klanten.example.nl/d")


async def test_credentials_are_chosen_by_the_public_url(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    service = Service(
        identifier="zaken",
        label="Zaken",
        api_root=PUBLIC,
        auth_type="api_key",
        header_key="Authorization",
        header_value="Token x",
    )
    client = make_client(service, rewrites=_pairs(neighbour))
    await client.get(f"{PUBLIC}a")
    await client.get("https://klanten.example.nl/a")
    assert neighbour.asked[0].headers["authorization"] == "Token x"
    assert neighbour.asked[0].headers["host"] == f"127.0.0.1:{neighbour.port}"
    assert "authorization" not in neighbour.asked[1].headers


@pytest.mark.parametrize(
    "url",
    [
        "{outway}/gemeente/zaken/a",
        "{outway}/",
        "{outway}/gemeente/zaken/../../admin",
    ],
)
async def test_the_outway_itself_is_no_target(
    url: str, make_client: MakeClient, neighbour: Neighbour
) -> None:
    client = make_client(rewrites=_pairs(neighbour))
    with pytest.raises(CallFailed, match="adres niet toegestaan"):
        await client.get(url.format(outway=neighbour.root))
    assert neighbour.connections == 0


@pytest.mark.parametrize("path", ["../../admin", "%2e%2e/a", "..;/a", "a/%252e%252e/b"])
async def test_there_is_no_way_out_of_a_prefix(
    path: str, make_client: MakeClient, neighbour: Neighbour
) -> None:
    client = make_client(
        rewrites=(("http://127.0.0.1/zaken/", f"{neighbour.root}/gemeente/zaken/"),)
    )
    with pytest.raises(CallFailed, match="adres niet toegestaan"):
        await client.get(f"http://127.0.0.1/zaken/{path}")
    assert neighbour.connections == 0


async def test_a_redirect_out_of_the_outway_is_checked(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/gemeente/zaken/a"] = redirect("/admin")
    with pytest.raises(CallFailed, match="adres niet toegestaan"):
        await make_client(rewrites=_pairs(neighbour)).get(f"{PUBLIC}a")
    assert len(neighbour.asked) == 1


async def test_a_failure_shows_the_public_url(make_client: MakeClient) -> None:
    client = make_client(rewrites=(("https://zaken.example.nl/", "http://127.0.0.1:1/"),))
    with pytest.raises(CallFailed, match="geen verbinding") as failed:
        await client.get("https://zaken.example.nl/a")
    assert failed.value.url == "https://zaken.example.nl/a"


@pytest.mark.parametrize(
    "pair",
    [
        ("zaken.nl", "http://outway/"),
        ("https://zaken.nl/", "ftp://outway/"),
        ("https://zaken.nl/", "http://outway"),
        ("https://a:b@zaken.nl/", "http://outway/"),
        ("https://zaken.nl/?a=/", "http://outway/"),
        ("https://zaken.nl/", "http://outway/../"),
    ],
)
def test_a_pair_that_is_none_is_told_at_once(pair: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"slash|URL|without"):
        OutgoingClient(OutgoingSettings(rewrites=(pair,)), list)


async def test_without_pairs_nothing_is_rewritten(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = reply(200, b'["https://zaken.example.nl/"]')
    client = make_client(allowed_private_networks=networks("127.0.0.1/32"))
    answer = await client.get(f"{neighbour.root}/a")
    assert answer.json() == ["https://zaken.example.nl/"]
