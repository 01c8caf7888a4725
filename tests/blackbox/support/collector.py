"""A collector of traces: takes OTLP over HTTP, and tells what it was sent."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from .neighbour import Neighbour, Reply


@dataclass(frozen=True)
class SentSpan:
    """One span as it arrived; ids in hexadecimal, `parent` is empty for the first of a trace."""

    name: str
    kind: int
    trace: str
    id: str
    parent: str
    failed: bool
    attributes: dict[str, Any]
    resource: dict[str, Any]


class Collector(Neighbour):
    """Takes spans."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = lambda _: Reply(200, b"")

    @property
    def spans(self) -> list[SentSpan]:
        """Return all spans so far."""
        return [span for asked in list(self.asked) for span in _decoded(asked.body)]

    def until(self, number: int, seconds: float = 20.0, **wanted: Any) -> list[SentSpan]:  # noqa: ANN401
        """Wait for so many spans with these attributes (dots as __), and return them."""
        attributes = {name.replace("__", "."): value for name, value in wanted.items()}
        deadline = time.monotonic() + seconds
        while True:
            found = [span for span in self.spans if attributes.items() <= span.attributes.items()]
            if len(found) >= number:
                return found
            assert time.monotonic() < deadline, self.spans
            time.sleep(0.05)


def _decoded(body: bytes) -> Iterable[SentSpan]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield SentSpan(
                    span.name,
                    span.kind,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.status.code == span.status.STATUS_CODE_ERROR,
                    _values(span.attributes),
                    _values(resource.resource.attributes),
                )


def _values(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, str(pair.value.WhichOneof("value"))) for pair in pairs}
