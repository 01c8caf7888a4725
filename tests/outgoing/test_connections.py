"""Connections are shared, limited by host, and never left behind."""

import asyncio
import gc

import pytest
import uvloop

from contactmomenten.outgoing import CallFailed, OutgoingClient, OutgoingSettings
from tests.outgoing.conftest import MakeClient
from tests.outgoing.misbehaviour import all_closed, drip, hang_up, silent, takes
from tests.outgoing.neighbour import Asked, Neighbour, Script, reply, running
from tests.waiting import eventually


async def test_a_dead_neighbour_does_not_use_up_the_others(
    make_client: MakeClient, neighbour: Neighbour, other: Neighbour
) -> None:
    neighbour.script["/a"] = silent
    other.script["/b"] = reply(200)
    client = make_client(
        neighbour.service(), other.service(), max_connections_per_host=3, timeout=3
    )
    dead = [asyncio.create_task(client.get(f"{neighbour.root}/a")) for _ in range(200)]
    await eventually(lambda: neighbour.open == 3)
    with takes(0, 2):
        answers = await asyncio.gather(*[client.get(f"{other.root}/b") for _ in range(50)])
    assert {answer.status for answer in answers} == {200}
    assert other.most_open <= 3
    results = await asyncio.gather(*dead, return_exceptions=True)
    assert {str(result) for result in results} == {"time-out"}
    await all_closed(neighbour)
    # and it comes back by itself
    neighbour.script["/a"] = reply(200)
    assert (await client.get(f"{neighbour.root}/a")).status == 200
    assert client._connections._hosts == {}


async def test_a_cancelled_call_leaves_nothing_behind(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script = {"/a": drip, "/b": reply(200)}
    client = make_client(neighbour.service(), max_connections_per_host=2)
    for round_ in range(60):
        calls = [asyncio.create_task(client.get(f"{neighbour.root}/a")) for _ in range(4)]
        await asyncio.sleep(round_ / 10_000)
        for call in calls:
            call.cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(result) for result in results} == {asyncio.CancelledError}
    await all_closed(neighbour)
    assert client._connections._hosts == {}
    assert client._connections._idle == {}
    answers = await asyncio.gather(*[client.get(f"{neighbour.root}/b") for _ in range(10)])
    assert {answer.status for answer in answers} == {200}
    gc.collect()  # an unclosed transport would warn, and warnings are errors


async def test_connections_are_kept_and_shared(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/a"] = reply(200, b"[]")
    client = make_client(neighbour.service())
    for _ in range(20):
        await client.get(f"{neighbour.root}/a")
        await client.post(f"{neighbour.root}/a", b"{}")
    assert neighbour.connections == 1
    await client.aclose()
    await all_closed(neighbour)
    assert (await client.get(f"{neighbour.root}/a")).status == 200
    await all_closed(neighbour)


async def test_what_the_neighbour_said_too_much_is_not_the_next_answer(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script = {"/a": reply(200, b"1") + reply(200, b"2"), "/b": reply(200, b"3")}
    client = make_client(neighbour.service())
    assert (await client.get(f"{neighbour.root}/a")).json() == 1
    assert (await client.get(f"{neighbour.root}/b")).json() == 3
    assert neighbour.connections == 2
    assert len(client._connections._idle) == 1


def test_the_same_holds_on_the_loop_of_the_server() -> None:
    async def scenario() -> None:
        async with running("127.0.0.6") as one:
            one.script = {"/a": reply(200, b"1") + reply(200, b"2"), "/b": reply(200, b"3")}
            one.script["/c"] = hang_up
            client = OutgoingClient(OutgoingSettings(timeout=2), lambda: [one.service()])
            for _ in range(3):
                assert (await client.get(f"{one.root}/a")).json() == 1
                assert (await client.get(f"{one.root}/b")).json() == 3
                with pytest.raises(CallFailed):
                    await client.get(f"{one.root}/c")
            await client.get(f"{one.root}/b")
            await client.aclose()
            await all_closed(one)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())


async def test_few_idle_connections_are_kept(make_client: MakeClient) -> None:
    async with running("127.0.0.5") as one:
        one.script["/"] = reply(200)
        client = make_client(one.service(), max_connections_per_host=150)
        await asyncio.gather(*[client.get(f"{one.root}/") for _ in range(150)])
        assert len(client._connections._idle) <= 100
        await client.aclose()
        await all_closed(one)


async def test_a_get_survives_a_connection_that_the_other_side_closed(
    make_client: MakeClient, neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    _race(monkeypatch)
    neighbour.script["/a"] = reply(200)
    client = make_client(neighbour.service())
    await client.get(f"{neighbour.root}/a")
    neighbour.script["/b"] = _once_gone(neighbour)
    assert (await client.get(f"{neighbour.root}/b")).status == 200
    assert neighbour.connections == 2


async def test_a_connection_that_was_seen_to_be_closed_is_not_used_for_a_post(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    async def once(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(200))
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.close()

    neighbour.script["/a"] = once
    client = make_client(neighbour.service())
    for _ in range(3):
        assert (await client.post(f"{neighbour.root}/a", b"{}")).status == 200
        await all_closed(neighbour)
    assert neighbour.connections == 3


async def test_a_get_is_not_tried_a_third_time(
    make_client: MakeClient, neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    _race(monkeypatch)
    neighbour.script = {"/a": reply(200), "/b": hang_up}
    client = make_client(neighbour.service())
    await client.get(f"{neighbour.root}/a")
    with pytest.raises(CallFailed, match="ongeldig antwoord"):
        await client.get(f"{neighbour.root}/b")
    assert [asked.path for asked in neighbour.asked] == ["/a", "/b", "/b"]


async def test_a_post_is_never_sent_twice(
    make_client: MakeClient, neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    _race(monkeypatch)
    neighbour.script = {"/a": reply(200), "/b": _once_gone(neighbour)}
    client = make_client(neighbour.service())
    await client.get(f"{neighbour.root}/a")
    with pytest.raises(CallFailed):
        await client.post(f"{neighbour.root}/b", b"{}")
    assert [asked.path for asked in neighbour.asked] == ["/a", "/b"]


def _race(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the other side close just after we looked."""
    monkeypatch.setattr("httpcore.AsyncHTTP11Connection.has_expired", lambda _: False)


def _once_gone(neighbour: Neighbour) -> Script:
    """Hang up on the connection that was kept, and answer on the next."""

    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if neighbour.connections == 1:
            writer.close()
        else:
            writer.write(reply(200))

    return script
