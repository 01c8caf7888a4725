"""Spans as a collector gets them, without a program around."""

import logging
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from contactmomenten.settings import read_settings
from contactmomenten.tracing import Tracing, begin_tracing
from tests.blackbox.support.collector import Collector
from tests.blackbox.support.neighbour import Reply

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
ROUTE = "/api/v1/contactmomenten"


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    yield server
    server.close()


def tracing_to(collector: Collector, **env: str) -> Tracing:
    tracing = begin_tracing(read_settings({"OTEL_EXPORTER_OTLP_ENDPOINT": collector.origin, **env}))
    assert tracing is not None
    return tracing


async def test_a_fault_of_ours_is_an_error_and_one_of_the_caller_is_not(
    collector: Collector,
) -> None:
    tracing = tracing_to(collector, OTEL_SERVICE_NAME="cmc-test")
    for status in (200, 404, 503):
        with tracing.request("GET", ROUTE, "https", {}) as span:
            span.ended(status)
    await tracing.close()
    found = {span.attributes["http.response.status_code"]: span for span in collector.spans}
    assert {status: span.failed for status, span in found.items()} == {
        200: False, 404: False, 503: True
    }  # fmt: skip
    assert found[503].attributes["error.type"] == "503"
    assert found[200].resource["service.name"] == "cmc-test"
    assert len({span.trace for span in found.values()}) == 3


async def test_a_call_is_a_child_and_tells_why_it_failed(collector: Collector) -> None:
    tracing = tracing_to(collector)
    with tracing.request("POST", ROUTE, "https", {}) as span:
        with tracing.call("GET", "zaken", "zaken.nl", 443) as call:
            parent = call.headers["traceparent"].split("-")
            call.ended(status=404, reason=None)
        with tracing.call("GET", None, "elders.nl", 8443) as call:
            call.ended(status=None, reason="time-out")
        span.ended(201)
    await tracing.close()
    spans = {span.attributes.get("server.address"): span for span in collector.spans}
    request, zaken, other = spans[None], spans["zaken.nl"], spans["elders.nl"]
    assert parent[:3] == ["00", request.trace, zaken.id]
    assert int(parent[3], 16) & 1
    assert {zaken.parent, other.parent} == {request.id}
    assert zaken.attributes["peer.service"] == "zaken"
    assert (zaken.failed, zaken.attributes["error.type"]) == (True, "404")
    assert "peer.service" not in other.attributes
    assert (other.failed, other.attributes["error.type"]) == (True, "time-out")


@pytest.mark.parametrize(
    ("sampler", "argument", "flag", "sent"),
    [
        ("parentbased_always_on", "1", "01", True),
        ("parentbased_always_on", "1", "00", False),
        ("parentbased_always_on", "1", None, True),
        ("parentbased_always_off", "1", "01", True),
        ("parentbased_always_off", "1", None, False),
        ("always_on", "1", "00", True),
        ("always_off", "1", "01", False),
        ("traceidratio", "0", "01", False),
        ("traceidratio", "1", "00", True),
        ("parentbased_traceidratio", "0", "01", True),
        ("parentbased_traceidratio", "0", None, False),
    ],
)
async def test_which_requests_are_traced(
    collector: Collector, sampler: str, argument: str, flag: str | None, *, sent: bool
) -> None:
    tracing = tracing_to(collector, OTEL_TRACES_SAMPLER=sampler, OTEL_TRACES_SAMPLER_ARG=argument)
    headers = {} if flag is None else {"traceparent": f"00-{TRACE}-{PARENT}-{flag}"}
    with tracing.request("GET", ROUTE, "https", headers) as span:
        with tracing.call("GET", None, "a.nl", 443) as call:
            # What is not traced here is still one trace for the others.
            version, trace, _, flags = call.headers["traceparent"].split("-")
            call.ended(status=200, reason=None)
        span.ended(200)
    await tracing.close()
    assert version == "00"
    assert int(flags, 16) & 1 == sent  # the other bits say how the id was made
    assert flag is None or trace == TRACE
    assert len(collector.spans) == (2 if sent else 0)


async def test_an_event_of_the_log_tells_which_span_was_going_on(collector: Collector) -> None:
    tracing = tracing_to(collector)
    assert tracing.in_log(None, "info", {"event": "x"}) == {"event": "x"}
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    with tracing.request("GET", ROUTE, "https", headers) as span:
        event = tracing.in_log(None, "info", {"event": "x"})
        span.ended(200)
    await tracing.close()
    (sent,) = collector.spans
    assert event == {"event": "x", "trace_id": TRACE, "span_id": sent.id}


async def test_an_error_goes_through_and_leaves_no_text(collector: Collector) -> None:
    tracing = tracing_to(collector)
    with pytest.raises(KeyError), tracing.request("GET", None, "https", {}):
        raise KeyError("kanarie")
    await tracing.close()
    assert [span.name for span in collector.spans] == ["GET"]
    assert b"kanarie" not in b"".join(asked.body for asked in collector.asked)


@pytest.mark.parametrize("state", ["kanarie", "a=kanarie,a=kanarie", "k" * 600, "KANARIE=kanarie"])
async def test_a_trace_state_that_is_none_is_not_told(
    collector: Collector, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    tracing = tracing_to(collector)
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": state}
    with caplog.at_level(logging.DEBUG), tracing.request("GET", ROUTE, "https", headers) as span:
        span.ended(200)
    await tracing.close()
    assert "kanarie" not in caplog.text.lower()
    assert [span.trace for span in collector.spans] == [TRACE]


async def test_a_collector_that_says_nothing_is_not_waited_for(collector: Collector) -> None:
    collector.answer = lambda _: Reply(200, b"", wait=30)
    tracing = tracing_to(collector)
    with tracing.request("GET", ROUTE, "https", {}) as span:
        span.ended(200)
    began = time.monotonic()
    await tracing.close()
    assert time.monotonic() - began < 4


def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    script = (
        "import sys, contactmomenten.asgi, contactmomenten.cli\n"
        "from contactmomenten.settings import Settings\n"
        "from contactmomenten.tracing import begin_tracing\n"
        "assert begin_tracing(Settings()) is None\n"
        "print([name for name in ('opentelemetry', 'requests', 'google.protobuf', 'urllib3')"
        " if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
