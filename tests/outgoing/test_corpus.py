"""No target of the corpus is ever connected to, directly or by a redirect."""

import socket
import time
from collections.abc import Iterator

import pytest

from contactmomenten.outgoing import CallFailed, OutgoingClient, OutgoingSettings
from tests.outgoing.conftest import MakeClient, Names
from tests.outgoing.corpus import CORPUS, LOCATIONS
from tests.outgoing.neighbour import Neighbour, networks, redirect, reply, running


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    """Listen on every address of this machine; whoever connects is caught."""
    with socket.create_server(
        ("::", 0), family=socket.AF_INET6, dualstack_ipv6=True, backlog=100
    ) as server:
        server.settimeout(0)
        yield server


@pytest.fixture(scope="module")
def client() -> OutgoingClient:
    """Return a client without services; it never connects, so there is nothing to close."""
    return OutgoingClient(OutgoingSettings(timeout=2.0), list)


@pytest.fixture
def inside(resolver: Names) -> Names:
    for name in ("localhost", "localhost.", "localhost.localdomain", "127.0.0.1.nip.io"):
        resolver[name] = [["127.0.0.1", "::1"]]
    resolver["inside.example.nl"] = resolver["inside.example.nl."] = [["127.0.0.1", "10.1.2.3"]]
    resolver["inside6.example.nl"] = [["::1", "fd00::2", "fe80::1%1"]]
    resolver["mapped.example.nl"] = [["::ffff:127.0.0.1"]]
    resolver["metadata.google.internal"] = [["169.254.169.254"]]
    resolver["public.example.nl"] = [["127.0.0.9"]]  # must not be asked for either
    return resolver


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) == len(set(CORPUS)) >= 150


@pytest.mark.parametrize("target", CORPUS)
async def test_no_connection_is_made(
    target: str,
    client: OutgoingClient,
    inside: Names,
    canary: socket.socket,
    dialled: list[str],
) -> None:
    url = target.format(p=canary.getsockname()[1])
    started = time.monotonic()
    with pytest.raises(CallFailed) as failed:
        await client.get(url)
    assert time.monotonic() - started < 2
    assert failed.value.reason in {
        "adres niet toegestaan",
        "schema niet toegestaan",
        "naam onbekend",
        "ongeldige URL",
    }
    assert "user:" not in failed.value.url
    assert dialled == []
    with pytest.raises(BlockingIOError):
        canary.accept()


@pytest.mark.parametrize("target", CORPUS)
async def test_nothing_is_posted_either(
    target: str, client: OutgoingClient, inside: Names, dialled: list[str]
) -> None:
    with pytest.raises(CallFailed):
        await client.post(target.format(p=8000), b"{}")
    assert dialled == []


@pytest.mark.parametrize("location", LOCATIONS)
async def test_a_redirect_does_not_lead_inside(
    location: str,
    make_client: MakeClient,
    neighbour: Neighbour,
    inside: Names,
    canary: socket.socket,
) -> None:
    where = location.format(p=canary.getsockname()[1])
    neighbour.script["/api/away"] = redirect(where)
    client = make_client(neighbour.service("/api/"), timeout=2.0)
    with pytest.raises(CallFailed) as failed:
        await client.get(f"{neighbour.root}/api/away")
    assert failed.value.reason != "time-out"
    assert [asked.path for asked in neighbour.asked] == ["/api/away"]
    with pytest.raises(BlockingIOError):
        canary.accept()


async def test_a_redirect_out_of_the_service_on_its_own_host_is_checked(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/api/away"] = redirect("/admin")
    client = make_client(neighbour.service("/api/"))
    with pytest.raises(CallFailed, match="adres niet toegestaan") as failed:
        await client.get(f"{neighbour.root}/api/away")
    assert failed.value.url == f"{neighbour.root}/admin"
    assert len(neighbour.asked) == 1


async def test_the_own_addresses_of_this_machine_are_refused(
    make_client: MakeClient, resolver: Names, monkeypatch: pytest.MonkeyPatch, dialled: list[str]
) -> None:
    # No test machine has a public address; so let loopback, which it has, pass for public.
    monkeypatch.setattr("contactmomenten.outgoing.addresses.is_public", lambda _: True)
    resolver["self.example.nl"] = [["127.0.0.1", "::1", "127.8.8.8"]]
    with pytest.raises(CallFailed, match="adres niet toegestaan"):
        await make_client().get("http://self.example.nl/")
    assert dialled == []


async def test_a_name_is_resolved_once_and_the_connection_is_to_that_address(
    make_client: MakeClient, resolver: Names, dialled: list[str]
) -> None:
    resolver["rebind.example.nl"] = [["127.0.0.3"], ["127.0.0.1"]]
    async with running("127.0.0.3") as good, running("127.0.0.1", port=good.port) as bad:
        good.script = {"/": redirect("/again"), "/again": reply(200)}
        client = make_client(allowed_private_networks=networks("127.0.0.3/32"))
        answer = await client.get(f"http://rebind.example.nl:{good.port}/again")
        assert answer.status == 200
        assert good.asked[0].headers["host"] == f"rebind.example.nl:{good.port}"
        assert resolver.looked_up == ["rebind.example.nl"]
        assert dialled == ["127.0.0.3"]
        # The redirect closes the connection, so the next hop asks again, and gets the wrong one.
        with pytest.raises(CallFailed, match="adres niet toegestaan"):
            await client.get(f"http://rebind.example.nl:{good.port}/")
        assert bad.connections == 0


async def test_of_a_name_with_several_addresses_only_the_permitted_are_used(
    make_client: MakeClient, resolver: Names, dialled: list[str]
) -> None:
    resolver["mixed.example.nl"] = [["10.0.0.1", "127.0.0.4", "169.254.169.254"]]
    async with running("127.0.0.4") as good:
        good.script["/"] = reply(200)
        client = make_client(allowed_private_networks=networks("127.0.0.4/32"))
        assert (await client.get(f"http://mixed.example.nl:{good.port}/")).status == 200
        assert dialled == ["127.0.0.4"]
