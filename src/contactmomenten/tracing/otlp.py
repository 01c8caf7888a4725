"""Spans by OpenTelemetry, sent over OTLP in the background.

Nothing of a caller stands in a span but its trace: no path, query, URL or claim. A span that cannot
be sent is dropped; whoever makes it never waits.
"""

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import requests
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_EXPORTER_OTLP_CERTIFICATE
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    ParentBased,
    Sampler,
    TraceIdRatioBased,
)
from opentelemetry.semconv.attributes import (
    error_attributes,
    http_attributes,
    server_attributes,
    url_attributes,
)
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.re import parse_env_headers
from structlog.types import EventDict

from contactmomenten import __version__
from contactmomenten.settings import Settings

# Of a server, from here on it is its fault.
_OUR_FAULT: Final = 500
# Of an answer that we get, from here on the call failed.
_FAILED: Final = 400

# No convention has a stable name for it yet.
_PEER: Final = "peer.service"

# At the end: for the last spans.
_LAST_SECONDS: Final = 2.0

# For an answer that somebody waits for.
_ANSWER_SECONDS: Final = 5.0

_PARENT: Final = "parentbased_"

# They quote a tracestate, or the headers for the collector, that they cannot read.
for _name in ("opentelemetry.trace", "opentelemetry.util.re"):
    logging.getLogger(_name).setLevel(logging.ERROR)


class OtlpTracing:
    """Makes spans; one for the whole process, made after it was forked off."""

    def __init__(self, settings: Settings) -> None:
        """Begin to send to the collector that is configured."""
        exporter = OTLPSpanExporter(
            settings.traces_url, headers=_headers(settings), session=_session()
        )
        resource = Resource.create(
            {SERVICE_NAME: settings.otel_service_name, SERVICE_VERSION: __version__}
        )
        self._provider = TracerProvider(
            sampler=sampler(settings.otel_traces_sampler, settings.otel_traces_sampler_arg),
            resource=resource,
            shutdown_on_exit=False,  # it may wait longer than we do
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("contactmomenten", __version__)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def request(
        self, method: str, template: str | None, scheme: str, headers: Mapping[str, str]
    ) -> Iterator["_RequestSpan"]:
        """Make the span of a request; see `Tracing`."""
        attributes = {
            http_attributes.HTTP_REQUEST_METHOD: method,
            url_attributes.URL_SCHEME: scheme,
        }
        if template is not None:
            attributes[http_attributes.HTTP_ROUTE] = template
        with self._tracer.start_as_current_span(
            method if template is None else f"{method} {template}",
            context=self._propagator.extract(headers),
            kind=SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,  # its text may tell of people
            set_status_on_exception=False,
        ) as span:
            yield _RequestSpan(span)

    @contextmanager
    def call(self, method: str, service: str | None, host: str, port: int) -> Iterator["_CallSpan"]:
        """Make the span of a call; see `Tracing`."""
        attributes: dict[str, str | int] = {
            http_attributes.HTTP_REQUEST_METHOD: method,
            server_attributes.SERVER_ADDRESS: host,
            server_attributes.SERVER_PORT: port,
        }
        if service is not None:
            attributes[_PEER] = service
        with self._tracer.start_as_current_span(
            method,
            kind=SpanKind.CLIENT,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            headers: dict[str, str] = {}
            self._propagator.inject(headers)
            yield _CallSpan(span, headers)

    @staticmethod
    def in_log(_: object, __: str, event: EventDict) -> EventDict:
        """Add the ids of the span that is going on; see `Tracing`."""
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            event["trace_id"] = trace.format_trace_id(context.trace_id)
            event["span_id"] = trace.format_span_id(context.span_id)
        return event

    async def close(self) -> None:
        """Send what was not sent yet; see `Tracing`."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(done.set)

        # A thread that does not keep the process alive, should the collector say nothing.
        threading.Thread(target=shut_down, daemon=True).start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await done.wait()


def ask(settings: Settings) -> int:
    """Send the collector a message without spans; return the status of its answer.

    Raises:
        OSError: there is none.
    """
    with _session() as session:
        answer = session.post(
            settings.traces_url,
            headers={**_headers(settings), "content-type": "application/x-protobuf"},
            timeout=_ANSWER_SECONDS,
            allow_redirects=False,
            verify=os.environ.get(OTEL_EXPORTER_OTLP_CERTIFICATE) or True,
        )
        return answer.status_code


def _session() -> requests.Session:
    session = requests.Session()
    # No proxy or netrc of the environment, as for other calls (decision 0006).
    session.trust_env = False
    return session


def _headers(settings: Settings) -> Mapping[str, str]:
    return parse_env_headers(settings.otel_exporter_otlp_headers, liberal=True)


def sampler(name: str, part: float) -> Sampler:
    """Return the sampler of this name; `part` is for traceidratio."""
    root = name.removeprefix(_PARENT)
    chosen = {"always_on": ALWAYS_ON, "always_off": ALWAYS_OFF}.get(root) or TraceIdRatioBased(part)
    return ParentBased(chosen) if name.startswith(_PARENT) else chosen


class _RequestSpan:
    def __init__(self, span: Span) -> None:
        self._span = span

    def ended(self, status: int) -> None:
        """Tell the status of the answer."""
        self._span.set_attribute(http_attributes.HTTP_RESPONSE_STATUS_CODE, status)
        if status >= _OUR_FAULT:
            self._span.set_attribute(error_attributes.ERROR_TYPE, str(status))
            self._span.set_status(StatusCode.ERROR)


class _CallSpan:
    def __init__(self, span: Span, headers: Mapping[str, str]) -> None:
        self._span = span
        self.headers = headers

    def ended(self, *, status: int | None, reason: str | None) -> None:
        """Tell how it ended."""
        if status is not None:
            self._span.set_attribute(http_attributes.HTTP_RESPONSE_STATUS_CODE, status)
            if status >= _FAILED:
                reason = str(status)
        if reason is not None:
            self._span.set_attribute(error_attributes.ERROR_TYPE, reason)
            self._span.set_status(StatusCode.ERROR)
