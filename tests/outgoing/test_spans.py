"""Each call is a span, however it ends, and what it sends belongs to that span's trace."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

import pytest

from contactmomenten.outgoing import CallFailed, OutgoingClient, OutgoingSettings, Served
from contactmomenten.outgoing.failures import GIVEN_UP, NO_CONNECTION
from tests.blackbox.support.program import free_port
from tests.outgoing.neighbour import Asked, Neighbour, redirect, reply

if TYPE_CHECKING:
    from contactmomenten.tracing import Tracing

OURS = {"traceparent": "00-ours"}
THEIRS = {"traceparent": "00-theirs", "tracestate": "theirs=1", "x-request-id": "r"}


class Spans:
    """Keeps which spans were made, and how they ended."""

    def __init__(self) -> None:
        self.made: list[tuple[object, ...]] = []
        self.headers: Mapping[str, str] = OURS

    @contextmanager
    def call(self, method: str, service: str | None, host: str, port: int) -> Iterator["Spans"]:
        self._now = (method, service, host, port)
        yield self

    def ended(self, *, status: int | None, reason: str | None) -> None:
        self.made.append((*self._now, status, reason))


def client(spans: Spans, neighbour: Neighbour) -> OutgoingClient:
    service = neighbour.service()
    return OutgoingClient(OutgoingSettings(), lambda: (service,), tracing=cast("Tracing", spans))


async def test_each_hop_is_one_that_sends_its_own_trace(neighbour: Neighbour) -> None:
    neighbour.script["/a"] = redirect("/b")
    neighbour.script["/b"] = reply(200, b"{}")
    spans = Spans()
    calling = client(spans, neighbour)
    await calling.get(f"{neighbour.root}/a", served=Served("r", THEIRS))
    await calling.aclose()
    at = ("GET", "buur", "127.0.0.1", neighbour.port)
    assert spans.made == [(*at, 302, None), (*at, 200, None)]
    for asked in neighbour.asked:
        assert asked.headers["traceparent"] == "00-ours"
        assert "tracestate" not in asked.headers
        assert asked.headers["x-request-id"] == "r"


async def test_a_call_that_fails_or_is_given_up_tells_why(neighbour: Neighbour) -> None:
    arrived = asyncio.Event()

    async def stall(asked: Asked, _: asyncio.StreamWriter) -> None:
        arrived.set()
        await asked.reader.read()

    neighbour.script["/stil"] = stall
    spans = Spans()
    calling = client(spans, neighbour)
    task = asyncio.create_task(calling.get(f"{neighbour.root}/stil"))
    await arrived.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    away = Neighbour(port=free_port())
    with pytest.raises(CallFailed):
        await client(spans, away).get(f"{away.root}/x")
    await calling.aclose()
    assert spans.made == [
        ("GET", "buur", "127.0.0.1", neighbour.port, None, GIVEN_UP),
        ("GET", "buur", "127.0.0.1", away.port, None, NO_CONNECTION),
    ]
