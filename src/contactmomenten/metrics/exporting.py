"""Telling the figures: an HTTP server on a port of its own, in the program that has the workers."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final

from contactmomenten.metrics.recording import FOLDER
from contactmomenten.notificaties.queue import QueueState

if TYPE_CHECKING:
    from prometheus_client import Metric

# Seconds that a look at the outbox counts; it reads the whole of it.
_REMEMBER: Final = 15.0

# Seconds in which the outbox is read; Prometheus waits for ten, and then has no figure at all.
_PATIENCE: Final = 3.0


class _Dead:
    """Takes away what processes that are gone told of themselves; collects nothing."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def collect(self) -> "Iterable[Metric]":
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

        for file in self._folder.glob("gauge_live*_*.db"):
            pid = file.stem.rpartition("_")[2]
            if not Path("/proc", pid).exists():
                mark_process_dead(pid, str(self._folder))  # type: ignore[no-untyped-call]
        return ()


class _Outbox:
    """Tells the outbox, when it can be read."""

    def __init__(self, look: Callable[[], QueueState]) -> None:
        self._look = look
        self._state: QueueState | None = None
        self._at = -_REMEMBER
        self._looking = Thread()

    def collect(self) -> "Iterable[Metric]":
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 (see `Metrics`)

        if time.monotonic() - self._at >= _REMEMBER:
            self._look_in_time()
        state = self._state
        if state is None:
            return
        yield GaugeMetricFamily(
            "contactmomenten_outbox_length",
            "Notifications that were not accepted yet, parked ones included.",
            value=state.length,
        )
        yield GaugeMetricFamily(
            "contactmomenten_outbox_parked",
            "Notifications that wait for an operator.",
            value=state.failed,
        )
        yield GaugeMetricFamily(
            "contactmomenten_outbox_oldest_seconds",
            "Age of the oldest notification that is not parked.",
            value=state.age or 0.0,
        )

    def _look_in_time(self) -> None:
        """Look at the outbox; a database that does not answer keeps no other figure back."""
        if not self._looking.is_alive():
            self._looking = Thread(target=self._take_state, daemon=True)
            self._looking.start()
        self._looking.join(_PATIENCE)
        if self._looking.is_alive():
            self._state = None

    def _take_state(self) -> None:
        try:
            self._state = self._look()
        except Exception:  # noqa: BLE001 (whatever the database does)
            self._state = None
        self._at = time.monotonic()


@contextmanager
def export(host: str, port: int, outbox: Callable[[], QueueState] | None) -> Iterator[None]:
    """Tell figures at `host`:`port`, and have workers that start meanwhile count; 0 is not at all.

    Args:
        host: address to listen at.
        port: port to listen at.
        outbox: reads the state of the outbox; None leaves it to another process.

    Raises:
        OSError: nothing can listen there.
    """
    if not port:
        yield
        return
    folder = tempfile.mkdtemp(prefix="contactmomenten-metrics-")
    os.environ[FOLDER] = folder
    try:
        from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415
        from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

        registry = CollectorRegistry()
        registry.register(_Dead(folder))
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        if outbox is not None:
            registry.register(_Outbox(outbox))
        server, thread = start_http_server(port, host, registry)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
    finally:
        del os.environ[FOLDER]
        shutil.rmtree(folder, ignore_errors=True)
