"""Each limit as a client meets it: a quick and clear answer, and no place that stays taken."""

import contextlib
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from .support import clients, expect, raw
from .support.api import Api
from .support.program import Program, running
from .support.standin import StandIn

pytestmark = pytest.mark.quiet

PATH = "/contactmomenten"
HEAD = 16_384
SECONDS = 2.0
PLACES = 4


@pytest.fixture(scope="module")
def own() -> Iterator[Program]:
    """Start a program with low limits."""
    env = {
        "ALLOWED_HOSTS": "*",
        "MAX_HEADER_SIZE": str(HEAD),
        "MAX_JSON_DEPTH": "10",
        "MAX_BODY_SIZE": "100000",
        "REQUEST_TIMEOUT": str(SECONDS),
        "MAX_REQUESTS": str(PLACES),
        "MAX_QUEUE": "8",
    }
    with running(clients.shared_configuration(), env) as instance:
        yield instance


@pytest.fixture
def low(own: Program, http: httpx.Client, standin: StandIn) -> Api:
    return Api(own.root, http, standin, clients.ALLES)


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def json_headers(api: Api, length: int) -> list[raw.Header]:
    sent: list[raw.Header] = [*api.authorization().items()]
    return [*sent, ("Content-Type", "application/json"), ("Content-Length", str(length))]


def rest(connection: socket.socket) -> bytes:
    """Read until the other side ends it."""
    data = b""
    while block := connection.recv(65_536):
        data += block
    return data


def whole_answer(connection: socket.socket) -> bool:
    """Read what is left of an answer; tell whether it was all there."""
    data = b""
    connection.settimeout(5)
    with connection, contextlib.suppress(ConnectionResetError):
        while block := connection.recv(65_536):
            data += block
    head, _, body = data.lower().partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: ([0-9]+)", head)
    return length is not None and len(body) == int(length[1])


def test_a_body_that_is_too_large(low: Api) -> None:
    response = low.request("POST", PATH, content=b'{"tekst":"' + b"x" * 100_000 + b'"}')
    detail = "De body mag niet groter zijn dan 100000 bytes."
    expect.problem(response, expect.TOO_LARGE, detail=detail)


def test_json_that_is_too_deep(low: Api) -> None:
    detail = "JSON parse error - de gegevens zijn dieper genest dan 10 niveaus"
    for levels in (11, 100, 5000, 15_000):
        response = low.request("POST", PATH, content=deep(levels))
        expect.problem(response, expect.PARSE, detail=detail)
    assert low.request("POST", PATH, content=deep(10)).json()["code"] == "invalid"


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Lang", "x" * HEAD)],
        [("X-Lang", "x" * 10_000_000)],
        [(f"X-{number}", "x") for number in range(150)],
        [(f"X-{number}", "x" * 500) for number in range(90)],
    ],
    ids=["one", "one of 10 MB", "many", "large together"],
)
def test_headers_that_are_too_large(low: Api, headers: list[raw.Header]) -> None:
    begun = time.monotonic()
    try:
        response = low.raw("GET", PATH, headers)
    except (ConnectionError, IndexError):
        # It stopped reading and hung up while we were still sending.
        assert sum(len(value) for _, value in headers) > 1_000_000
    else:
        assert response.status_code == 431
    assert time.monotonic() - begun < 2
    assert low.get(PATH, {"X-Lang": "x" * (HEAD - 2000)}).status_code == 200


@pytest.mark.parametrize("each", [0.0, 0.1], ids=["stops", "one byte at a time"])
def test_a_body_that_comes_too_slowly(low: Api, each: float) -> None:
    """The time counts from the beginning: a trickle does not stretch it."""
    content = json.dumps(low.moment_body()).encode()
    head = json_headers(low, len(content))
    with raw.opened(low.origin, "POST", f"/api/v1{PATH}", head, content[:5]) as connection:
        begun = time.monotonic()
        connection.settimeout(each or 10)
        data = b""
        for number in range(5, 60):
            if each:
                connection.sendall(content[number : number + 1])
            try:
                data = connection.recv(65_536)
                break
            except TimeoutError:
                continue
        assert SECONDS - 0.2 < time.monotonic() - begun < SECONDS + 2
        connection.settimeout(5)
        data += rest(connection)  # it hangs up: the rest of the body is not wanted
    response = raw.parse(data, httpx.Request("POST", low.origin))
    expect.problem(response, expect.TOO_SLOWLY)


def test_slow_bodies_hold_up_nobody_else_and_not_for_long(low: Api) -> None:
    """All the places that one client can get are taken by bodies that do not come."""
    head = json_headers(low, 1000)
    other = low.as_client(clients.UNIE)
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(raw.opened(low.origin, "POST", f"/api/v1{PATH}", head, b"{"))
        time.sleep(0.2)
        begun = time.monotonic()
        for _ in range(20):
            assert other.get(PATH).status_code == 200
        assert time.monotonic() - begun < SECONDS
        time.sleep(max(0.0, begun + SECONDS + 1 - time.monotonic()))
        # Their time is up, while their clients are still there.
        assert low.moment()["bronorganisatie"]


def test_a_client_that_does_not_read_its_answer_is_cut_off(low: Api) -> None:
    for _ in range(40):
        low.moment(tekst="x" * 90_000)
    time.sleep(1)
    target = f"/api/v1{PATH}"
    deaf = []
    for _ in range(3 * PLACES):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", int(low.host.partition(":")[2])))
        lines = [f"GET {target} HTTP/1.1", f"Host: {low.host}"]
        lines += [f"{name}: {value}" for name, value in low.authorization().items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        deaf.append(connection)
        time.sleep(0.1)
    # No place is taken by them: this client may have three at the same time in a worker.
    begun = time.monotonic()
    for _ in range(10):
        assert low.get(f"{PATH}?kanaal=niemand").status_code == 200
    assert time.monotonic() - begun < SECONDS
    time.sleep(SECONDS + 3)
    assert [whole_answer(connection) for connection in deaf] == [False] * len(deaf)
