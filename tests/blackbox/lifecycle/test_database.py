"""The database is cut, restarted or replaced under load: 503 for a moment, and then all is well."""

import contextlib
import os
import signal
import time

import httpx
import pytest

from contactmomenten.database.connection import ConnectionInfo
from tests.blackbox.lifecycle.conftest import Start
from tests.blackbox.lifecycle.database import Cluster
from tests.blackbox.lifecycle.load import Load, load
from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.inside import half_written
from tests.blackbox.support.program import Program
from tests.blackbox.support.standin import StandIn
from tests.processes import descendants
from tests.proof import amount, record
from tests.waiting import until

CONTACT = "/contactmomenten"
CLIENTS = 6
WITHIN = 2.0  # seconds after the database is back


def api_of(program: Program, http: httpx.Client, standin: StandIn) -> Api:
    return Api(program.root, http, standin, clients.ALLES)


def late(running: Load, back: float, until: float) -> list[float]:
    """Return when requests were refused that began more than `WITHIN` after it was back."""
    return [one.began - back for one in running.unavailable if back + WITHIN < one.began < until]


def all_there(api: Api, running: Load) -> None:
    """Read back what was acknowledged, or a part of it when that is much."""
    moments = running.acknowledged
    for moment in moments[:: max(1, len(moments) // 300)]:
        assert api.read(moment["url"])["kanaal"] == moment["kanaal"]


def close(cluster: Cluster, name: str) -> None:
    """Let nobody in any more, and cut off who is in."""
    cluster.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    cluster.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", None, name
    )


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_it_recovers_by_itself_each_time_that_the_server_is_restarted(
    start: Start,
    empty: ConnectionInfo,
    cluster_to_hurt: Cluster,
    http: httpx.Client,
    standin: StandIn,
) -> None:
    times = amount(short=2, long=50)
    program = start(NOTIFICATIONS_DISABLED="false")
    backs = []
    with load([program.root], standin, CLIENTS, pause=0.01) as running:
        for _ in range(times):
            time.sleep(0.5)
            cluster_to_hurt.kill()
            cluster_to_hurt.back()
            backs.append(time.monotonic())
            time.sleep(WITHIN + 1)
    ends = [*backs[1:], time.monotonic()]
    # What began just before the next kill may meet it.
    late_ones = [
        one
        for back, end in zip(backs, ends, strict=True)
        for one in late(running, back, min(end, back + WITHIN + 0.9))
    ]
    first = [
        min(one.ended for one in running.outcomes if one.status == 201 and one.began > back) - back
        for back in backs
    ]
    record(
        "PostgreSQL killed and started again under load",
        times=times,
        requests=len(running.outcomes),
        answers_with_503_and_Retry_After=len(running.unavailable),
        answers_that_must_not_be=len(running.wrong),
        answers_with_503_more_than_2_s_after_it_was_back=len(late_ones),
        longest_until_the_first_write_in_seconds=max(first),
    )
    assert running.wrong == []
    assert running.unavailable, "nobody noticed"
    assert late_ones == []
    assert max(first) < WITHIN
    all_there(api_of(program, http, standin), running)
    assert half_written(empty) == []


def test_a_database_that_is_replaced_by_its_copy_is_used_at_once(
    start: Start,
    empty: ConnectionInfo,
    cluster_to_hurt: Cluster,
    http: httpx.Client,
    standin: StandIn,
) -> None:
    """As after a restore: the same name, other numbers for all that is in it."""
    program = start(NOTIFICATIONS_DISABLED="false")
    name, copy, old = empty.database, f"{empty.database}_copy", f"{empty.database}_old"
    before = cluster_to_hurt.sql("SELECT oid FROM pg_database WHERE datname = $1", None, name)
    try:
        with load([program.root], standin, CLIENTS, pause=0.01) as running:
            time.sleep(1)
            close(cluster_to_hurt, name)
            until(lambda: _copied(cluster_to_hurt, name, copy))
            cluster_to_hurt.sql(f"ALTER DATABASE {name} RENAME TO {old}")
            time.sleep(0.3)  # now it does not even exist
            cluster_to_hurt.sql(f"ALTER DATABASE {copy} RENAME TO {name}")
            back = time.monotonic()
            time.sleep(WITHIN + 1)
    finally:
        cluster_to_hurt.sql(f"DROP DATABASE IF EXISTS {old}")
    after = cluster_to_hurt.sql("SELECT oid FROM pg_database WHERE datname = $1", None, name)
    assert before != after
    assert running.wrong == []
    assert running.unavailable
    assert late(running, back, time.monotonic()) == []
    all_there(api_of(program, http, standin), running)
    assert half_written(empty) == []


def _copied(cluster: Cluster, name: str, copy: str) -> bool:
    with contextlib.suppress(Exception):  # somebody is still on his way out
        cluster.sql(f"CREATE DATABASE {copy} TEMPLATE {name}")
        return True
    return False


def test_workers_that_start_while_the_database_is_away_serve_as_soon_as_it_is_back(
    start: Start,
    empty: ConnectionInfo,
    cluster_to_hurt: Cluster,
    http: httpx.Client,
    standin: StandIn,
) -> None:
    program = start()
    moment = api_of(program, http, standin).moment()
    close(cluster_to_hurt, empty.database)
    for pid in descendants(program.pid):
        os.kill(pid, signal.SIGKILL)
    statuses = []
    until = time.monotonic() + 5
    while time.monotonic() < until:
        time.sleep(0.02)
        with httpx.Client(trust_env=False) as fresh, contextlib.suppress(httpx.TransportError):
            answer = api_of(program, fresh, standin).get(moment["url"])
            statuses.append((answer.status_code, answer.headers.get("retry-after")))
    assert set(statuses) == {(503, "1")}
    cluster_to_hurt.sql(f"ALTER DATABASE {empty.database} ALLOW_CONNECTIONS true")
    time.sleep(WITHIN)
    for _ in range(20):
        with httpx.Client(trust_env=False) as fresh:
            assert api_of(program, fresh, standin).read(moment["url"]) == moment
    assert program.running


def test_a_database_that_hangs_is_told_of_in_time_and_used_again_when_it_goes_on(
    start: Start, cluster_to_hurt: Cluster, http: httpx.Client, standin: StandIn
) -> None:
    program = start(NOTIFICATIONS_DISABLED="false", DB_POOL_MAX_SIZE="2")
    api = api_of(program, http, standin)
    ready = f"{program.origin}/_healthz/readyz/"
    assert http.get(ready).status_code == 200
    time.sleep(1.1)  # an answer counts for a second
    with cluster_to_hurt.hanging():
        for _ in range(2):
            began = time.monotonic()
            answer = http.get(ready)
            assert time.monotonic() - began < 5
            assert answer.status_code == 503
            assert answer.json()["checks"]["database"] == "unavailable"
            time.sleep(1.1)
    until(lambda: http.get(ready).status_code == 200, 10)
    assert api.read(api.moment()["url"])
