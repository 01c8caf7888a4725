import json
from collections.abc import Callable, Iterator

import pytest

from benchmarks.asking import ask, compare, compare_created
from benchmarks.driver import WrongAnswerError
from benchmarks.http import Target
from tests.benchmarks.servers import Server

Serve = Callable[[str, bytes], Target]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers = []

    def start(status: str, body: bytes) -> Target:
        head = f"HTTP/1.1 {status}\r\nETag: x\r\nContent-Length: {len(body)}\r\n\r\n"
        server = Server(head.encode() + body)
        servers.append(server)
        return Target("one", server.port, "token")

    yield start
    for server in servers:
        server.close()


def test_an_answer_has_its_body_and_tag(serve: Serve) -> None:
    assert ask(serve("200 OK", b"hallo"), "/x") == (b"hallo", "x")


def test_a_failure_is_a_wrong_answer(serve: Serve) -> None:
    with pytest.raises(WrongAnswerError, match="404"):
        ask(serve("404 Not Found", b"{}"), "/x")


def test_servers_that_answer_the_same_are_equal(serve: Serve) -> None:
    compare(serve("200 OK", b"[1]"), serve("200 OK", b"[1]"), "/x")


def test_servers_that_answer_otherwise_are_not(serve: Serve) -> None:
    with pytest.raises(WrongAnswerError, match="differ on /x"):
        compare(serve("200 OK", b"[1]"), serve("200 OK", b"[2]"), "/x")


def test_a_create_must_succeed(serve: Serve) -> None:
    target = serve("400 Bad Request", json.dumps({"code": "invalid"}).encode())
    with pytest.raises(WrongAnswerError, match="invalid"):
        compare_created(target, target, "/x", b"{}")
