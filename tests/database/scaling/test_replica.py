"""Lists are read on the replica, all else on the primary; without the replica nothing is lost."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program
from tests.blackbox.support.standin import StandIn
from tests.blackbox.support.values import unique
from tests.database.scaling.conftest import Start, api_of
from tests.database.scaling.servers import Server
from tests.waiting import until

pytestmark = pytest.mark.quiet

CONTACT = "/contactmomenten"
KLANT = "/klantcontactmomenten"
# Of the program's own connections, not of its questions whether the replica is there.
OURS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'contactmomenten'"


@pytest.fixture(scope="module")
def program(primary: Server, standby: Server, start: Start) -> Program:
    return start(DATABASE_URL=primary.url, DATABASE_REPLICA_URL=standby.url)


@pytest.fixture(scope="module")
def api(program: Program, http: httpx.Client, standin: StandIn) -> Api:
    return api_of(program, http, standin)


def reads_there(api: Api, standby: Server) -> bool:
    """Tell whether both workers read lists on the standby."""
    with standby.standing_still():
        kanaal = unique()
        api.moment(kanaal=kanaal)
        return not any(api.urls(CONTACT, kanaal=kanaal) for _ in range(8))


class Lists(threading.Thread):
    """Asks for lists until told to stop; remembers each answer and how long it took."""

    def __init__(self, program: Program, standin: StandIn) -> None:
        super().__init__()
        self.answers: list[tuple[int, float]] = []
        self.done = threading.Event()
        self._program = program
        self._standin = standin

    def run(self) -> None:
        # Each time a new connection: kept ones may all be those of one worker.
        limits = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(trust_env=False, timeout=30, limits=limits) as http:
            api = api_of(self._program, http, self._standin)
            while not self.done.is_set():
                begun = time.monotonic()
                status = api.get(CONTACT).status_code
                self.answers.append((status, time.monotonic() - begun))


@contextmanager
def asking(program: Program, standin: StandIn) -> Iterator[list[Lists]]:
    """Ask for lists all the time, four at once; in the end each answer must have been 200."""
    threads = [Lists(program, standin) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        for thread in threads:
            thread.done.set()
            thread.join(30)
    assert {status for thread in threads for status, _ in thread.answers} == {200}


def told(program: Program, event: str) -> int:
    return program.log.read_text().count(event)


def test_a_list_shows_what_the_replica_has_and_a_uuid_what_was_just_written(
    api: Api, standby: Server
) -> None:
    kanaal = unique()
    with standby.standing_still():
        moment = api.moment(kanaal=kanaal)
        klant = api.klant(moment)
        changed = api.patch(moment["url"], {"tekst": "na de pauze"}).json()
        for _ in range(8):  # more than there are workers
            assert api.read(moment["url"]) == changed
            assert api.read(klant["url"]) == klant
            assert len(api.trail(moment)) == 3
            assert api.results(CONTACT, kanaal=kanaal) == []
            assert api.results(KLANT, contactmoment=moment["url"]) == []
    until(lambda: api.results(CONTACT, kanaal=kanaal) == [changed])
    until(lambda: api.results(KLANT, contactmoment=moment["url"]) == [klant])


def test_a_filter_knows_what_its_url_names_before_the_replica_does(
    api: Api, standby: Server
) -> None:
    with standby.standing_still():
        klant = api.klant(api.moment())
        answer = api.get(KLANT, contactmoment=klant["url"])
    assert answer.status_code == 400
    assert answer.json()["invalidParams"][0]["code"] == "invalid-type"


def test_a_replica_that_dies_is_missed_by_nobody_and_used_again_when_it_is_back(
    api: Api, program: Program, standby: Server, standin: StandIn
) -> None:
    until(lambda: reads_there(api, standby))
    before = told(program, "replica_away")
    with asking(program, standin) as threads:
        time.sleep(0.5)
        standby.kill()
        time.sleep(1.5)
        asked = sum(len(thread.answers) for thread in threads)
        time.sleep(0.5)
        assert sum(len(thread.answers) for thread in threads) > asked
        standby.start()
        until(lambda: int(standby.sql(OURS)) > 0)
    assert max(seconds for thread in threads for _, seconds in thread.answers) < 2
    until(lambda: reads_there(api, standby))
    assert 1 <= told(program, "replica_away") - before <= 2  # once per worker


def test_a_replica_that_hangs_holds_up_a_read_for_seconds_and_then_none(
    api: Api, program: Program, standby: Server, standin: StandIn
) -> None:
    until(lambda: reads_there(api, standby))
    before = told(program, "replica_away")
    with standby.frozen():
        with asking(program, standin):
            # Each worker (two, on two cores) has to find out once.
            until(lambda: told(program, "replica_away") >= before + 2)
        with asking(program, standin) as threads:
            time.sleep(1)
        assert max(seconds for thread in threads for _, seconds in thread.answers) < 1
    until(lambda: reads_there(api, standby))


def test_a_replica_that_is_not_there_at_the_start_is_used_when_it_comes(
    primary: Server, standby: Server, start: Start, http: httpx.Client, standin: StandIn
) -> None:
    standby.kill()
    program = start(DATABASE_URL=primary.url, DATABASE_REPLICA_URL=standby.url)
    api = api_of(program, http, standin)
    moment = api.moment()
    assert api.urls(CONTACT, kanaal=moment["kanaal"]) == [moment["url"]]
    standby.start()
    until(lambda: reads_there(api, standby))
    assert "replica_back" in program.log.read_text()
