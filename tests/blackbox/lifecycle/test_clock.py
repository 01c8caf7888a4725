"""The clock jumps, of the machine and of the database: an hour or two ahead, and back.

Nobody may set the clock of a machine for a test. So the program runs with a `time.time` that is off
by what a file says (its only other clocks never jump, or only date what is written), and the
database with a `now()` and a `clock_timestamp()` that are off by what a table says, which every
statement and every default of a column finds before PostgreSQL's own.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contactmomenten.database.connection import ConnectionInfo
from tests.blackbox.lifecycle.conftest import SECRET_KEY, Start
from tests.blackbox.lifecycle.database import Cluster, url_of
from tests.blackbox.neighbours.test_notifications import configuration
from tests.blackbox.support import clients, expect
from tests.blackbox.support.api import Api
from tests.blackbox.support.neighbour import Neighbour, Reply
from tests.blackbox.support.program import environment
from tests.blackbox.support.standin import StandIn
from tests.processes import descendants
from tests.waiting import until

HOUR = 3600

PYTHON = """
import os, time
_real = time.time
def _shifted():
    with open(os.environ["CLOCK_FILE"]) as file:
        return _real() + float(file.read())
time.time = _shifted
"""

POSTGRESQL = """
CREATE SCHEMA klok;
CREATE TABLE klok.stand (seconden float8);
INSERT INTO klok.stand VALUES (0);
CREATE FUNCTION klok.now() RETURNS timestamptz STABLE LANGUAGE sql AS
    'SELECT pg_catalog.now() + (SELECT seconden FROM klok.stand) * interval ''1 second''';
CREATE FUNCTION klok.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS
    'SELECT pg_catalog.clock_timestamp()
        + (SELECT seconden FROM klok.stand) * interval ''1 second''';
ALTER DATABASE {name} SET search_path = klok, pg_catalog, public;
"""


class Clock:
    """The time of program and database."""

    def __init__(self, folder: Path, cluster: Cluster, info: ConnectionInfo) -> None:
        self.info = info
        self._file = folder / "clock"
        self._cluster = cluster
        (folder / "sitecustomize.py").write_text(PYTHON)
        self.env = {"PYTHONPATH": str(folder), "CLOCK_FILE": str(self._file)}
        self.sql(POSTGRESQL.format(name=info.database))
        self.set(0)

    def set(self, seconds: float) -> None:
        """Have both be so much ahead of the real one."""
        new = self._file.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self._file)
        self.sql(f"UPDATE klok.stand SET seconden = {seconds} RETURNING 1")

    def sql(self, sql: str) -> list[tuple[Any, ...]]:
        """Run `sql` in the database."""
        return self._cluster.sql(sql, self.info.database)


@pytest.fixture
def clock(tmp_path: Path, cluster_to_hurt: Cluster, empty: ConnectionInfo) -> Clock:
    return Clock(tmp_path, cluster_to_hurt, empty)


@pytest.fixture
def nrc() -> Iterator[Neighbour]:
    server = Neighbour()
    server.answer = lambda _: Reply(201)
    yield server
    server.close()


def told(nrc: Neighbour) -> list[str]:
    """Return the contactmomenten of which the Notificaties API was told."""
    return [asked.json["hoofdObject"] for asked in list(nrc.asked) if asked.method == "POST"]


def test_tokens_follow_the_clock_ahead_and_back(
    start: Start, clock: Clock, http: httpx.Client, standin: StandIn
) -> None:
    program = start(**clock.env)
    api = Api(program.root, http, standin, clients.ALLES)
    now = int(time.time())
    of_now = {"iat": now, "exp": now + HOUR}
    of_then = {"iat": now + 2 * HOUR, "exp": now + 3 * HOUR}
    without_exp = {"iat": now}

    def codes() -> list[str]:
        answers = [
            api.request("GET", "/contactmomenten", claims=claims)
            for claims in (of_now, without_exp, of_then)
        ]
        return ["" if one.status_code == 200 else one.json()["code"] for one in answers]

    immature = "jwt-immaturesignatureerror"
    assert codes() == ["", "", immature]
    clock.set(2 * HOUR)
    assert codes() == ["jwt-expiredsignatureerror", "jwt-expired", ""]
    clock.set(0)
    assert codes() == ["", "", immature]
    clock.set(-2 * HOUR)
    assert codes() == [immature] * 3
    expect.forbidden(api.request("GET", "/contactmomenten", claims=of_now), immature)


def test_notifications_go_on_and_no_lease_is_stuck_when_the_clock_goes_back(
    start: Start, clock: Clock, nrc: Neighbour, http: httpx.Client, standin: StandIn
) -> None:
    env = {"NOTIFICATIONS_DISABLED": "false", **clock.env}
    program = start(configuration(nrc.port), **env)
    api = Api(program.root, http, standin, clients.ALLES)
    now = int(time.time())

    def make(ahead: int) -> str:
        response = api.request(
            "POST", "/contactmomenten", api.moment_body(), claims={"iat": now + ahead}
        )
        assert response.status_code == 201, response.text
        return str(response.json()["url"])

    first = make(0)
    until(lambda: first in told(nrc))

    clock.set(2 * HOUR)
    ahead = make(2 * HOUR)
    until(lambda: ahead in told(nrc))

    # One is under way, and leased, when the clock goes back and all processes die.
    nrc.answer = lambda _: Reply(201, wait=8)
    leased = make(2 * HOUR)
    until(lambda: leased in told(nrc))
    waiting = [make(2 * HOUR) for _ in range(3)]
    for pid in (program.pid, *descendants(program.pid)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    program.wait(10)
    nrc.forget()
    nrc.answer = lambda _: Reply(201)
    clock.set(0)
    assert leased.rsplit("/", 1)[1] in queue(clock), "it can be looked at"
    program.start()
    back = make(0)
    until(lambda: back in told(nrc))
    until(lambda: {leased, *waiting} <= set(told(nrc)), 30)
    until(lambda: clock.sql("SELECT count(*) FROM notificatie") == [(0,)])
    assert "api.uncaught_exception" not in program.log.read_text()
    assert "clock_of_database_was_set_back" in program.log.read_text()


def queue(clock: Clock) -> str:
    """Look at the queue as an operator does."""
    done = subprocess.run(
        [sys.executable, "-m", "contactmomenten", "notifications", "list"],
        env=environment(
            {**clock.env, "DATABASE_URL": url_of(clock.info), "SECRET_KEY": SECRET_KEY}
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
