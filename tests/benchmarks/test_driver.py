import socket
import threading
from collections.abc import Iterator

import pytest

from benchmarks.driver import Job, drive
from benchmarks.http import Prepared
from tests.benchmarks.servers import OK, Server


@pytest.fixture
def port() -> Iterator[int]:
    server = Server(OK)
    yield server.port
    server.close()


def prepared(contains: bytes = b"", status: int = 200) -> Prepared:
    return Prepared(b"GET / HTTP/1.1\r\n\r\n", status, contains)


def test_each_answer_is_timed(port: int) -> None:
    outcome = drive(Job(port=port, requests=[prepared(b"hallo")], seconds=0.1, connections=3))
    assert outcome.wrong == 0
    assert outcome.requests > 3
    assert all(0 < latency < 5 for latency in outcome.latencies)
    assert 0.1 <= outcome.seconds < 5


def test_what_can_be_sent_once_is_sent_once(port: int) -> None:
    job = Job(port=port, requests=[prepared()] * 7, seconds=5, connections=3, start=2, once=True)
    assert drive(job).requests == 5


def test_there_is_a_limit_to_the_requests(port: int) -> None:
    job = Job(port=port, requests=[prepared()], seconds=5, connections=2, start=3, most=4)
    assert drive(job).requests == 4


@pytest.mark.parametrize("wrong", [prepared(b"dag"), prepared(status=201)])
def test_a_wrong_answer_is_noticed(port: int, wrong: Prepared) -> None:
    outcome = drive(Job(port=port, requests=[wrong], seconds=5, connections=1, most=1))
    assert outcome.wrong == 1
    assert "hallo" in outcome.example


def test_a_closed_connection_is_noticed() -> None:
    server = Server(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up() -> None:
        connection, _ = listener.accept()
        connection.recv(100)
        connection.close()

    thread = threading.Thread(target=hang_up, daemon=True)
    thread.start()
    job = Job(port=listener.getsockname()[1], requests=[prepared()], seconds=1, connections=1)
    outcome = drive(job)
    thread.join(5)
    listener.close()
    server.close()
    assert outcome.wrong == 1
    assert "not answered" in outcome.example
