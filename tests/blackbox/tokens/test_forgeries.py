"""No forgery opens anything, makes the program stumble, or takes the database's time."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from os import kill
from urllib.parse import urlsplit

import httpx
import pytest

from tests.blackbox.support import clients, expect, raw, tokens
from tests.blackbox.support.api import Api
from tests.blackbox.support.operations import OPERATIONS, Operation, named
from tests.blackbox.support.program import Program
from tests.blackbox.support.values import UNKNOWN as NO_UUID
from tests.processes import descendants
from tests.proof import amount, record

from .forgeries import FORGERIES
from .making import Forgery

LIST = "/contactmomenten?kanaal=niemand"

# Seconds in which a bad token is answered while the database does nothing at all. Without the
# database it is some milliseconds; whoever asks the database waits for as long as it is stopped.
AT_ONCE = 2.0
STOPPED = 3.0
# How long a good token may wait for the database, and how long whoever sends it does.
PATIENCE = 90.0


def send(
    origin: str, forgery: Forgery, operation: Operation | None = None, *, limit: float = 10
) -> httpx.Response:
    """Send a forgery, with nothing else that is wrong."""
    method, path = "GET", LIST
    if operation is not None:
        method = operation.method
        path = operation.path.format(m=NO_UUID, r=NO_UUID, k=NO_UUID, o=NO_UUID) + "?"
    return raw.send(origin, method, f"/api/v1{path}{forgery.query}", forgery.make(), limit=limit)


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: ascii(forgery.name))
def test_a_forgery_is_refused_with_the_code_of_what_is_wrong(api: Api, forgery: Forgery) -> None:
    response = send(api.origin, forgery)
    free = "" if forgery.code != "permission_denied" else None
    expect.problem(response, expect.FORBIDDEN, code=forgery.code, detail=free)
    assert response.headers["allow"] == expect.COLLECTION


def test_there_are_many_and_no_two_are_alike() -> None:
    assert len({forgery.name for forgery in FORGERIES}) == len(FORGERIES) >= 60
    sent = {(repr(forgery.make()), forgery.query) for forgery in FORGERIES}
    assert len(sent) == len(FORGERIES)


def test_what_the_forger_has_seen_is_good(api: Api) -> None:
    """Else all of its forgeries would be refused for a reason that they have in common."""
    header = [("Authorization", f"Bearer {tokens.token(clients.ALLES)}")]
    url = urlsplit(api.root + LIST)
    response = raw.send(api.origin, "GET", f"{url.path}?{url.query}", header)
    assert response.status_code == 200


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_no_operation_takes_a_forgery(lonely: Program, operation: Operation) -> None:
    step = amount(short=16, long=1)
    for forgery in FORGERIES[OPERATIONS.index(operation) % step :: step]:
        assert send(lonely.origin, forgery, operation).status_code == 403, forgery.name


@contextmanager
def stopped(program: Program) -> Iterator[None]:
    """Stop the processes of the database, all of them, without ending them."""
    pids = program.postmasters()
    pids += [child for pid in pids for child in descendants(pid)]
    assert pids
    for pid in pids:
        kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            kill(pid, signal.SIGCONT)


def send_while_stopped(program: Program, good: Forgery) -> tuple[list[int], list[float]]:
    """Send all forgeries while the database does nothing; give status and seconds of each."""
    statuses, seconds = [], []
    with ThreadPoolExecutor() as pool:
        with stopped(program):
            until = time.monotonic() + STOPPED
            waiting = [pool.submit(send, program.origin, good, limit=PATIENCE) for _ in range(8)]
            for forgery in FORGERIES:
                started = time.monotonic()
                statuses.append(send(program.origin, forgery).status_code)
                seconds.append(time.monotonic() - started)
            time.sleep(max(0.0, until - time.monotonic()))
            assert not any(request.done() for request in waiting), "it was not stopped at all"
        assert {request.result().status_code for request in waiting} == {200}
    return statuses, seconds


@pytest.mark.proof
def test_no_bad_token_takes_a_connection_to_the_database(lonely: Program) -> None:
    """Its database is stopped, and a good token has taken the only connection there is."""
    good = Forgery("none", "", lambda: [("Authorization", f"Bearer {tokens.token(clients.ALLES)}")])
    statuses: list[int] = []
    seconds: list[float] = []
    for _ in range(amount(short=1, long=20)):
        assert send(lonely.origin, good).status_code == 200
        found = send_while_stopped(lonely, good)
        statuses += found[0]
        seconds += found[1]
    slow = sum(taken > AT_ONCE for taken in seconds)
    record(
        "Forged tokens, with the database stopped and its only connection taken",
        different_forgeries=len(FORGERIES),
        sent=len(statuses),
        accepted=sum(status < 400 for status in statuses),
        crashed=sum(status >= 500 for status in statuses),
        refused=statuses.count(403),
        that_waited_for_the_database=slow,
        slowest_in_milliseconds=max(seconds) * 1000,
    )
    assert set(statuses) == {403}
    assert slow == 0
