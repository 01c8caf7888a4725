"""The application without a server: requests, contexts, and a client that speaks ASGI."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import msgspec

from contactmomenten.app import Application
from contactmomenten.autorisaties.ac_cache import AcCache
from contactmomenten.autorisaties.access import Caller
from contactmomenten.autorisaties.applicaties import Applicatie
from contactmomenten.autorisaties.registry import Registry, Snapshot
from contactmomenten.autorisaties.tokens import make_token
from contactmomenten.database.pool import Database, Writer
from contactmomenten.existence import Existence
from contactmomenten.http.body import Body
from contactmomenten.http.context import Context
from contactmomenten.http.request import Request
from contactmomenten.metrics import NoMetrics
from contactmomenten.notificaties.delivery import Delivery
from contactmomenten.outgoing import Answer, OutgoingClient, OutgoingSettings, Served
from contactmomenten.secrets import SecretBox
from contactmomenten.services import Services, access
from contactmomenten.settings import Settings

ZAAK = {
    "bronorganisatie": "000000000",
    "zaaktype": "https://example.nl/zaaktypen/1",
    "verantwoordelijkeOrganisatie": "000000000",
    "startdatum": "2026-01-01",
}
ORIGIN = ("http", "localhost")
ROOT = "http://localhost/api/v1"
CLIENT = "tester"
SECRET = "a secret of the tests, long enough for HS256"
MOMENT = {"bronorganisatie": "000000000", "medewerker": "https://example.nl/medewerkers/1"}

CALLER = Caller("tester", "5f0b4f5e-3c0c-4a55-8f2b-9c3f0a2d7e01", "Tests", "jan", "Jan")
ALLES = Applicatie(CALLER.applicatie_id, CALLER.applicatie_weergave, True, frozenset())  # noqa: FBT003


def request_of(
    body: bytes = b"",
    *,
    headers: Mapping[str, str] | None = None,
    query: bytes = b"",
    origin: tuple[str, str] = ORIGIN,
    subpath: str = "",
) -> Request:
    """Return a request with `body` in one piece."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body}

    encoded = {name.encode(): value.encode("latin-1") for name, value in (headers or {}).items()}
    scope = {"method": "POST", "query_string": query}
    return Request(scope, Body(encoded, receive), encoded, origin, "/api/v1", subpath)


def context_of(
    database: Database | None = None, request: Request | None = None, *ids: str
) -> Context:
    """Return what an operation gets; without `database` it had better not ask for it."""
    services = services_of(database, Settings())
    return Context(request or request_of(), CALLER, list(ids), services)


class Agreeable(OutgoingClient):
    """Other APIs that have everything they are asked for, but relations with what is `gone`."""

    def __init__(self) -> None:
        super().__init__(OutgoingSettings(), lambda: ())
        self.gone: set[str] = set()

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002
        served: Served | None = None,  # noqa: ARG002
    ) -> Answer:
        """Answer 200, without asking anybody."""
        content: object = ZAAK
        zaak = parse_qs(urlsplit(url).query).get("zaak")
        if zaak:
            content = [] if zaak[0] in self.gone else [{}]
        return Answer(200, msgspec.json.encode(content), url, {})


def services_of(
    database: Database | None, settings: Settings, client: OutgoingClient | None = None
) -> Services:
    """Return the services of a worker; without `database` it had better not be asked for."""
    secret = {CLIENT: (SECRET,)}
    registry = Registry(
        lambda: SecretBox("key of the tests"), snapshot_of(secret, {CLIENT: (ALLES,)})
    )
    outgoing = client or Agreeable()
    writer = cast("Writer", database.writer if database else None)
    ac = AcCache(outgoing, writer, lambda: None, lifetime=300, max_age=300)
    return Services(
        settings=settings,
        database=cast("Database", database),
        registry=registry,
        outgoing=outgoing,
        to_notificaties=outgoing,
        existence=Existence(outgoing, remember=0),
        ac=ac,
        access=access(settings, registry, ac),
        delivery=Delivery(writer, outgoing, registry),
        metrics=NoMetrics(),
    )


def snapshot_of(
    secrets: Mapping[str, tuple[str, ...]], applicaties: Mapping[str, tuple[Applicatie, ...]]
) -> Snapshot:
    """Return a configuration of clients and applications alone."""
    return Snapshot(1, secrets, applicaties, (), None, None)


@dataclass(frozen=True)
class Api:
    """The API, called by a client that may do everything."""

    http: httpx.AsyncClient
    database: Database
    neighbours: Agreeable

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request; `path` may be a full URL, `body` may be bytes as they are."""
        content = body if isinstance(body, bytes) or body is None else msgspec.json.encode(body)
        extra = dict(headers or {})
        if content is not None:
            extra.setdefault("content-type", "application/json")
        return await self.http.request(method, path, content=content, headers=extra)

    async def get(self, path: str) -> Any:  # noqa: ANN401 (JSON)
        """Return what is read at `path`."""
        answer = await self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def moment(self, **properties: object) -> dict[str, Any]:
        """Make a contactmoment and return it."""
        return await self.make("contactmomenten", **MOMENT, **properties)

    async def make(self, _path: str, **body: object) -> dict[str, Any]:
        """Make a resource and return it."""
        answer = await self.send("POST", _path, body)
        assert answer.status_code == 201, answer.text
        return cast("dict[str, Any]", answer.json())

    async def change(self, url: str, **body: object) -> dict[str, Any]:
        """Change a contactmoment in part and return it."""
        answer = await self.send("PATCH", url, body)
        assert answer.status_code == 200, answer.text
        return cast("dict[str, Any]", answer.json())

    async def trail(self, url: str) -> list[dict[str, Any]]:
        """Return the audit trail of a contactmoment."""
        return cast("list[dict[str, Any]]", await self.get(f"{url}/audittrail"))


@asynccontextmanager
async def api_on(
    database: Database, settings: Settings | None = None, root: str = ROOT
) -> AsyncIterator[Api]:
    """Lend the API on `database`."""
    settings = settings or Settings()
    neighbours = Agreeable()
    application = Application(services_of(database, settings, neighbours))
    transport = httpx.ASGITransport(cast("Any", application), raise_app_exceptions=False)
    token = make_token(CLIENT, SECRET, user_id="jan", user_representation="Jan")
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=transport, base_url=f"{root}/", headers=headers
    ) as client:
        yield Api(client, database, neighbours)


def uuid_of(url: str) -> UUID:
    """Return the uuid at the end of a URL."""
    return UUID(url.rpartition("/")[2])
