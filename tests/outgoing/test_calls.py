"""Calls to a neighbour that does what it should, or at least answers."""

import asyncio

import pytest

from contactmomenten.outgoing import Answer, CallFailed, Served, passed_on
from contactmomenten.outgoing.headers import request_headers
from tests.outgoing.conftest import MakeClient
from tests.outgoing.neighbour import Asked, Neighbour, networks, redirect, reply

LOOPBACK = networks("127.0.0.0/8")


async def test_an_answer_has_status_body_headers_and_json(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = reply(200, b'{"a": 1}', "X-One: 1", "Set-Cookie: a=1", "x-one: 2")
    answer = await make_client(neighbour.service()).get(f"{neighbour.root}/a")
    assert answer.status == 200
    assert answer.body == b'{"a": 1}'
    assert answer.json() == {"a": 1}
    assert answer.headers["x-one"] == "1, 2"
    assert answer.url == f"{neighbour.root}/a"


@pytest.mark.parametrize(
    "status", [200, 201, 204, 300, 304, 400, 401, 403, 404, 410, 429, 500, 503]
)
async def test_every_status_is_an_answer(
    status: int, make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = reply(status)
    client = make_client(neighbour.service())
    assert (await client.get(f"{neighbour.root}/a")).status == status
    assert (await client.post(f"{neighbour.root}/a", b"{}")).status == status


async def test_a_body_in_chunks_is_read(make_client: MakeClient, neighbour: Neighbour) -> None:
    neighbour.script["/a"] = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n3\r\n,2]\r\n0\r\n\r\n"
    )
    client = make_client(neighbour.service())
    assert (await client.get(f"{neighbour.root}/a")).json() == [1, 2]
    assert (await client.get(f"{neighbour.root}/a")).json() == [1, 2]
    assert neighbour.connections == 1


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"\xff", b'{"a"', b"NaN", b'"\xed\xa0\x80"', b"[" * 100_000]
)
def test_what_is_no_json_is_a_failure(body: bytes) -> None:
    with pytest.raises(CallFailed, match="geen JSON") as failed:
        Answer(200, body, "http://a/", {}).json()
    assert failed.value.url == "http://a/"


