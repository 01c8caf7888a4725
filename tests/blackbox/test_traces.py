"""Traces of the running program, with its workers as processes, at a collector on loopback."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .support import clients
from .support.api import Api
from .support.collector import Collector
from .support.neighbour import Neighbour, Reply
from .support.program import Program, running
from .support.standin import StandIn
from .support.values import UNKNOWN

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
INCOMING = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "buur=1"}
SERVER, CLIENT = 2, 3
ROUTE = "/api/v1/contactmomenten/{uuid}"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    server = Collector()
    yield server
    server.close()


@pytest.fixture(scope="module")
def medewerkers() -> Iterator[Neighbour]:
    server = Neighbour()
    yield server
    server.close()


@pytest.fixture(scope="module")
def traced(collector: Collector) -> Iterator[Program]:
    env = {
        "ALLOWED_HOSTS": "*",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.origin,
        "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Basic%20eDp5, x-tenant=a=b",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    with running(clients.shared_configuration(), env) as instance:
        yield instance


@pytest.fixture
def own(traced: Program, http: httpx.Client, standin: StandIn) -> Api:
    return Api(traced.root, http, standin, clients.ALLES)


def lines(program: Program) -> list[dict[str, Any]]:
    """Give the lines of the log; others are what `serve` tells people."""
    text = program.log.read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_a_request_and_its_calls_belong_to_the_trace_of_the_caller(
    traced: Program, own: Api, collector: Collector, medewerkers: Neighbour
) -> None:
    medewerkers.forget()
    body = {"bronorganisatie": "423182687", "medewerker": f"{medewerkers.origin}/m/1?bsn=123"}
    assert own.post("/contactmomenten", body, headers=INCOMING).status_code == 201
    (request,) = collector.until(
        1, http__route="/api/v1/contactmomenten", http__request__method="POST"
    )
    (call,) = collector.until(1, server__port=medewerkers.server_address[1])
    assert (request.trace, request.parent) == (TRACE, PARENT)
    assert (request.name, request.kind) == ("POST /api/v1/contactmomenten", SERVER)
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/api/v1/contactmomenten",
        "http.response.status_code": 201,
        "url.scheme": "http",
    }
    assert request.resource["service.name"] == "contactmomenten"
    assert (call.trace, call.parent) == (TRACE, request.id)
    assert (call.name, call.kind, call.failed) == ("GET", CLIENT, False)
    assert call.attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": medewerkers.server_address[1],
    }
    (asked,) = medewerkers.asked
    assert asked.headers["traceparent"] == f"00-{TRACE}-{call.id}-01"
    assert asked.headers["tracestate"] == "buur=1"
    told = {line["event"]: line for line in lines(traced) if line.get("trace_id") == TRACE}
    assert told["request_finished"]["span_id"] == request.id
    assert told["outgoing_call"]["span_id"] == request.id


def test_the_collector_hears_the_headers_that_are_set(own: Api, collector: Collector) -> None:
    own.get("/contactmomenten")
    collector.until(1, http__route="/api/v1/contactmomenten")
    assert collector.asked[0].path == "/v1/traces"
    assert collector.asked[0].headers["authorization"] == "Basic eDp5"
    assert collector.asked[0].headers["x-tenant"] == "a=b"


def test_without_a_trace_that_is_one_a_new_one_begins(
    own: Api, collector: Collector, medewerkers: Neighbour
) -> None:
    medewerkers.forget()
    wrong = {"traceparent": "kanarie", "tracestate": "kanarie=1"}
    body = {"bronorganisatie": "423182687", "medewerker": f"{medewerkers.origin}/m/2"}
    moment = own.post("/contactmomenten", body, headers=wrong).json()
    (asked,) = medewerkers.asked
    assert asked.headers["traceparent"].startswith("00-")
    assert "tracestate" not in asked.headers
    path = f"/contactmomenten/{moment['url'].rpartition('/')[2]}"
    for _ in range(20):
        with httpx.Client(trust_env=False) as fresh:  # another connection, so any worker
            fresh.get(f"{own.root}{path}", headers=own.authorization())
    reads = collector.until(20, http__route=ROUTE, http__response__status_code=200)
    assert {read.parent for read in reads} == {""}
    assert len({read.trace for read in reads}) == len(reads)
    assert len({read.id for read in reads}) == len(reads)


def test_what_a_caller_says_is_not_in_a_span(own: Api, collector: Collector) -> None:
    own.request("KANARIE", "/kanarie?kanarie=1", headers={"User-Agent": "kanarie"})
    assert own.get(f"/contactmomenten/{UNKNOWN}?kanarie=1").status_code == 404
    collector.until(1, http__request__method="other")
    (refused,) = collector.until(1, http__route=ROUTE, http__response__status_code=404)
    assert not refused.failed  # the fault is that of the caller
    assert b"kanarie" not in b"".join(asked.body for asked in collector.asked)


def test_who_looks_at_our_health_makes_no_spans(own: Api, collector: Collector) -> None:
    before = len(collector.spans)
    assert httpx.get(f"{own.origin}/_healthz/", trust_env=False).status_code == 200
    own.get("/contactmomenten", {"X-Request-ID": "na-gezondheid"})
    collector.until(1, http__route="/api/v1/contactmomenten")
    names = {span.name for span in collector.spans[before:]}
    assert names <= {"GET /api/v1/contactmomenten", f"GET {ROUTE}"}


def test_a_collector_that_does_not_work_holds_up_nothing(
    http: httpx.Client, standin: StandIn
) -> None:
    server = Collector()
    env = {
        "ALLOWED_HOSTS": "*",
        "OTEL_EXPORTER_OTLP_ENDPOINT": server.origin,
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "OTEL_BSP_MAX_QUEUE_SIZE": "8",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "4",
    }
    with running(clients.shared_configuration(), env) as program:
        own = Api(program.root, http, standin, clients.ALLES)

        def ask() -> None:
            began = time.monotonic()
            for _ in range(50):
                assert own.get("/contactmomenten").status_code == 200
            assert time.monotonic() - began < 5

        server.answer = lambda _: Reply(500, b"kanarie")
        ask()
        server.answer = lambda _: Reply(200, b"", wait=60)
        ask()
        server.close()
        ask()
        began = time.monotonic()
        assert program.stop() == 0
        assert time.monotonic() - began < 10
        assert "kanarie" not in program.log.read_text()
        # It is told, and not with each span.
        assert 1 <= program.log.read_text().count("opentelemetry.") < 30


def test_without_a_collector_a_trace_is_passed_on_as_it_came(
    api: Api, medewerkers: Neighbour
) -> None:
    medewerkers.forget()
    body = {"bronorganisatie": "423182687", "medewerker": f"{medewerkers.origin}/m/3"}
    assert api.post("/contactmomenten", body, headers=INCOMING).status_code == 201
    (asked,) = medewerkers.asked
    assert {name: asked.headers[name] for name in INCOMING} == INCOMING
