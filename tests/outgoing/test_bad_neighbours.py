"""Neighbours that are slow, dead or lying, and what a call costs then."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from contactmomenten.outgoing import CallFailed
from tests.outgoing.conftest import MakeClient
from tests.outgoing.misbehaviour import all_closed, drip, hang_up, silent, takes
from tests.outgoing.neighbour import Asked, Neighbour, Script, redirect, reply


@contextmanager
def _dead() -> Iterator[str]:
    """Run a host that never answers to a connection attempt: its queue of those is full."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.settimeout(0)
            with suppress(BlockingIOError):
                one.connect(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        for one in waiting:
            one.close()


async def _drip_of_headers(asked: Asked, writer: asyncio.StreamWriter) -> None:
    for letter in b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 10_000:
        writer.write(bytes([letter]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def _endless_body(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        writer.write(b" " * 65536)
        await writer.drain()


async def _endless_chunks(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
        await writer.drain()


async def _endless_headers(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: b\r\n" * 1000)
        await writer.drain()


async def _endless_redirect(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 OK\r\nLocation: /good\r\n\r\n")
    while True:
        writer.write(b" " * 65536)
        await writer.drain()


async def _only_preliminaries(asked: Asked, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.001)


async def _hang_up_halfway(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("script", [silent, drip, _drip_of_headers, _only_preliminaries])
async def test_the_whole_call_is_limited_in_time(
    script: Script, make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = script
    with takes(0.3, 2), pytest.raises(CallFailed, match="time-out") as failed:
        await make_client(neighbour.service(), timeout=0.3).get(f"{neighbour.root}/a")
    assert failed.value.url == f"{neighbour.root}/a"
    await all_closed(neighbour)


async def test_redirects_share_the_time(make_client: MakeClient, neighbour: Neighbour) -> None:
    async def slow(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        writer.write(redirect("/a"))

    neighbour.script["/a"] = slow
    with takes(0.4, 2), pytest.raises(CallFailed, match="time-out"):
        await make_client(neighbour.service(), timeout=0.4).get(f"{neighbour.root}/a")


async def test_a_dead_host_is_given_up_early(make_client: MakeClient) -> None:
    with _dead() as root, takes(0.2, 2):
        service = Neighbour(port=int(root.rsplit(":", 1)[1])).service()
        client = make_client(service, connect_timeout=0.2)
        with pytest.raises(CallFailed, match="time-out"):
            await client.get(f"{root}/a")


async def test_a_closed_port_is_no_connection(make_client: MakeClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    service = Neighbour(port=port).service()
    with takes(0, 2), pytest.raises(CallFailed, match="geen verbinding"):
        await make_client(service).get(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("script", [_endless_body, _endless_chunks])
async def test_an_endless_answer_is_cut(
    script: Script, make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = script
    with takes(0, 2), pytest.raises(CallFailed, match="antwoord te groot"):
        await make_client(neighbour.service()).get(f"{neighbour.root}/a")
    await all_closed(neighbour)


@pytest.mark.parametrize(("size", "fails"), [(1000, False), (1001, True)])
async def test_the_largest_answer_is_exact(
    size: int, fails: object, make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/sized"] = reply(200, b"1" * size)
    neighbour.script["/unsized"] = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"1" * size

    async def unsized(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"1" * size)
        await writer.drain()
        writer.close()

    neighbour.script["/unsized"] = unsized
    client = make_client(neighbour.service(), max_answer=1000)
    for path in ("/sized", "/unsized"):
        if fails:
            with pytest.raises(CallFailed, match="antwoord te groot"):
                await client.get(neighbour.root + path)
        else:
            assert len((await client.get(neighbour.root + path)).body) == size


async def test_a_compressed_answer_is_not_unpacked(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = reply(200, b"\x1f\x8b\x08", "Content-Encoding: gzip")
    answer = await make_client(neighbour.service()).get(f"{neighbour.root}/a")
    assert answer.body == b"\x1f\x8b\x08"
    with pytest.raises(CallFailed, match="geen JSON"):
        answer.json()


async def test_endless_headers_are_no_answer(make_client: MakeClient, neighbour: Neighbour) -> None:
    neighbour.script["/a"] = _endless_headers
    with takes(0, 2), pytest.raises(CallFailed, match="ongeldig antwoord"):
        await make_client(neighbour.service()).get(f"{neighbour.root}/a")
    await all_closed(neighbour)


async def test_the_body_of_a_redirect_is_not_read(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script = {"/a": _endless_redirect, "/good": reply(200)}
    with takes(0, 2):
        assert (await make_client(neighbour.service()).get(f"{neighbour.root}/a")).status == 200


@pytest.mark.parametrize(
    "script",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",
        b"\x00" * 10,
        hang_up,
        _hang_up_halfway,
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_is_not_http_is_no_answer(
    script: Script, method: str, make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = script
    client = make_client(neighbour.service())
    call = (
        client.get(f"{neighbour.root}/a")
        if method == "GET"
        else client.post(f"{neighbour.root}/a", b"{}")
    )
    with takes(0, 2), pytest.raises(CallFailed, match="ongeldig antwoord"):
        await call
    assert len(neighbour.asked) == 1
    await all_closed(neighbour)
