"""Resolving names takes its own time, and nobody else's."""

import asyncio
import socket
import threading
import time

import pytest

from contactmomenten.outgoing import CallFailed, names
from tests.outgoing.conftest import MakeClient, Names
from tests.outgoing.neighbour import Neighbour, networks, reply
from tests.waiting import eventually


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch, resolver: Names) -> threading.Event:
    """Let lookups of names under traag.nl wait for this event; the rest is as with `resolver`."""
    go_on = threading.Event()

    def getaddrinfo(name: str, port: object, **kinds: int) -> object:
        if name.endswith("traag.nl"):
            go_on.wait(10)
            raise socket.gaierror
        return resolver.getaddrinfo(name, port, **kinds)

    monkeypatch.setattr(names, "getaddrinfo", getaddrinfo)
    return go_on


@pytest.mark.parametrize("error", [socket.gaierror(), OSError(), UnicodeError("label too long")])
async def test_an_unknown_name_is_told(
    error: Exception, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def getaddrinfo(*_: object, **__: object) -> object:
        raise error

    monkeypatch.setattr(names, "getaddrinfo", getaddrinfo)
    with pytest.raises(CallFailed, match="naam onbekend"):
        await make_client().get("http://onbekend.example.nl/")


async def test_a_name_without_addresses_is_unknown(
    make_client: MakeClient, resolver: Names
) -> None:
    resolver["leeg.example.nl"] = [[]]
    with pytest.raises(CallFailed, match="naam onbekend"):
        await make_client().get("http://leeg.example.nl/")


@pytest.mark.quiet
async def test_names_that_hang_cost_no_more_than_the_time_limit_nor_the_services_anything(
    make_client: MakeClient, neighbour: Neighbour, hanging: threading.Event, resolver: Names
) -> None:
    resolver["buur.example.nl"] = [["127.0.0.1"]]
    neighbour.host = "buur.example.nl"
    neighbour.script["/a"] = reply(200)
    client = make_client(neighbour.service(), timeout=1.5)
    slow = [asyncio.create_task(client.get(f"http://{n}.traag.nl/")) for n in range(100)]
    await eventually(
        lambda: sum(one.name == "outgoing-names" for one in threading.enumerate()) == 16
    )
    started = time.monotonic()
    assert (await client.get(f"{neighbour.root}/a")).status == 200
    assert time.monotonic() - started < 1
    results = await asyncio.gather(*slow, return_exceptions=True)
    assert {str(result) for result in results} == {"time-out"}
    # While the threads hang nothing more can be looked up for others; afterwards it can.
    hanging.set()
    resolver["kwaad.example.nl"] = [["10.0.0.1"]]
    with pytest.raises(CallFailed, match="adres niet toegestaan"):
        await client.get("http://kwaad.example.nl/")


async def test_each_address_of_a_name_gets_its_chance(
    make_client: MakeClient, neighbour: Neighbour, resolver: Names, dialled: list[str]
) -> None:
    resolver["buur.example.nl"] = [["127.0.0.7", "127.0.0.6", "127.0.0.1"]]
    neighbour.script["/a"] = reply(200)
    client = make_client(allowed_private_networks=networks("127.0.0.0/8"))
    answer = await client.get(f"http://buur.example.nl:{neighbour.port}/a")
    assert answer.status == 200
    assert dialled == ["127.0.0.7", "127.0.0.6", "127.0.0.1"]
