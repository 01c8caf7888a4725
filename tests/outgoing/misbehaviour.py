"""How neighbours misbehave, and what that may cost."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.outgoing.neighbour import Asked, Neighbour
from tests.waiting import eventually


@contextmanager
def takes(least: float, most: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert least <= time.monotonic() - started < most


async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
    await asked.reader.read()
    writer.close()


async def drip(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def hang_up(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def all_closed(neighbour: Neighbour) -> None:
    await eventually(lambda: neighbour.open == 0, seconds=1)
