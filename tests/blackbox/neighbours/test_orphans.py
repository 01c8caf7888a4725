"""``contactmomenten relations check``: relations that their source does not know any more."""

import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.neighbour import Neighbour, Reply
from tests.blackbox.support.program import Program, environment, running
from tests.blackbox.support.standin import StandIn

from .test_zaken import ZakenApi, body


class OnlyZaken:
    """The neighbours of a program with nothing but a Zaken API."""

    def __init__(self) -> None:
        self.zaken = Neighbour()


@pytest.fixture
def alone() -> Iterator[OnlyZaken]:
    started = OnlyZaken()
    yield started
    started.zaken.close()


@pytest.fixture
def program_of_its_own() -> Iterator[Program]:
    with running(clients.shared_configuration(), {"ALLOWED_HOSTS": "*"}) as instance:
        yield instance


def check(program: Program, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "contactmomenten", "relations", "check", *options]
    command += ["--data-dir", str(program.data)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment(program.env)
    )
    return done.returncode, done.stdout


def test_orphans_are_found_and_removed(
    program_of_its_own: Program, http: httpx.Client, standin: StandIn, alone: OnlyZaken
) -> None:
    program = program_of_its_own
    api = Api(program.root, http, standin, clients.ALLES)
    zaken = ZakenApi(alone)
    made = []
    for _ in range(25):
        contact = api.moment()["url"]
        zaak = zaken.zaak()
        zaken.relations.add((zaak, contact))
        made.append((zaak, contact, api.post("/objectcontactmomenten", body(zaak, contact)).json()))
    assert check(program)[0] == 0

    for zaak, contact, _ in made[:3]:
        zaken.relations.discard((zaak, contact))
    code, output = check(program)
    assert code == 1
    for _, _, relation in made[:3]:
        assert f"orphan: {relation['url'].rpartition('/')[2]}" in output
    assert "25 relations: 22 known to their source, 3 orphans (0 removed)" in output
    assert api.get(made[0][2]["url"]).status_code == 200

    code, output = check(program, "--remove")
    assert code == 0
    assert "3 orphans (3 removed), 0 without an answer" in output
    for _, contact, relation in made[:3]:
        assert api.get(relation["url"]).status_code == 404
        line = api.trail({"url": contact})[-1]
        assert (line["actie"], line["resourceUrl"]) == ("destroy", relation["url"])
        assert line["wijzigingen"] == {"oud": relation, "nieuw": None}
    assert api.read(made[5][2]["url"]) == made[5][2]
    assert "22 relations: 22 known" in check(program)[1]


def test_a_source_that_does_not_answer_makes_no_orphans(
    program_of_its_own: Program, http: httpx.Client, standin: StandIn, alone: OnlyZaken
) -> None:
    program = program_of_its_own
    api = Api(program.root, http, standin, clients.ALLES)
    zaken = ZakenApi(alone)
    contact, zaak = api.moment()["url"], zaken.zaak()
    zaken.relations.add((zaak, contact))
    relation = api.post("/objectcontactmomenten", body(zaak, contact)).json()
    zaken.listing = Reply(500)
    code, output = check(program, "--remove")
    assert code == 1
    assert "0 orphans (0 removed), 1 without an answer" in output
    assert api.read(relation["url"]) == relation
