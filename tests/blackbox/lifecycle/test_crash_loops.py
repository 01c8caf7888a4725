"""Kill -9, again and again, in the middle of writes of all kinds: what was acknowledged is there.

Each round kills at a random moment. Every so many rounds, and at the end, all that the writers know
is compared with what the API answers, and the database is searched for writes that are half there.
"""

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from contactmomenten.database.connection import ConnectionInfo
from tests.blackbox.lifecycle.conftest import Start
from tests.blackbox.lifecycle.database import Cluster
from tests.blackbox.support import clients, tokens
from tests.blackbox.support.api import Api
from tests.blackbox.support.inside import half_written
from tests.blackbox.support.mixed import Mixed
from tests.blackbox.support.program import Program
from tests.blackbox.support.standin import StandIn
from tests.processes import alive, descendants
from tests.proof import amount, record

WRITERS = 4
ROUNDS_PER_CHECK = 25
SEED = 20_261_124


class Trial:
    """Writers that go on, and what was found out about them."""

    def __init__(self, program: Program, info: ConnectionInfo, standin: StandIn) -> None:
        self.program = program
        self.info = info
        self.standin = standin
        self.random = random.Random(SEED)  # noqa: S311 - no secret
        self.writers = [Mixed(program.root, standin, SEED + turn) for turn in range(WRITERS)]
        self.lost: list[str] = []
        self.half: list[str] = []
        self.began = time.monotonic()

    def go(self, rounds: int, kill: Callable[[], None]) -> None:
        """Let the writers write and `kill` strike so many times."""
        for writer in self.writers:
            writer.start()
        for number in range(1, rounds + 1):
            # Not before something was written since the last time.
            before = self.acknowledged
            while self.acknowledged < before + 5:
                time.sleep(0.005)
                keep_running(self.program)
                assert time.monotonic() < self.began + rounds * 60, "it writes nothing any more"
            time.sleep(self.random.uniform(0, 0.25))
            kill()
            if number % ROUNDS_PER_CHECK == 0 and number < rounds:
                self.check(everything=False)
        self.check(everything=True)
        for writer in self.writers:
            writer.end()

    @property
    def acknowledged(self) -> int:
        return sum(writer.acknowledged for writer in self.writers)

    def check(self, *, everything: bool) -> None:
        """Compare what there is with what must be."""
        for writer in self.writers:
            writer.pause()

        settled(self.program)

        def one(writer: Mixed) -> list[str]:
            with httpx.Client(trust_env=False, timeout=30) as http:
                api = Api(self.program.root, http, self.standin, clients.ALLES)
                return writer.check(api, everything=everything)

        with ThreadPoolExecutor(len(self.writers)) as pool:
            for lost in pool.map(one, self.writers):
                self.lost += lost
        self.half += half_written(self.info)
        for writer in self.writers:
            writer.resume()

    def judge(self, subject: str, rounds: int) -> None:
        """Keep the figures and demand that nothing is wrong."""
        wrong = [wrong for writer in self.writers for wrong in writer.wrong]
        record(
            subject,
            rounds=rounds,
            writes_acknowledged=self.acknowledged,
            writes_without_an_answer=sum(writer.unanswered for writer in self.writers),
            writes_answered_with_503=sum(writer.refused for writer in self.writers),
            acknowledged_writes_lost=len(self.lost),
            writes_half_there_or_chains_broken=len(self.half),
            answers_that_must_not_be=len(wrong),
            minutes=(time.monotonic() - self.began) / 60,
        )
        assert self.lost == []
        assert self.half == []
        assert wrong == []


def keep_running(program: Program) -> None:
    """Start it again when it has ended, as a service manager does.

    It ends by itself when a worker that was replaced dies again within seconds, a moment later
    than the last answer of another worker.
    """
    if not program.running:
        program.start()


def settled(program: Program) -> None:
    """Wait until it has answered from its database for half a second on end."""
    signed = {"Authorization": f"Bearer {tokens.token(clients.ALLES)}"}
    limit = time.monotonic() + 30
    since = time.monotonic()
    while time.monotonic() < since + 0.5:
        assert time.monotonic() < limit, "it does not recover"
        time.sleep(0.02)
        keep_running(program)
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(f"{program.root}/contactmomenten", headers=signed, trust_env=False)
            if answer.status_code == 200:
                continue
        since = time.monotonic()


def kill_all(victims: list[int]) -> None:
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(map(alive, victims)):
        time.sleep(0.005)


@pytest.mark.proof
@pytest.mark.timeout(6 * 3600)
def test_nothing_is_lost_when_server_processes_are_killed(
    start: Start, empty: ConnectionInfo, standin: StandIn
) -> None:
    """A worker, all workers, the main process alone, or all at once."""
    program = start(NOTIFICATIONS_DISABLED="false")
    trial = Trial(program, empty, standin)

    def kill() -> None:
        workers = descendants(program.pid)
        kind = trial.random.choices(("one", "workers", "main", "all"), (4, 1, 1, 2))[0]
        if kind == "one":
            kill_all(workers[:1])
        elif kind == "workers":
            kill_all(workers)
        elif kind == "main":
            # Its workers end by themselves: nobody may go on without it.
            kill_all([program.pid])
            deadline = time.monotonic() + 20
            while any(map(alive, workers)):
                assert time.monotonic() < deadline, (
                    f"outlived their server: {[pid for pid in workers if alive(pid)]}"
                )
                time.sleep(0.01)
        else:
            kill_all([program.pid, *workers])
        revive(program)

    rounds = amount(short=30, long=1000)
    trial.go(rounds, kill)
    trial.judge("Kill -9 of server processes during mixed writes", rounds)
    assert "Traceback" not in program.log.read_text()


def revive(program: Program) -> None:
    """Wait until it answers, and keep it running."""
    with httpx.Client(trust_env=False, timeout=5) as http:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            keep_running(program)
            with contextlib.suppress(httpx.TransportError):
                if http.get(f"{program.root}/schema/openapi.json").status_code == 200:
                    return
            time.sleep(0.02)
    pytest.fail("it neither answers nor ends")


@pytest.mark.proof
@pytest.mark.timeout(6 * 3600)
def test_nothing_is_lost_when_postgresql_is_killed(
    start: Start, empty: ConnectionInfo, cluster_to_hurt: Cluster, standin: StandIn
) -> None:
    """All of its processes at once, or one backend, after which it recovers by itself."""
    program = start(NOTIFICATIONS_DISABLED="false")
    trial = Trial(program, empty, standin)
    born = program.pid, sorted(descendants(program.pid))

    def kill() -> None:
        postmaster = cluster_to_hurt.postmaster
        if trial.random.random() < 0.6:
            cluster_to_hurt.kill()
        else:
            kill_all(descendants(postmaster)[-1:])
            time.sleep(0.1)
        cluster_to_hurt.back()

    rounds = amount(short=6, long=200)
    trial.go(rounds, kill)
    trial.judge("Kill -9 of PostgreSQL during mixed writes", rounds)
    assert (program.pid, sorted(descendants(program.pid))) == born, "the server went on"
