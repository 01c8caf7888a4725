"""What is counted, in each worker process.

Workers are processes, so the figures lie in files that all of them share with the exporter: the
client library does that when `FOLDER` names a folder before it is first imported.
"""

import os
from typing import Final, Protocol

# The environment variable of the client library with the folder that the processes share.
FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"

# What is no operation of the API.
OTHER: Final = "other"

# The outcome of a call that got no answer.
FAILED: Final = "failed"

# Seconds. A read takes a millisecond, a call to another API up to ten seconds.
_REQUEST_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_CALL_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Recorder(Protocol):
    """Takes in what happened."""

    def request(self, operation: str, status: int, seconds: float) -> None:
        """Count an answered request."""

    def refusal(self, code: str) -> None:
        """Count a token or right that was refused, by the code of the problem."""

    def call(self, service: str, api_type: str, outcome: str, seconds: float) -> None:
        """Count a call to another API; `outcome` is a status, or `FAILED`."""

    def pool(self, size: int, idle: int) -> None:
        """Tell the connections of this worker to its database."""

    def serving(self) -> None:
        """Tell that this process answers requests."""


class NoMetrics:
    """Counts nothing, when nobody listens."""

    def request(self, operation: str, status: int, seconds: float) -> None:
        """Leave it."""

    def refusal(self, code: str) -> None:
        """Leave it."""

    def call(self, service: str, api_type: str, outcome: str, seconds: float) -> None:
        """Leave it."""

    def pool(self, size: int, idle: int) -> None:
        """Leave it."""

    def serving(self) -> None:
        """Leave it."""


class Metrics:
    """Counts for Prometheus; one per process."""

    def __init__(self) -> None:
        """Begin at zero; `FOLDER` must be in the environment."""
        # Here, because the library looks at the environment when it is imported.
        from prometheus_client import (  # noqa: PLC0415
            CollectorRegistry,
            Counter,
            Gauge,
            Histogram,
        )

        registry = CollectorRegistry()
        self._requests = Counter(
            "contactmomenten_requests",
            "Answered requests, by operation of the standard and status.",
            ["operation", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "contactmomenten_request_seconds",
            "Time from the arrival of a request to its answer.",
            ["operation"],
            buckets=_REQUEST_BUCKETS,
            registry=registry,
        )
        self._refusals = Counter(
            "contactmomenten_refusals",
            "Requests without a good token or without the right, by code of the problem.",
            ["code"],
            registry=registry,
        )
        self._calls = Counter(
            "contactmomenten_outgoing_calls",
            "Calls to other APIs, by service and its kind, and outcome.",
            ["service", "api_type", "outcome"],
            registry=registry,
        )
        self._call_seconds = Histogram(
            "contactmomenten_outgoing_call_seconds",
            "Time that a call to another API took.",
            ["service"],
            buckets=_CALL_BUCKETS,
            registry=registry,
        )
        self._pool_size = Gauge(
            "contactmomenten_pool_connections",
            "Connections to the database, of all workers.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._pool_idle = Gauge(
            "contactmomenten_pool_idle_connections",
            "Connections to the database that nobody uses, of all workers.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._serving = Gauge(
            "contactmomenten_serving_processes",
            "Processes that answer requests.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        # Looked up once: finding a child by its labels costs more than counting.
        self._by_operation: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def request(self, operation: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        found = self._by_operation.get((operation, status))
        if found is None:
            found = (
                self._requests.labels(operation, str(status)),
                self._seconds.labels(operation),
            )
            self._by_operation[operation, status] = found
        counter, histogram = found
        counter.inc()
        histogram.observe(seconds)

    def refusal(self, code: str) -> None:
        """Count a token or right that was refused, by the code of the problem."""
        self._refusals.labels(code).inc()

    def call(self, service: str, api_type: str, outcome: str, seconds: float) -> None:
        """Count a call to another API; `outcome` is a status, or `FAILED`."""
        self._calls.labels(service, api_type, outcome).inc()
        self._call_seconds.labels(service).observe(seconds)

    def pool(self, size: int, idle: int) -> None:
        """Tell the connections of this worker to its database."""
        self._pool_size.set(size)
        self._pool_idle.set(idle)

    def serving(self) -> None:
        """Tell that this process answers requests."""
        self._serving.set(1)


def recorder() -> Recorder:
    """Return what this process counts with: nothing, unless somebody listens."""
    return Metrics() if FOLDER in os.environ else NoMetrics()
