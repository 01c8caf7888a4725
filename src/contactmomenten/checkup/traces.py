"""Whether the collector of traces takes them."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from contactmomenten.checkup.finding import Finding, good, unwise, wrong
from contactmomenten.http.hosts import is_loopback
from contactmomenten.settings import Settings

_SUBJECT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"

# From this status on.
_REFUSED: Final = 300

# By the status of the answer.
_HINTS: Final = {
    401: " Look at OTEL_EXPORTER_OTLP_HEADERS.",
    403: " Look at OTEL_EXPORTER_OTLP_HEADERS.",
    404: " It is the root that is asked for: /v1/traces comes after it.",
}


def of_traces(settings: Settings) -> Iterator[Finding]:
    """Send the collector a message without spans, if there is a collector."""
    url = settings.traces_url
    if not url:
        return
    parts = urlsplit(url)
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    secret = settings.otel_exporter_otlp_headers or parts.password
    if parts.scheme == "http" and secret and not is_loopback(parts.hostname or ""):
        yield unwise(_SUBJECT, f"What opens {shown} crosses the network in the clear: use https.")
    from contactmomenten.tracing.otlp import ask  # noqa: PLC0415 (see `begin_tracing`)

    try:
        status = ask(settings)
    except OSError as error:
        yield wrong(
            _SUBJECT,
            f"{shown} cannot be reached ({type(error).__name__}): traces are thrown away.",
        )
        return
    if status < _REFUSED:
        yield good(_SUBJECT, f"{shown} takes traces ({status}).")
    else:
        hint = _HINTS.get(status, "")
        yield wrong(_SUBJECT, f"{shown} takes no traces: it answers {status}.{hint}")
