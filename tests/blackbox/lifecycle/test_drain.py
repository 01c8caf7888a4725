"""One instance is taken away under load while another one stays: no request fails."""

import http.client
import select
import threading
import time
from collections import Counter

import pytest

from tests.blackbox.lifecycle.conftest import Start
from tests.blackbox.lifecycle.load import load
from tests.blackbox.support import clients, tokens
from tests.blackbox.support.program import Program
from tests.blackbox.support.standin import StandIn
from tests.proof import amount, record

DRAIN = "1"
PATH = "/api/v1/contactmomenten"


class Reader(threading.Thread):
    """Reads at two instances in turn; tries again only where a connection was refused.

    One that keeps its connections uses each again and again, unless it sees that it was closed.
    """

    def __init__(self, programs: list[Program], *, keeps: bool) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.told: Counter[str] = Counter()
        self.failed: list[str] = []
        self._programs = programs
        self._keeps = keeps
        self._kept: dict[int, http.client.HTTPConnection] = {}

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {tokens.token(clients.ALLES)}"}
        number = 0
        while not self.done.wait(0.003):
            number += 1
            port = self._programs[number % 2].port
            try:
                connection = self._connection(port)
            except ConnectionRefusedError:
                self.told["refused"] += 1
                time.sleep(0.005)
                continue
            try:
                connection.request("GET", PATH, headers=headers)
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(repr(error))
                connection.close()
                continue
            self.told[str(response.status)] += 1
            if response.headers.get("connection") == "close":
                self.told["told to close"] += 1
            if self._keeps and response.headers.get("connection") != "close":
                self._kept[port] = connection
            else:
                connection.close()
        for connection in self._kept.values():
            connection.close()

    def _connection(self, port: int) -> http.client.HTTPConnection:
        kept = self._kept.pop(port, None)
        if kept is not None:
            if not select.select([kept.sock], [], [], 0)[0]:
                return kept
            kept.close()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.connect()
        return connection


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_no_request_fails_while_instances_come_and_go(start: Start, standin: StandIn) -> None:
    """Each of two instances is stopped in turn, as with a rolling update, and started again."""
    rounds = amount(short=2, long=100)
    programs = [start(DRAIN_SECONDS=DRAIN), start(DRAIN_SECONDS=DRAIN)]
    readers = [Reader(programs, keeps=number % 2 == 0) for number in range(10)]
    slowest = 0.0
    with load([program.root for program in programs], standin, 4, pause=0.01) as running:
        for reader in readers:
            reader.start()
        for turn in range(rounds):
            time.sleep(0.3)
            began = time.monotonic()
            assert programs[turn % 2].stop() == 0
            slowest = max(slowest, time.monotonic() - began)
            programs[turn % 2].start()
        for reader in readers:
            reader.done.set()
        for reader in readers:
            reader.join(60)
    told = sum((reader.told for reader in readers), Counter[str]())
    failed = [failure for reader in readers for failure in reader.failed]
    record(
        "Hand-over between two instances under load",
        stops_with_sigterm=rounds,
        requests_answered=len(running.outcomes) + told["200"],
        requests_failed=len(failed) + len(running.wrong) + len(running.unavailable),
        connections_refused_and_tried_elsewhere=told["refused"] + running.refused,
        answers_that_ended_their_connection=told["told to close"],
        slowest_stop_in_seconds=slowest,
    )
    assert failed == []
    assert running.wrong == []
    assert running.unavailable == []
    assert set(told) == {"200", "refused", "told to close"}
    for program in programs:
        assert "Traceback" not in program.log.read_text()


def answer(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
    connection.request("GET", "/api/v1/schema/openapi.json")
    response = connection.getresponse()
    response.read()
    return response


def test_a_connection_that_is_in_use_ends_with_an_answer_that_says_so(start: Start) -> None:
    program = start(DRAIN_SECONDS="2")
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=10)
    assert answer(connection).headers["connection"] is None
    stopping = threading.Thread(target=program.stop)
    stopping.start()
    try:
        time.sleep(0.5)
        assert answer(connection).headers["connection"] == "close"
        assert connection.sock is None, "http.client closes what was said to be the last one"
        # And so does one that is made now.
        assert answer(connection).headers["connection"] == "close"
    finally:
        stopping.join()
    with pytest.raises(ConnectionRefusedError):
        connection.connect()