async def test_path_and_query_arrive_as_they_were_given(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    path = "/a%2Fb/%7e/é;x=1?zaak=https%3A%2F%2Fz.nl%2F1&b=a+b&c=\\"
    await make_client(neighbour.service()).get(neighbour.root + path + "#fragment")
    assert [asked.path for asked in neighbour.asked] == [
        "/a%2Fb/%7e/%C3%A9;x=1?zaak=https%3A%2F%2Fz.nl%2F1&b=a+b&c=%5C"
    ]


async def test_the_headers_are_ours_and_those_given(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    await make_client(neighbour.service()).get(
        f"{neighbour.root}/a", headers={"Accept-Crs": "EPSG:4326", "Cookie": "a=1", "Host": "b"}
    )
    assert neighbour.asked[0].headers == {
        "host": f"127.0.0.1:{neighbour.port}",
        "accept": "application/json",
        "accept-crs": "EPSG:4326",
        "accept-encoding": "identity",
        "user-agent": "contactmomenten",
    }


async def test_a_post_sends_its_json(make_client: MakeClient, neighbour: Neighbour) -> None:
    neighbour.script["/a"] = reply(201, b"{}")
    answer = await make_client(neighbour.service()).post(
        f"{neighbour.root}/a", b'{"b": "\xc3\xa9"}'
    )
    assert answer.status == 201
    asked = neighbour.asked[0]
    assert (asked.method, asked.body) == ("POST", b'{"b": "\xc3\xa9"}')
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["content-length"] == "11"


async def test_a_redirect_of_a_post_is_an_answer(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = redirect("/b", 307)
    answer = await make_client(neighbour.service()).post(f"{neighbour.root}/a", b"{}")
    assert (answer.status, answer.headers["location"]) == (307, "/b")
    assert len(neighbour.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/b?c", "b?c", "//{host}/b?c", "http://{host}/b?c#d", "?c"])
async def test_a_redirect_is_followed(
    status: int, location: str, make_client: MakeClient, neighbour: Neighbour
) -> None:
    where = location.format(host=f"127.0.0.1:{neighbour.port}")
    neighbour.script = {"/a": redirect(where, status), "/b": reply(200)}
    if location == "?c":
        neighbour.script["/a"] = _redirect_once
    answer = await make_client(neighbour.service()).get(f"{neighbour.root}/a")
    assert answer.status == 200
    assert answer.url.split("#")[0].endswith("?c")


async def _redirect_once(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(200) if "?" in asked.path else redirect("?c"))


async def test_a_redirect_may_end_in_an_error(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = redirect("/b", 301)
    assert (await make_client(neighbour.service()).get(f"{neighbour.root}/a")).status == 404


async def test_a_redirect_without_location_is_an_answer(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = reply(302)
    assert (await make_client(neighbour.service()).get(f"{neighbour.root}/a")).status == 302


@pytest.mark.parametrize(("hops", "fails"), [(5, False), (6, True)])
async def test_at_most_five_redirects_are_followed(
    hops: int, fails: object, make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script = {f"/{n}": redirect(f"/{n + 1}") for n in range(hops)}
    neighbour.script[f"/{hops}"] = reply(200)
    client = make_client(neighbour.service())
    if fails:
        with pytest.raises(CallFailed, match="te veel redirects"):
            await client.get(f"{neighbour.root}/0")
        assert len(neighbour.asked) == 6
    else:
        assert (await client.get(f"{neighbour.root}/0")).status == 200


async def test_a_redirect_loop_ends(make_client: MakeClient, neighbour: Neighbour) -> None:
    neighbour.script = {"/a": redirect("/b"), "/b": redirect("/a")}
    with pytest.raises(CallFailed, match="te veel redirects"):
        await make_client(neighbour.service()).get(f"{neighbour.root}/a")
    assert len(neighbour.asked) == 6


@pytest.mark.parametrize(
    "location", ["http://[", "http://a b/", "b c", "/b\tc", "http://a:b/", "http:///x"]
)
async def test_a_redirect_to_no_url_is_a_failure(
    location: str, make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = redirect(location)
    with pytest.raises(CallFailed, match="ongeldige URL"):
        await make_client(neighbour.service()).get(f"{neighbour.root}/a")


async def test_an_allowed_private_network_may_be_called(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = reply(200)
    client = make_client(allowed_private_networks=LOOPBACK)
    assert (await client.get(f"{neighbour.root}/a")).status == 200
    with pytest.raises(CallFailed, match="adres niet toegestaan"):
        await client.get(f"http://[::1]:{neighbour.port}/a")


async def test_a_user_in_the_url_is_not_sent_nor_shown(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = reply(200)
    client = make_client(allowed_private_networks=LOOPBACK)
    answer = await client.get(f"http://jan:geheim@127.0.0.1:{neighbour.port}/a")
    assert "authorization" not in neighbour.asked[0].headers
    assert answer.url == f"http://127.0.0.1:{neighbour.port}/a"
    with pytest.raises(CallFailed) as failed:
        await client.get("http://jan:geheim@10.0.0.1/a")
    assert failed.value.url == "http://10.0.0.1/a"


async def test_transaction_headers_are_passed_on_and_nothing_else(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    incoming = {
        b"Fsc-Transaction-Id": b"0194-f",
        b"traceparent": b"00-4bf92f-00f067-01",
        b"x-nlx-logrecord-id": b"",
        b"x-nlx-request-id": b"r1",
        b"x-nlx-request-user-id": b"jan",
        b"tracestate": b"a=1\r\nX-Injected: 1",
        b"x-request-id": b"a" * 2000,
        b"x-correlation-id": b"caf\xe9",
        b"authorization": b"Bearer x",
        b"cookie": b"a=1",
    }
    picked = passed_on(incoming)
    assert picked == {
        "fsc-transaction-id": "0194-f",
        "traceparent": "00-4bf92f-00f067-01",
        "x-nlx-request-id": "r1",
        "x-nlx-request-user-id": "jan",
    }
    client = make_client(neighbour.service("/api/"), allowed_private_networks=LOOPBACK)
    await client.get(f"{neighbour.root}/api/a", served=Served("1", picked))
    await client.get(f"{neighbour.root}/elders", served=Served("1", picked))
    service, elsewhere = [asked.headers for asked in neighbour.asked]
    assert picked.items() <= service.items()
    assert "x-nlx-request-user-id" not in elsewhere
    assert elsewhere["fsc-transaction-id"] == "0194-f"


def test_a_header_that_was_made_up_is_not_passed_on() -> None:
    served = Served("1", {"Authorization": "Bearer x", "traceparent": "a\r\nb: c", "Host": "x"})
    assert set(request_headers({}, served, None, trusted=True)) == {
        "accept",
        "accept-encoding",
        "user-agent",
    }


@pytest.mark.parametrize("header", [("a b", "c"), ("a", "b\r\nc: d"), ("a", ""), ("a", "é")])
async def test_a_caller_cannot_give_what_is_no_header(
    header: tuple[str, str], make_client: MakeClient, neighbour: Neighbour
) -> None:
    with pytest.raises(ValueError, match="no header"):
        await make_client(neighbour.service()).get(f"{neighbour.root}/a", headers=dict([header]))


async def test_proxies_of_the_environment_are_not_used(
    make_client: MakeClient, neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    neighbour.script["/a"] = reply(200)
    assert (await make_client(neighbour.service()).get(f"{neighbour.root}/a")).status == 200
