"""The log of the running program: one line per answer, and nothing of a caller in it."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import descendants

from .support import clients
from .support.api import Api
from .support.program import Program
from .support.standin import StandIn
from .support.tokens import Credentials
from .support.values import UNKNOWN


@pytest.fixture(scope="module")
def logging() -> Iterator[Program]:
    env = {"ALLOWED_HOSTS": "*", "LOG_FORMAT_CONSOLE": "json", "SUBPATH": "/cm"}
    instance = Program(clients.shared_configuration(), env, prefix="/cm")
    try:
        instance.start()
        yield instance
    finally:
        instance.remove()


@pytest.fixture
def own(logging: Program, http: httpx.Client, standin: StandIn) -> Api:
    return Api(logging.root, http, standin, clients.ALLES)


def told(program: Program, request_id: str) -> dict[str, dict[str, Any]]:
    """Give what the log tells of one request, by event, once its last line is there."""
    deadline = time.monotonic() + 10
    while True:
        text = program.log.read_text()
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        found = {line["event"]: line for line in lines if line.get("request_id") == request_id}
        if "request_finished" in found:
            return found
        assert time.monotonic() < deadline, text
        time.sleep(0.02)


def test_an_answer_is_one_line(logging: Program, own: Api) -> None:
    assert own.get("/contactmomenten?kanaal=kanarie", {"X-Request-ID": "r-1"}).status_code == 200
    line = told(logging, "r-1")["request_finished"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line.pop("timestamp"))
    assert 0 < line.pop("duration_ms") < 20_000
    assert line == {
        "event": "request_finished",
        "level": "info",
        "logger": "contactmomenten.http.request_log",
        "source": "app",
        "request_id": "r-1",
        "client_id": clients.ALLES.client_id,
        "operation": "contactmoment_list",
        "request": "GET /cm/api/v1/contactmomenten",
        "method": "GET",
        "code": 200,
    }


def test_a_problem_is_found_by_what_the_caller_was_told(logging: Program, own: Api) -> None:
    answer = own.get(f"/contactmomenten/{UNKNOWN}", {"X-Request-ID": "r-2"})
    lines = told(logging, "r-2")
    problem = lines["api.handled_exception"]
    assert answer.json()["instance"] == f"urn:uuid:{problem['exception_id']}"
    assert (problem["status"], problem["code"]) == (404, "not_found")
    assert problem["title"] == answer.json()["title"]
    assert lines["request_finished"]["code"] == 404
    assert lines["request_finished"]["request"] == "GET /cm/api/v1/contactmomenten/{uuid}"


@pytest.mark.parametrize("number", range(3))
def test_what_a_bad_token_says_is_not_told(logging: Program, own: Api, number: int) -> None:
    wrong = [
        Credentials(clients.ALLES.client_id, "een-ander-geheim-van-dertig-tekens-of-meer"),
        Credentials("kanarie-client", "geheim"),
        clients.GEEN,
    ][number]
    answer = own.as_client(wrong).get("/contactmomenten", {"X-Request-ID": f"r-3-{number}"})
    assert answer.status_code == 403
    assert told(logging, f"r-3-{number}")["request_finished"]["client_id"] is None


@pytest.mark.parametrize("given", ["", "kanarie met spaties", "k" * 101, "kanarie\u00e9", "a\tb"])
def test_an_id_that_is_none_is_replaced(logging: Program, own: Api, given: str) -> None:
    before = logging.log.stat().st_size
    headers = [(name.encode(), value.encode()) for name, value in own.authorization().items()]
    headers.append((b"X-Request-ID", given.encode("latin-1")))
    answer = httpx.get(f"{own.root}/contactmomenten", headers=headers, trust_env=False)
    assert answer.status_code == 200
    assert "x-request-id" not in answer.headers
    time.sleep(0.2)
    last = json.loads(logging.log.read_bytes()[before:].splitlines()[-1])
    assert re.fullmatch(r"[0-9a-f]{32}", last["request_id"])


def test_nothing_else_of_a_caller_is_told(logging: Program, own: Api) -> None:
    for number, (method, path, headers) in enumerate(
        (
            ("KANARIE", "/kanarie?kanarie=1", {"User-Agent": "kanarie", "Accept": "kanarie"}),
            ("GET", "/../../kanarie", {}),
            ("GET", "/contactmomenten/kanarie", {"Host": "kanarie"}),
        )
    ):
        own.request(method, path, headers={"X-Request-ID": f"r-4-{number}", **headers})
        line = told(logging, f"r-4-{number}")["request_finished"]
        assert "kanarie" not in json.dumps(line)
    assert told(logging, "r-4-0")["request_finished"]["request"] == "other other"


def test_who_looks_at_our_health_is_not_told(
    logging: Program, own: Api, http: httpx.Client
) -> None:
    for number, path in enumerate(("", "livez/", "readyz/")):
        headers = {"X-Request-ID": f"gezondheid-{number}"}
        assert http.get(f"{own.origin}/_healthz/{path}", headers=headers).status_code == 200
    own.get("/contactmomenten", {"X-Request-ID": "r-5"})
    told(logging, "r-5")
    assert "gezondheid" not in logging.log.read_text()


def test_the_server_itself_logs_in_the_same_way(logging: Program) -> None:
    # A worker has the command line of the program; the database is not ours to kill here.
    command = Path(f"/proc/{logging.pid}/cmdline").read_bytes()
    children = descendants(logging.pid)
    workers = [pid for pid in children if Path(f"/proc/{pid}/cmdline").read_bytes() == command]
    os.kill(workers[0], signal.SIGKILL)
    deadline = time.monotonic() + 10
    while '"source":"granian"' not in logging.log.read_text():
        assert time.monotonic() < deadline, logging.log.read_text()
        time.sleep(0.05)
    (line, *_) = [
        json.loads(line)
        for line in logging.log.read_text().splitlines()
        if '"source":"granian"' in line
    ]
    assert (line["level"], line["logger"]) == ("error", "_granian")
    assert "worker" in line["event"]
