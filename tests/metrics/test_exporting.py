"""What is told to Prometheus, whatever the database does."""

from threading import Event

import httpx
import pytest

from contactmomenten.metrics import exporting
from contactmomenten.notificaties.queue import QueueState
from tests.blackbox.support.program import free_port

LENGTH = "contactmomenten_outbox_length 3.0"


def test_a_database_that_hangs_holds_no_figure_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_REMEMBER", 0)
    monkeypatch.setattr(exporting, "_PATIENCE", 0.1)
    answers = Event()
    looks = 0

    def look() -> QueueState:
        nonlocal looks
        looks += 1
        answers.wait(10)
        return QueueState(3, 0, None)

    port = free_port()
    with exporting.export("127.0.0.1", port, look), httpx.Client(timeout=5) as http:
        for _ in range(3):
            told = http.get(f"http://127.0.0.1:{port}/metrics")
            assert told.status_code == 200
            assert LENGTH not in told.text
        assert looks == 1
        answers.set()
        assert LENGTH in http.get(f"http://127.0.0.1:{port}/metrics").text


def test_an_outbox_that_cannot_be_read_is_not_told() -> None:
    def look() -> QueueState:
        raise OSError

    port = free_port()
    with exporting.export("127.0.0.1", port, look):
        told = httpx.get(f"http://127.0.0.1:{port}/metrics")
    assert told.status_code == 200
    assert "outbox" not in told.text
