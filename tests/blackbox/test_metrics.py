"""Figures for Prometheus, and health, of the running program."""

import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.deploy.monitoring.files import expressions, labels_of, metrics_of
from tests.waiting import until

from .support import clients
from .support.api import Api
from .support.program import Program, environment, free_port, running
from .support.standin import StandIn


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def own(metrics_port: int) -> Iterator[Program]:
    """Start a program that tells figures."""
    env = {
        "ALLOWED_HOSTS": "*",
        "METRICS_PORT": str(metrics_port),
        "NOTIFICATIONS_DISABLED": "false",
    }
    with running(clients.shared_configuration(), env) as instance:
        yield instance


@pytest.fixture
def own_api(own: Program, http: httpx.Client, standin: StandIn) -> Api:
    return Api(own.root, http, standin, clients.ALLES)


def figures(http: httpx.Client, port: int) -> dict[str, float]:
    """Give all figures by name and labels."""
    text = http.get(f"http://127.0.0.1:{port}/metrics").text
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def told(http: httpx.Client, port: int) -> dict[str, float]:
    """Give the figures, none while nobody listens yet."""
    try:
        return figures(http, port)
    except httpx.ConnectError:
        return {}


def test_requests_of_all_workers_are_counted(
    own: Program, own_api: Api, http: httpx.Client, metrics_port: int
) -> None:
    name = 'contactmomenten_requests_total{operation="contactmoment_read",status="200"}'
    before = figures(http, metrics_port).get(name, 0)
    url = own_api.moment()["url"]
    for _ in range(40):
        with httpx.Client(trust_env=False) as fresh:  # another connection, so any worker
            assert fresh.get(url, headers=own_api.authorization()).status_code == 200
    after = figures(http, metrics_port)
    assert after[name] - before == 40
    count = 'contactmomenten_request_seconds_count{operation="contactmoment_read"}'
    assert after[count] >= 40
    create = 'contactmomenten_requests_total{operation="contactmoment_create",status="201"}'
    assert after[create] >= 1
    call = 'contactmomenten_outgoing_calls_total{api_type="other",outcome="200",service="other"}'
    assert after[call] >= 1


def test_refusals_are_counted_by_code(
    own: Program, own_api: Api, http: httpx.Client, metrics_port: int
) -> None:
    name = 'contactmomenten_refusals_total{code="permission_denied"}'
    before = figures(http, metrics_port).get(name, 0)
    assert own_api.as_client(None).get("/contactmomenten").status_code == 403
    assert figures(http, metrics_port)[name] == before + 1


def test_the_pool_and_the_outbox_are_told(
    own: Program, own_api: Api, http: httpx.Client, metrics_port: int
) -> None:
    own_api.moment()
    found = figures(http, metrics_port)
    assert found["contactmomenten_pool_connections"] >= 2
    assert found["contactmomenten_outbox_length"] >= 0
    assert found["contactmomenten_outbox_parked"] == 0
    assert found["contactmomenten_outbox_oldest_seconds"] >= 0


def test_only_processes_that_answer_requests_count_as_serving(
    own: Program, http: httpx.Client, metrics_port: int
) -> None:
    assert figures(http, metrics_port)["contactmomenten_serving_processes"] >= 1
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "contactmomenten", "worker", "--data-dir", str(own.data)],
        env=environment({**own.env, "METRICS_PORT": str(port)}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as worker:
        try:
            until(lambda: told(http, port).get("contactmomenten_pool_connections"))
            assert told(http, port)["contactmomenten_serving_processes"] == 0
        finally:
            worker.terminate()


def test_figures_are_no_part_of_the_api(own: Program, http: httpx.Client) -> None:
    assert http.get(f"{own.origin}/metrics").status_code == 404


def test_nothing_that_callers_send_becomes_a_label(
    own: Program, own_api: Api, http: httpx.Client, metrics_port: int
) -> None:
    for path in ("/canary-path", "/contactmomenten?kanaal=canary-query"):
        own_api.get(path)
    text = http.get(f"http://127.0.0.1:{metrics_port}/metrics").text
    assert "canary" not in text
    operations = set(re.findall(r'operation="([^"]*)"', text))
    assert all(re.fullmatch(r"[a-z_]+", name) for name in operations)


def test_health_of_the_running_program(own: Program, http: httpx.Client) -> None:
    for path in ("/_healthz/", "/_healthz/livez/", "/_healthz/readyz/"):
        answer = http.get(f"{own.origin}{path}", headers={"Host": "10.0.0.9"})
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_what_the_dashboard_and_the_alerts_ask_for_is_told(
    own: Program, own_api: Api, http: httpx.Client, metrics_port: int
) -> None:
    own_api.moment()
    own_api.as_client(None).get("/contactmomenten")
    labels: dict[str, set[str]] = {}
    for sample in figures(http, metrics_port):
        name, _, rest = sample.partition("{")
        labels.setdefault(name, set()).update(re.findall(r'([a-z_]+)="', rest))
    for expression in expressions():
        known: set[str] = set()
        for name in metrics_of(expression):
            assert name in labels, expression
            known |= labels[name]
        assert labels_of(expression) <= known, expression
