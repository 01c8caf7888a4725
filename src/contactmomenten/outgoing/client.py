"""The client: which URL to call, with which credentials, and where redirects lead."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import structlog

from contactmomenten.configuration.model.services import Service
from contactmomenten.metrics import FAILED, OTHER, NoMetrics, Recorder
from contactmomenten.outgoing.answers import Answer, CallFailed
from contactmomenten.outgoing.connections import Connections
from contactmomenten.outgoing.exchange import Request, Response, exchange
from contactmomenten.outgoing.failures import (
    GIVEN_UP,
    TIME_OUT,
    TOO_MANY_REDIRECTS,
    Failure,
)
from contactmomenten.outgoing.headers import Served, request_headers
from contactmomenten.outgoing.rewriting import Rewriting
from contactmomenten.outgoing.settings import OutgoingSettings
from contactmomenten.outgoing.urls import Target, falls_under, joined, parse, without_user

if TYPE_CHECKING:
    from contactmomenten.tracing import Tracing

logger = structlog.get_logger(__name__)

# A signed token, whole or cut off.
_TOKEN: Final = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}")

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(slots=True)
class _Journey:
    """A call on its way; `url` is where it is now, in its public form."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    served: Served | None
    before: Target | None = None
    left_host: bool = False  # by a redirect; from then on no credentials are shown


class OutgoingClient:
    """Calls other APIs; one for the whole process.

    Proxies, netrc and certificates that the environment names are not used.
    """

    def __init__(
        self,
        settings: OutgoingSettings,
        services: Callable[[], Sequence[Service]],
        metrics: Recorder | None = None,
        tracing: "Tracing | None" = None,
    ) -> None:
        """Prepare to call; `services` gives the services as they are configured at that moment.

        Raises:
            OSError: a certificate file cannot be read.
            ValueError: a rewrite is no pair of URLs.
        """
        self._settings = settings
        self._services = services
        self._rewriting = Rewriting(settings.rewrites)
        self._connections = Connections(settings)
        self._metrics = metrics or NoMetrics()
        self._tracing = tracing

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        served: Served | None = None,
    ) -> Answer:
        """Return the answer to GET `url`, redirects followed.

        Args:
            url: what to get, in its public form.
            headers: headers besides the usual ones; never Authorization.
            served: the incoming request for which this is done.

        Raises:
            CallFailed: there is no usable answer.
        """
        return await self._call(_Journey("GET", url, b"", headers, served))

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        served: Served | None = None,
    ) -> Answer:
        """Return the answer to POST `url` with `body`, which is JSON; redirects are answers.

        Raises:
            CallFailed: there is no usable answer; what was sent may have arrived all the same.
        """
        headers = {"Content-Type": "application/json", **headers}
        return await self._call(_Journey("POST", url, body, headers, served))

    def service_for(self, url: str) -> Service | None:
        """Return the service with the longest api_root under which `url` falls (behaviour 13)."""
        under = [service for service in self._services() if falls_under(url, service.api_root)]
        return max(under, key=lambda service: len(service.api_root), default=None)

    def without_secrets(self, text: str) -> str:
        """Return what another API said, without what was shown to it: it may tell all it hears."""
        text = _TOKEN.sub("***", text)
        for service in self._services():
            # Of `Token x`, the x is what counts; and it may stand in a URL.
            for value in (service.secret, *service.header_value.split()[-1:]):
                for form in {value, quote(value, safe="")} if value else ():
                    text = text.replace(form, "***")
        return text

    async def aclose(self) -> None:
        """Close all connections; those in use as soon as their answer is there."""
        await self._connections.aclose()

    async def _call(self, journey: _Journey) -> Answer:
        try:
            async with asyncio.timeout(self._settings.timeout) as timer:
                for _ in range(self._settings.max_redirects + 1):
                    response, called = await self._hop(journey, timer)
                    shown = without_user(journey.url)
                    if response.location is None:
                        return Answer(
                            response.status, response.body, shown, response.headers, self._rewriting
                        )
                    journey.url = self._rewriting.to_public(joined(called, response.location))
        except TimeoutError:
            raise CallFailed(TIME_OUT, without_user(journey.url)) from None
        except Failure as failure:
            raise CallFailed(failure.reason, without_user(journey.url)) from None
        raise CallFailed(TOO_MANY_REDIRECTS, without_user(journey.url))

    async def _hop(self, journey: _Journey, timer: asyncio.Timeout) -> tuple[Response, str]:
        """Call where the journey is now; return the answer and the URL that was called."""
        started = time.monotonic()
        service = self.service_for(journey.url)
        facts: dict[str, object] = {"method": journey.method}
        if service is not None:
            facts["service"] = service.identifier
        try:
            public = parse(journey.url)
            if service is None:
                facts["host"] = public.host
            response, called = await self._traced(journey, public, service)
        except Failure as failure:
            facts["reason"] = failure.reason
            raise
        except asyncio.CancelledError:
            facts["reason"] = TIME_OUT if timer.expired() else GIVEN_UP
            raise
        else:
            facts["status"] = response.status
            return response, called
        finally:
            seconds = time.monotonic() - started
            facts["duration_ms"] = round(seconds * 1000)
            name, api_type = (service.identifier, service.api_type) if service else (OTHER, OTHER)
            self._metrics.call(name, api_type, str(facts.get("status", FAILED)), seconds)
            if journey.served is not None:
                facts["request_id"] = journey.served.request_id
            # Without a service no credentials were shown, which may be a mistake (behaviour 13).
            log = logger.info if service and "status" in facts else logger.warning
            log("outgoing_call", **facts)

    async def _traced(
        self, journey: _Journey, public: Target, service: Service | None
    ) -> tuple[Response, str]:
        """Call, in a span if there is tracing."""
        if self._tracing is None:
            return await self._send(journey, public, service, None)
        known = service.identifier if service else None
        with self._tracing.call(journey.method, known, public.host, public.port) as span:
            try:
                response, called = await self._send(journey, public, service, span.headers)
            except Failure as failure:
                span.ended(status=None, reason=failure.reason)
                raise
            except asyncio.CancelledError:
                span.ended(status=None, reason=GIVEN_UP)
                raise
            span.ended(status=response.status, reason=None)
            return response, called

    async def _send(
        self,
        journey: _Journey,
        public: Target,
        service: Service | None,
        trace: Mapping[str, str] | None,
    ) -> tuple[Response, str]:
        request, called = self._request(journey, public, service, trace)
        return await exchange(self._connections, request, self._settings.max_answer), called

    def _request(
        self,
        journey: _Journey,
        public: Target,
        service: Service | None,
        trace: Mapping[str, str] | None,
    ) -> tuple[Request, str]:
        before, journey.before = journey.before, public
        if before is not None and (
            public.host != before.host or (before.scheme, public.scheme) == ("https", "http")
        ):
            journey.left_host = True
        called, body = self._rewriting.to_outway(journey.url), journey.body
        rewritten = called != journey.url
        if rewritten:
            called = self._rewriting.query_to_outway(called)
            body = self._rewriting.body_to_outway(body) if body else body
        trusted = service is not None or rewritten
        headers = request_headers(
            journey.headers,
            journey.served,
            None if journey.left_host else service,
            trace,
            trusted=trusted,
        )
        return Request(journey.method, parse(called), headers, body, trusted), called
