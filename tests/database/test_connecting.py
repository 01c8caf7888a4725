import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import asyncpg
import pytest

from contactmomenten.database import connecting
from contactmomenten.database.connecting import Connector
from contactmomenten.database.connection import Address, ConnectionInfo
from contactmomenten.database.pool import Connection

NOBODY = ("127.0.0.1", 1)


@pytest.fixture
def hole(monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    """Listen, and never say anything: a machine that hangs."""
    monkeypatch.setattr(connecting, "_SECONDS_EACH", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


def several(info: ConnectionInfo, *before: Address) -> ConnectionInfo:
    """Return `info` with these hosts before its own."""
    (host, port), *others = before
    return replace(info, host=host, port=port, others=(*others, (info.host, info.port)))


async def seconds_of(connector: Connector) -> float:
    """Return how long it takes to connect."""
    begun = time.monotonic()
    connection = await connector(timeout=10)
    await connection.close()
    return time.monotonic() - begun


async def test_a_host_that_hangs_leaves_time_for_the_next_and_is_not_tried_first_again(
    info: ConnectionInfo, hole: Address
) -> None:
    connector = Connector(several(info, hole))
    assert 1 <= await seconds_of(connector) < 3
    assert await seconds_of(connector) < 0.9


async def test_where_a_standby_is_preferred_it_is_always_tried_first(
    info: ConnectionInfo, hole: Address
) -> None:
    connector = Connector(several(info, hole).wanting("prefer-standby"))
    for _ in range(2):
        assert 0.5 <= await seconds_of(connector) < 3


async def test_a_host_that_takes_no_writes_is_passed_over(
    info: ConnectionInfo, connection: Connection
) -> None:
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    both = several(info, NOBODY)
    await seconds_of(Connector(both))
    with pytest.raises(ConnectionRefusedError):  # not that the other one only reads
        await Connector(both.wanting("read-write"))()
    with pytest.raises(asyncpg.TargetServerAttributeNotMatched):
        await Connector(info.wanting("read-write"))()
