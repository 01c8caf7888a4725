"""The floor: a bare ASGI program with the same server, driver and SQL, and nothing else.

It knows three requests (read by uuid, first page, create), checks nothing, and uses the same
techniques as the program: reads and creates that wait go to the database together. What the
program costs more than this is the price of what it does more.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID, uuid4

import asyncpg
import click
import jwt
import msgspec
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from benchmarks import floor_sql
from benchmarks.http import API_PATH
from contactmomenten.database.connecting import PLANNING, SESSION
from contactmomenten.database.pool import Connection, Pool, Record
from contactmomenten.http.body import Receive
from contactmomenten.http.request import Scope, Send

T = TypeVar("T")
R = TypeVar("R")

# By the environment the workers hear what to use, as JSON; see `Floor`.
SETTINGS: Final = "BENCHMARK_FLOOR"
CLIENT_ID: Final = "benchmark"
APPLICATION_NAME: Final = "benchmark-floor"

_LIST: Final = f"{API_PATH}/contactmomenten"
_ONE: Final = f"{_LIST}/"
_MOST: Final = 64  # in one statement
_CONNECTIONS: Final = 10
_ROOT: Final = b"\x01"


class Floor(msgspec.Struct, frozen=True):
    """What a worker must know: arguments of asyncpg.connect, the root of its URLs, the secret."""

    connect: dict[str, Any]
    root: str
    secret: str


class Together(Generic[T, R]):
    """Does for all that wait, in one go, what `run` does for a group."""

    def __init__(self, run: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        """Use `run`."""
        self._run = run
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._working: asyncio.Task[None] | None = None

    def ask(self, item: T) -> "asyncio.Future[R]":
        """Return what will hold the outcome for `item`."""
        outcome: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, outcome))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return outcome

    async def _work(self) -> None:
        while self._waiting:
            group = self._waiting[:_MOST]
            del self._waiting[:_MOST]
            found = await self._run([item for item, _ in group])
            for (_, outcome), result in zip(group, found, strict=True):
                outcome.set_result(result)
        self._working = None


class Application:
    """The floor, in one worker."""

    def __init__(self) -> None:
        """Open nothing before the server says so."""
        self._pool: Pool
        self._settings: Floor
        self._root = b""
        self._first_page = ""
        self._known: set[bytes] = set()
        self._reads = Together(self._read_all)
        self._creates = Together(self._insert_all)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or follow the server through its life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        self._check(scope)
        path: str = scope["path"]
        if scope["method"] == "POST":
            await _answer(send, 201, await self._create(await _body(receive)))
        elif path.startswith(_ONE):
            await _answer(send, 200, await self._reads.ask(UUID(path[len(_ONE) :])))
        else:
            await _answer(send, 200, await self._list())

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._settings = msgspec.json.decode(os.environ[SETTINGS], type=Floor)
        self._root = self._settings.root.encode()
        self._first_page = await asyncio.to_thread(floor_sql.first_page_sql)
        self._pool = await asyncpg.create_pool(
            **self._settings.connect,
            min_size=1,
            max_size=_CONNECTIONS,
            max_inactive_connection_lifetime=0,
            reset=_keep,
            server_settings=SESSION | PLANNING | {"application_name": APPLICATION_NAME},
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _check(self, scope: Scope) -> None:
        """Verify the token once and remember it."""
        token = next(value for name, value in scope["headers"] if name == b"authorization")
        if token not in self._known:
            jwt.decode(token[len(b"Bearer ") :], self._settings.secret, algorithms=["HS256"])
            self._known.add(token)

    async def _read_all(self, uuids: Sequence[UUID]) -> Sequence[bytes]:
        rows = await self._pool.fetch(floor_sql.READ, uuids)
        found = {row["uuid"]: row["json"] for row in rows}
        return [found[uuid].replace(_ROOT, self._root) for uuid in uuids]

    async def _list(self) -> bytes:
        row: Record | None = await self._pool.fetchrow(self._first_page)
        assert row is not None
        following = b'"%s/contactmomenten?page=2"' % self._root
        rows = row["rijen"].replace(_ROOT, self._root)
        return b'{"count":%d,"next":%s,"previous":null,"results":[%s]}' % (
            row["aantal"],
            following,
            rows,
        )

    async def _create(self, body: bytes) -> bytes:
        given = msgspec.json.decode(body)
        uuid, now = uuid4(), datetime.now(UTC)
        url = f"{self._settings.root}/contactmomenten/{uuid}"
        identificatie = given["medewerkerIdentificatie"]
        nieuw = msgspec.json.encode(
            {
                "url": url,
                "vorigContactmoment": None,
                "volgendContactmoment": None,
                "bronorganisatie": given["bronorganisatie"],
                "registratiedatum": now,
                "kanaal": given["kanaal"],
                "voorkeurskanaal": given["voorkeurskanaal"],
                "voorkeurstaal": given["voorkeurstaal"],
                "tekst": given["tekst"],
                "onderwerpLinks": given["onderwerpLinks"],
                "initiatiefnemer": given["initiatiefnemer"],
                "medewerker": "",
                "medewerkerIdentificatie": identificatie,
            }
        )
        bericht = {
            "kanaal": "contactmomenten",
            "hoofdObject": url,
            "resource": "contactmoment",
            "resourceUrl": url,
            "actie": "create",
            "aanmaakdatum": now,
            "kenmerken": {name: given[name] for name in ("bronorganisatie", "kanaal")},
        }
        values = (
            uuid,
            given["bronorganisatie"],
            now,
            given["kanaal"],
            given["voorkeurskanaal"],
            given["voorkeurstaal"],
            given["tekst"],
            "{" + ",".join(f'"{link}"' for link in given["onderwerpLinks"]) + "}",
            given["initiatiefnemer"],
            "",
            msgspec.json.encode(identificatie).decode(),
            None,
            uuid4(),
            CLIENT_ID,
            CLIENT_ID,
            "",
            "",
            "",
            "",
            url,
            f"{given['bronorganisatie']}  at {now} via {given['kanaal']}",
            nieuw.decode(),
            msgspec.json.encode(bericht).decode(),
        )
        await self._creates.ask(values)
        return nieuw

    async def _insert_all(self, rows: Sequence[Sequence[object]]) -> Sequence[None]:
        await self._pool.execute(floor_sql.INSERT, *zip(*rows, strict=True))
        return [None] * len(rows)


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _keep(_connection: Connection) -> None:
    """Leave a released connection as it is."""


application = Application()


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--workers", type=int, required=True)
def main(port: int, workers: int) -> None:
    """Serve the floor, with the options of `contactmomenten.server`."""
    json.loads(os.environ[SETTINGS])  # better now than in each worker
    Server(
        "benchmarks.floor:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=workers,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
