"""Traces by OTLP, when a collector is configured (docs/decisions/0020).

`begin_tracing` gives what a process makes spans with, or None. The libraries of OpenTelemetry are
loaded by it and not before, so that who makes no traces has not got them in memory.
"""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from structlog.types import EventDict

    from contactmomenten.settings import Settings


class CallSpan(Protocol):
    """The span of one call to another API."""

    @property
    def headers(self) -> "Mapping[str, str]":
        """Return the headers that make the other side a part of the trace."""

    def ended(self, *, status: int | None, reason: str | None) -> None:
        """Tell how it ended: with a status, or for a reason without an answer."""


class RequestSpan(Protocol):
    """The span of one request to this API."""

    def ended(self, status: int) -> None:
        """Tell the status of the answer."""


class Tracing(Protocol):
    """Makes spans; each one is the parent of those that are made within it."""

    def request(
        self, method: str, template: str | None, scheme: str, headers: "Mapping[str, str]"
    ) -> "AbstractContextManager[RequestSpan]":
        """Make the span of a request.

        Args:
            method: one that HTTP knows, or another word for the rest.
            template: the path of its route; None when it has none.
            scheme: http or https.
            headers: its traceparent and tracestate, if it has them.
        """

    def call(
        self, method: str, service: str | None, host: str, port: int
    ) -> "AbstractContextManager[CallSpan]":
        """Make the span of a call to `host`:`port`; `service` is the configured one, if any."""

    def in_log(self, logger: object, method: str, event: "EventDict") -> "EventDict":
        """Add the ids of the span that is going on to an event of the log."""

    async def close(self) -> None:
        """Send what was not sent yet, for a few seconds at most."""


def begin_tracing(settings: "Settings") -> Tracing | None:
    """Return what this process makes spans with; None when nobody asked for traces."""
    if not settings.traces_url:
        return None
    from contactmomenten.tracing.otlp import OtlpTracing  # noqa: PLC0415 (10 MiB that few need)

    return OtlpTracing(settings)
