import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import MutableMapping
from typing import Any

import pytest

from contactmomenten import asgi
from contactmomenten.asgi import Worker
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection
from contactmomenten.server import DRAIN, _Asked
from contactmomenten.settings import SettingsError
from tests.databases import Cluster, connected, url_of

Message = MutableMapping[str, Any]


class Server:
    """Plays the part of the server for one worker."""

    def __init__(self) -> None:
        self.worker = Worker()
        self.to_worker: asyncio.Queue[Message] = asyncio.Queue()
        self.from_worker: asyncio.Queue[Message] = asyncio.Queue()
        self.life = asyncio.create_task(
            self.worker({"type": "lifespan"}, self.to_worker.get, self.from_worker.put)
        )

    async def tell(self, kind: str) -> str:
        """Tell the worker something about its life, and return what it says."""
        await self.to_worker.put({"type": f"lifespan.{kind}"})
        said = asyncio.create_task(self.from_worker.get())
        await asyncio.wait({said, self.life}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        if not said.done():
            said.cancel()
            self.life.result()
        return str(said.result()["type"])

    async def ask(self, path: str, version: str = "1.1") -> list[Message]:
        """Return what the worker sends on a request."""
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        scope = {
            "type": "http",
            "http_version": version,
            "method": "GET",
            "path": path,
            "query_string": b"",
            "scheme": "http",
            "client": None,
            "headers": [(b"host", b"localhost")],
        }
        await self.worker(scope, receive, send)
        return sent


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "set_up_logging", lambda *_: None)
    monkeypatch.setattr(asgi, "end_with_parent", lambda: None)
    monkeypatch.setattr(asgi, "asked", _Asked())
    for name in [name for name in os.environ if name.startswith("DB_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, info: ConnectionInfo) -> None:
    monkeypatch.setenv("DATABASE_URL", url_of(info))
    monkeypatch.setenv("SECRET_KEY", "key")


async def test_a_worker_opens_its_services_answers_and_closes_them(
    configured: None, connection: Connection
) -> None:
    server = Server()
    assert await server.tell("startup") == "lifespan.startup.complete"
    start, _ = await server.ask("/api/v1/contactmomenten")
    assert start["status"] == 403
    assert await server.tell("shutdown") == "lifespan.shutdown.complete"
    await server.life
    others = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'contactmomenten'"
    assert await connection.fetchval(f"{others} AND datname = current_database()") == 0


async def test_a_worker_whose_database_is_away_says_so_until_it_is_there(
    configured: None, monkeypatch: pytest.MonkeyPatch, info: ConnectionInfo, cluster: Cluster
) -> None:
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'contactmomenten'"
    await cluster.admin(f"ALTER DATABASE {info.database} ALLOW_CONNECTIONS false")
    server = Server()
    assert await server.tell("startup") == "lifespan.startup.complete"
    start, body = await server.ask("/api/v1/contactmomenten")
    assert (start["status"], json.loads(body["body"])["code"]) == (503, "service_unavailable")
    assert (b"retry-after", b"1") in start["headers"]
    await cluster.admin(f"ALTER DATABASE {info.database} ALLOW_CONNECTIONS true")
    async with asyncio.timeout(5):
        while start["status"] == 503:
            await asyncio.sleep(0.05)
            start, _ = await server.ask("/api/v1/contactmomenten")
    assert start["status"] == 403
    assert await server.tell("shutdown") == "lifespan.shutdown.complete"
    async with connected(info) as connection:
        assert await connection.fetchval(f"{sessions} AND datname = current_database()") == 0


async def test_a_worker_that_still_waits_for_its_database_can_be_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@127.0.0.1:1/d")
    monkeypatch.setenv("SECRET_KEY", "key")
    server = Server()
    assert await server.tell("startup") == "lifespan.startup.complete"
    assert await server.tell("shutdown") == "lifespan.shutdown.complete"


async def test_a_worker_that_will_be_stopped_lets_connections_go_and_then_takes_no_more(
    configured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = asyncio.Event()
    monkeypatch.setattr(asgi, "take_no_new_connections", closed.set)
    monkeypatch.setenv("DRAIN_SECONDS", "0.3")
    server = Server()
    assert await server.tell("startup") == "lifespan.startup.complete"
    close = (b"connection", b"close")
    try:
        start, _ = await server.ask("/api/v1/contactmomenten")
        assert close not in start["headers"]
        for _ in range(2):
            os.kill(os.getpid(), DRAIN)
            await asyncio.sleep(0.01)
        for version, told in (("1.1", True), ("2", False)):
            start, _ = await server.ask("/api/v1/contactmomenten", version)
            assert (close in start["headers"]) is told
        assert not closed.is_set()
        await asyncio.wait_for(closed.wait(), 1)
    finally:
        asyncio.get_running_loop().remove_signal_handler(DRAIN)
        await server.tell("shutdown")


ASKED_OFTEN = """
import asyncio, os, signal, sys
import uvloop
from contactmomenten.server import asked
async def main():
    if sys.argv[1] == "serving":
        asked.started()
        await asyncio.sleep(0.3)
    for _ in range(4):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.1)
    print("went on", flush=True)
loop = uvloop.new_event_loop()
asked.signals(loop)
loop.run_until_complete(main())
"""


@pytest.mark.parametrize(("when", "told"), [("starting", ""), ("serving", "went on\n")])
def test_a_worker_that_is_asked_to_stop_again_and_again_does_not_hang(when: str, told: str) -> None:
    """While it starts it ends at once; when it serves it finishes what runs."""
    command = [sys.executable, "-c", ASKED_OFTEN, when]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (0, told)


async def test_a_worker_that_is_stopped_before_it_started_just_stops() -> None:
    server = Server()
    assert await server.tell("shutdown") == "lifespan.shutdown.complete"


async def test_a_worker_needs_a_database() -> None:
    server = Server()
    with pytest.raises(SettingsError, match="contactmomenten serve"):
        await server.tell("startup")


CHILD = """
import multiprocessing, os, signal, sys, time
def child(ready):
    from contactmomenten.asgi import end_with_parent
    if sys.argv[1] == "late":
        os.kill(os.getppid(), signal.SIGKILL)
        while os.getppid() == multiprocessing.parent_process().pid: time.sleep(0.001)
        print("orphan", flush=True)
    end_with_parent()
    print(os.getpid(), flush=True)
    ready.set()
    time.sleep(60)
    print("lived on", flush=True)
if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    process = context.Process(target=child, args=(ready,))
    process.start()
    ready.wait()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("when", ["early", "late"])
def test_a_worker_ends_when_the_program_that_started_it_is_killed(when: str) -> None:
    # The output ends when the last one that holds it has ended.
    done = subprocess.run(
        [sys.executable, "-c", CHILD, when],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert "lived on" not in done.stdout
    assert done.stdout.startswith("orphan") is (when == "late")
