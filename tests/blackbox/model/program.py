"""The program in this process, on a real database, spoken to in ASGI."""

import asyncio
from collections.abc import Coroutine, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from contactmomenten.app import Application
from contactmomenten.autorisaties.applicaties import Applicatie
from contactmomenten.autorisaties.tokens import make_token
from contactmomenten.counts.tables import emptying_counts
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import open_database
from contactmomenten.outgoing import Answer as Fetched
from contactmomenten.outgoing import CallFailed, OutgoingClient, OutgoingSettings
from contactmomenten.settings import Settings
from tests.application import services_of, snapshot_of
from tests.blackbox.support.values import JsonObject
from tests.counts.rows import fold_all

from .asking import EVERYBODY, INWAY, Ask
from .elsewhere import RELATED, SILENT, UNREACHABLE, Elsewhere

T = TypeVar("T")

SECRET: Final = "a secret of the model, long enough for HS256"

_EMPTY: Final = f"""
TRUNCATE contactmoment, keten, klantcontactmoment, objectcontactmoment, audittrail, notificatie
    RESTART IDENTITY CASCADE;
{emptying_counts()}
"""
_OUTBOX: Final = "SELECT bericht FROM notificatie ORDER BY id"
_LEFT_OVER: Final = """
SELECT (SELECT count(*) FROM audittrail), (SELECT count(*) FROM klantcontactmoment),
    (SELECT count(*) FROM objectcontactmoment), (SELECT count(*) FROM keten)
"""


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Neighbours(OutgoingClient):
    """The other APIs, without a network."""

    def __init__(self) -> None:
        super().__init__(OutgoingSettings(), lambda: ())
        self.elsewhere = Elsewhere()

    async def get(self, url: str, **_: object) -> Fetched:
        """Answer as `Elsewhere` says."""
        if "/zaakcontactmomenten?" in url:
            if self.elsewhere.says == SILENT:
                return Fetched(503, b"", url, {})
            return Fetched(200, b"[{}]" if self.elsewhere.says == RELATED else b"[]", url, {})
        status = self.elsewhere.status(url)
        if status is None:
            raise CallFailed(UNREACHABLE, url)
        return Fetched(status, msgspec.json.encode(self.elsewhere.content(url)), url, {})


class Program:
    """One application; `loop` runs nothing but its requests."""

    def __init__(self, loop: asyncio.AbstractEventLoop, info: ConnectionInfo) -> None:
        self._loop = loop
        self.database = self.run(open_database(info, max_size=10, seconds=30))
        self._neighbours = _Neighbours()
        settings = Settings(allowed_hosts=f"localhost,{INWAY}")
        services = services_of(self.database, settings, self._neighbours)
        services.registry.snapshot = snapshot_of(
            {client.client_id: (SECRET,) for client in EVERYBODY if client.client_id},
            {
                client.client_id: (
                    Applicatie(client.applicatie_id, client.label, False, client.scopes),  # noqa: FBT003
                )
                for client in EVERYBODY
                if client.scopes
            },
        )
        self._application: Any = Application(services)
        self._tokens: dict[str, bytes] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def begin(self) -> Elsewhere:
        """Start with nothing, and with fresh tokens; return the other APIs."""
        self.run(self.database.writer.on_connection(lambda one: one.execute(_EMPTY)))
        self._neighbours.elsewhere = Elsewhere()
        self._tokens = {
            client.client_id: make_token(
                client.client_id,
                SECRET,
                user_id=f"u-{client.client_id}",
                user_representation=f"Ute {client.client_id}",
            ).encode()
            for client in EVERYBODY
            if client.client_id
        }
        return self._neighbours.elsewhere

    def fold(self) -> None:
        """Add up the counts, which the program does every so many seconds."""
        self.run(fold_all(self.database))

    def outbox(self) -> list[JsonObject]:
        """Return all notifications."""
        rows = self.run(self.database.writer.rows(_OUTBOX))
        return [msgspec.json.decode(row["bericht"]) for row in rows]

    def numbers(self) -> tuple[int, ...]:
        """Return how many lines, relations of both kinds and links of the chain there are."""
        return tuple(self.run(self.database.writer.rows(_LEFT_OVER))[0])

    def close(self) -> None:
        self.run(self.database.close())

    def send(self, ask: Ask) -> Answer:
        """Send one request."""
        return self.run(self.asend(ask))

    async def asend(self, ask: Ask) -> Answer:
        """Send one request, beside others."""
        headers = [(b"host", ask.host.encode()), (b"accept", ask.accept.encode())]
        if ask.client.client_id:
            token = self._tokens[ask.client.client_id]
            headers.append((b"authorization", b"Bearer " + token))
        if ask.body:
            headers.append((b"content-type", ask.content_type.encode()))
        if ask.if_none_match:
            headers.append((b"if-none-match", ask.if_none_match.encode()))
        if ask.toelichting:
            headers.append((b"x-audit-toelichting", ask.toelichting.encode("latin-1")))
        path = ask.path if ask.path.startswith("/api/") else f"/api/v1{ask.path}"
        scope = {
            "type": "http",
            "method": ask.method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": urlencode(ask.query).encode(),
            "headers": headers,
        }
        messages: list[MutableMapping[str, Any]] = []
        waiting = [{"type": "http.request", "body": ask.body, "more_body": False}]

        async def receive() -> MutableMapping[str, Any]:
            return waiting.pop() if waiting else await asyncio.Future()

        async def send(message: MutableMapping[str, Any]) -> None:
            messages.append(message)

        await self._application(scope, receive, send)
        start, *rest = messages
        return Answer(
            start["status"],
            {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]},
            b"".join(message.get("body", b"") for message in rest),
        )
