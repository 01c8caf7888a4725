"""The program is stopped, or killed in the middle of writes, and started again."""

import contextlib
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest

from contactmomenten.database.embedded import connection_of_running
from tests.processes import alive, descendants

from .support import clients
from .support.api import Api
from .support.inside import half_written
from .support.program import Program
from .support.standin import StandIn
from .support.values import JsonObject, unique, uuid_of

CONTACT = "/contactmomenten"


@pytest.fixture
def own() -> Iterator[Program]:
    """Start a program of this test alone."""
    env = {"ALLOWED_HOSTS": "*", "NOTIFICATIONS_DISABLED": "false"}
    instance = Program(clients.shared_configuration(), env)
    try:
        instance.start()
        yield instance
    finally:
        instance.kill()
        instance.remove()


class Writer(threading.Thread):
    """Writes until the program goes away; remembers what was acknowledged."""

    def __init__(self, program: Program, standin: StandIn, kanaal: str) -> None:
        super().__init__()
        self.program = program
        self.standin = standin
        self.kanaal = kanaal
        self.acknowledged: list[JsonObject] = []
        self.updated: dict[str, str] = {}
        self.klanten: list[JsonObject] = []

    def run(self) -> None:
        with httpx.Client(trust_env=False, timeout=5) as http:
            api = Api(self.program.root, http, self.standin, clients.ALLES)
            try:
                self._write(api)
            except httpx.HTTPError:
                return

    def _write(self, api: Api) -> None:
        vorig = None
        number = 0
        while True:
            number += 1
            body = api.moment_body(kanaal=self.kanaal, vorigContactmoment=vorig)
            response = api.post(CONTACT, body)
            assert response.status_code in {201, 503}, response.text
            if response.status_code != 201:
                continue
            moment = response.json()
            self.acknowledged.append(moment)
            vorig = moment["url"]
            if number % 3 == 0 and api.patch(vorig, {"tekst": str(number)}).status_code == 200:
                self.updated[vorig] = str(number)
            if number % 4 == 0:
                response = api.post("/klantcontactmomenten", api.klant_body(vorig))
                if response.status_code == 201:
                    self.klanten.append(response.json())


def everything(api: Api, kanaal: str) -> list[JsonObject]:
    """Read all pages of this kanaal."""
    rows: list[JsonObject] = []
    content: JsonObject = {"next": f"{CONTACT}?kanaal={kanaal}"}
    while content["next"]:
        content = api.get(content["next"]).json()
        rows += content["results"]
    assert content["count"] == len(rows)
    return rows


def audit(api: Api, kanaal: str, writers: list[Writer]) -> int:
    """Check everything that was acknowledged, and the whole chain; give the number of rows."""
    rows = everything(api, kanaal)
    by_url = {row["url"]: row for row in rows}
    for writer in writers:
        for moment in writer.acknowledged:
            row = by_url[moment["url"]]
            assert row["vorigContactmoment"] == moment["vorigContactmoment"]
            assert row["tekst"] == writer.updated.get(moment["url"], row["tekst"])
            assert row | {"tekst": "", "volgendContactmoment": None} == moment
        for klant in writer.klanten:
            assert api.read(klant["url"]) == klant
    for row in rows:
        if row["vorigContactmoment"]:
            assert by_url[row["vorigContactmoment"]]["volgendContactmoment"] == row["url"]
        if row["volgendContactmoment"]:
            assert by_url[row["volgendContactmoment"]]["vorigContactmoment"] == row["url"]
        trail = api.trail(row)
        assert (trail[0]["actie"], trail[0]["resultaat"]) == ("create", 201)
        own = [line for line in trail if line["resource"] == "contactmoment"]
        for before, after in pairwise(own):
            assert after["wijzigingen"]["oud"] == before["wijzigingen"]["nieuw"]
        assert own[-1]["wijzigingen"]["nieuw"] == row
        relations = {line["resourceUrl"] for line in trail if line not in own}
        found = api.urls("/klantcontactmomenten", contactmoment=row["url"])
        assert relations == set(found)
    return len(rows)


def half_written_in(program: Program) -> list[str]:
    """Look in its database for writes that are half there."""
    info = connection_of_running(program.data)
    assert info is not None
    return half_written(info)


def test_nothing_acknowledged_is_lost_by_kill_9(
    own: Program, http: httpx.Client, standin: StandIn
) -> None:
    """The whole process group and its database are killed, twice, in the middle of writes."""
    kanaal = unique("kill")
    writers: list[Writer] = []
    for _ in range(2):
        current = [Writer(own, standin, kanaal) for _ in range(3)]
        writers += current
        for writer in current:
            writer.start()
        time.sleep(0.8)
        own.kill()
        for writer in current:
            writer.join(15)
            assert not writer.is_alive()
            assert writer.acknowledged
        own.start()
    api = Api(own.root, http, standin, clients.ALLES)
    assert audit(api, kanaal, writers) >= sum(len(writer.acknowledged) for writer in writers)
    assert half_written_in(own) == []
    after = api.moment(kanaal=kanaal)
    assert api.read(after["url"]) == after


def test_sigterm_ends_it_and_its_database_and_keeps_the_data(
    own: Program, http: httpx.Client, standin: StandIn
) -> None:
    api = Api(own.root, http, standin, clients.ALLES)
    moment = api.moment()
    started = {own.pid, *descendants(own.pid), *own.postmasters()}
    own.stop()
    deadline = time.monotonic() + 5
    while any(map(alive, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in started if alive(pid)] == []
    own.start()
    assert api.read(moment["url"]) == moment
    assert len(api.trail(moment)) == 1


def test_acknowledged_writes_survive_sigterm_under_load(
    own: Program, http: httpx.Client, standin: StandIn
) -> None:
    kanaal = unique("term")
    writers = [Writer(own, standin, kanaal) for _ in range(3)]
    for writer in writers:
        writer.start()
    time.sleep(0.5)
    own.stop()
    for writer in writers:
        writer.join(15)
        assert not writer.is_alive()
    own.start()
    api = Api(own.root, http, standin, clients.ALLES)
    urls = {uuid_of(row["url"]) for row in everything(api, kanaal)}
    for writer in writers:
        assert {uuid_of(moment["url"]) for moment in writer.acknowledged} <= urls


def test_only_the_server_killed_it_starts_again_over_its_database(
    own: Program, http: httpx.Client, standin: StandIn
) -> None:
    """The server dies alone; whatever became of its database, a new start serves the data."""
    api = Api(own.root, http, standin, clients.ALLES)
    moment = api.moment()
    own.kill_server_only()
    own.start()
    assert api.read(moment["url"]) == moment


@pytest.mark.parametrize("later", [0.0, 0.02, 0.05, 0.1, 0.2])
def test_sigterm_while_other_workers_still_start_is_heard(own: Program, later: float) -> None:
    """The first worker answers while the others are at any point of their start."""
    own.stop()
    own.launch()
    while own.running:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(own.root, timeout=5, trust_env=False)
            break
    time.sleep(later)
    before = time.monotonic()
    assert own.stop() == 0
    assert time.monotonic() - before < 10
