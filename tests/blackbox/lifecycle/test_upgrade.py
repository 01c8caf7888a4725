"""The newest migration is applied to a database with data in it, under the program before it.

The program before is the newest commit that does not have the newest migration, from the history
of this repository. A shallow clone or an export does not have it: the test that needs it is then
skipped, and says so. What is left is the replay of a statement of an older program, kept here.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.migrations import all_migrations
from tests.blackbox.lifecycle.conftest import SECRET_KEY
from tests.blackbox.lifecycle.database import Cluster, run, url_of
from tests.blackbox.lifecycle.load import load
from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.inside import half_written
from tests.blackbox.support.program import Program, environment, free_port
from tests.blackbox.support.standin import StandIn
from tests.blackbox.support.values import JsonObject
from tests.waiting import until

REPOSITORY = Path(__file__).parents[3]
MIGRATIONS = "src/contactmomenten/database/migrations"

# How a program of step 6 writes a contactmoment.
_CREATE = """
WITH moment AS (
    INSERT INTO contactmoment (
        uuid, bronorganisatie, registratiedatum, kanaal, voorkeurskanaal, voorkeurstaal, tekst,
        onderwerp_links, initiatiefnemer, medewerker, medewerker_identificatie,
        medewerker_identificatie_id
    ) VALUES (
        $1::uuid, '423182687', now(), 'replay', '', '', '', '{}', '', '',
        '{"identificatie":"jan","achternaam":"","voorletters":"","voorvoegselAchternaam":""}',
        nextval('medewerker_identificatie_volgnummer')
    )
), trail AS (
    INSERT INTO audittrail (
        contactmoment, uuid, applicatie_id, applicatie_weergave, gebruikers_id,
        gebruikers_weergave, actie, resultaat, hoofd_object, resource, resource_url, toelichting,
        resource_weergave, oud, nieuw, logrecord_id
    ) VALUES (
        $1::uuid, gen_random_uuid(), '', 'ouder', '', '', 'create', 201, $2, 'contactmoment', $2,
        '', '', NULL, '{"tekst":""}', ''
    )
)
INSERT INTO notificatie (contactmoment, bericht) VALUES ($1::uuid, '{"actie":"create"}')
RETURNING contactmoment
"""

_VERSIONS = "SELECT nummer FROM migratie ORDER BY nummer"


def git(*arguments: str) -> bytes:
    """Run git here; empty when there is no history."""
    safe = ["git", "-c", f"safe.directory={REPOSITORY}", "-C", str(REPOSITORY)]
    try:
        return subprocess.run([*safe, *arguments], check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return b""


def commit_before_newest_migration() -> str:
    """Return the last commit without the newest migration; empty when it cannot be told."""
    newest = f"{MIGRATIONS}/{all_migrations()[-1].number:04d}_*.sql"
    added = git("log", "--format=%H", "--diff-filter=A", "--", newest).decode().split()
    if not added:
        return ""
    before = git("rev-parse", "--verify", "--quiet", f"{added[-1]}^").decode().strip()
    known = git("ls-tree", "--name-only", before, f"{MIGRATIONS}/").decode() if before else ""
    names = [name for name in known.split() if name.endswith(".sql")]
    return before if len(names) == len(all_migrations()) - 1 else ""


class Older(Program):
    """The program of an earlier commit, in the environment of the present one."""

    source: Path

    def launch(self) -> None:
        here = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = str(self.source)
        try:
            super().launch()
        finally:
            os.environ.pop("PYTHONPATH")
            if here is not None:
                os.environ["PYTHONPATH"] = here


@pytest.fixture
def source() -> Iterator[Path]:
    """Lend the source of the program before."""
    commit = commit_before_newest_migration()
    if not commit:
        pytest.skip("the history of this repository is not here: no program before this one")
    folder = Path(mkdtemp(prefix="cm-older-"))
    try:
        archive = git("archive", "--format=tar", commit, "src")
        with tarfile.open(fileobj=BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        yield folder / "src"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def without_newest() -> Iterator[Path]:
    """Lend the present source without the newest migration, to migrate with."""
    folder = Path(mkdtemp(prefix="cm-older-"))
    try:
        shutil.copytree(REPOSITORY / "src", folder / "src")
        (newest,) = (folder / MIGRATIONS).glob(f"{all_migrations()[-1].number:04d}_*.sql")
        newest.unlink()
        yield folder / "src"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def change_each_others(
    old: Program, new: Program, http: httpx.Client, standin: StandIn, follower: JsonObject
) -> None:
    """Have each read, change and remove what the other made."""
    for one, other in ((old, new), (new, old)):
        here = Api(one.root, http, standin, clients.ALLES)
        there = Api(other.root, http, standin, clients.ALLES)
        moment = here.moment(vorigContactmoment=follower["url"] if one is old else None)
        path = f"/contactmomenten/{moment['url'].rsplit('/', 1)[1]}"
        assert there.patch(path, {"tekst": "changed"}).status_code == 200
        assert here.get(path).json()["tekst"] == "changed"
        assert len(here.get(f"{path}/audittrail").json()) == 2
        assert len(there.get(f"{path}/audittrail").json()) == 2
        there.klant(there.get(path).json())
        assert here.get("/contactmomenten", kanaal=moment["kanaal"]).json()["count"] == 1
        assert there.get("/contactmomenten", kanaal=moment["kanaal"]).json()["count"] == 1
        if one is new:
            assert there.delete(path).status_code == 204
            assert here.get(path).status_code == 404


def test_old_and_new_serve_together_and_nothing_is_lost_by_the_upgrade(
    source: Path,
    empty: ConnectionInfo,
    cluster_to_hurt: Cluster,
    http: httpx.Client,
    standin: StandIn,
) -> None:
    newest = all_migrations()[-1].number
    env = {
        "DATABASE_URL": url_of(empty),
        "SECRET_KEY": SECRET_KEY,
        "NOTIFICATIONS_DISABLED": "false",
    }
    old = Older(clients.shared_configuration(), env)
    old.source = source
    new = Program(clients.shared_configuration(), env)
    try:
        old.start()
        assert run(empty, _VERSIONS)[-1] == (newest - 1,)
        api = Api(old.root, http, standin, clients.ALLES)
        first = api.moment(tekst="before")
        follower = api.moment(vorigContactmoment=first["url"])
        klant = api.klant(first)
        with load([old.root], standin, 3, pause=0.01) as at_old:
            time.sleep(1)
            new.start()
            upgraded = time.monotonic()
            assert run(empty, _VERSIONS)[-1] == (newest,)
            with load([new.root], standin, 3, pause=0.01) as at_new:
                time.sleep(2)
        for running in (at_old, at_new):
            assert running.wrong == []
            assert running.of(lambda one: one.status == 201 and one.began > upgraded)
        # A migration that needs a lock makes requests wait, or gives up itself.
        assert at_new.unavailable == []
        assert at_old.unavailable == []

        assert half_written(empty) == []

        change_each_others(old, new, http, standin, follower)
        old.stop()
        after = Api(new.root, http, standin, clients.ALLES)
        for moment in (*at_old.acknowledged, *at_new.acknowledged):
            path = f"/contactmomenten/{moment['url'].rsplit('/', 1)[1]}"
            assert after.get(path).json()["kanaal"] == moment["kanaal"]
        path = f"/contactmomenten/{first['url'].rsplit('/', 1)[1]}"
        found = after.get(path).json()
        assert found["volgendContactmoment"].endswith(follower["url"].rsplit("/", 1)[1])
        path = f"/klantcontactmomenten/{klant['url'].rsplit('/', 1)[1]}"
        assert after.get(path).json()["klant"] == klant["klant"]
        # A line has the resource as it was answered, with the host of the request: two hosts here.
        hosts = "a line does not begin where the one before ended"
        assert [wrong for wrong in half_written(empty) if not wrong.startswith(hosts)] == []
        for program in (old, new):
            # The last one is what an older program says.
            for wrong in ("Traceback", "api.uncaught_exception", "request_failed"):
                assert wrong not in program.log.read_text()
    finally:
        for program in (old, new):
            program.kill()
            program.remove()


def test_the_program_before_refuses_to_start_on_the_newer_database(
    source: Path, empty: ConnectionInfo
) -> None:
    """A way back is a restore: the older program says so, and changes nothing."""
    settings = {"DATABASE_URL": url_of(empty), "SECRET_KEY": SECRET_KEY}
    command = [sys.executable, "-m", "contactmomenten"]
    env = environment(settings)
    subprocess.run([*command, "migrate"], env=env, check=True, capture_output=True)
    before = run(empty, _VERSIONS)
    done = subprocess.run(
        [*command, "serve", "--port", str(free_port())],
        env=env | {"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "newer version of the program" in done.stderr
    assert run(empty, _VERSIONS) == before


def test_a_statement_of_an_older_program_goes_on_while_the_newest_step_is_applied(
    without_newest: Path, empty: ConnectionInfo, http: httpx.Client, standin: StandIn
) -> None:
    settings = {"DATABASE_URL": url_of(empty), "SECRET_KEY": SECRET_KEY}
    subprocess.run(
        [sys.executable, "-m", "contactmomenten", "migrate"],
        env=environment({**settings, "PYTHONPATH": str(without_newest)}),
        check=True,
        capture_output=True,
    )
    assert run(empty, _VERSIONS)[-1] == (all_migrations()[-1].number - 1,)
    made: list[UUID] = []
    failed: list[str] = []
    done = threading.Event()

    def write() -> None:
        while not done.wait(0.01):
            uuid = uuid4()
            try:
                run(empty, _CREATE, uuid, f"http://ouder.example/api/v1/contactmomenten/{uuid}")
            except asyncpg.PostgresError as error:
                failed.append(repr(error))
            made.append(uuid)

    program = Program(clients.shared_configuration(), settings)
    writing = threading.Thread(target=write)
    try:
        writing.start()
        until(lambda: len(made) > 20)
        program.start()
        after = len(made)
        until(lambda: len(made) > after + 20)
        done.set()
        writing.join()
        assert failed == []
        assert run(empty, _VERSIONS)[-1] == (all_migrations()[-1].number,)
        api = Api(program.root, http, standin, clients.ALLES)
        for uuid in made:
            assert api.get(f"/contactmomenten/{uuid}").json()["kanaal"] == "replay"
        assert api.get("/contactmomenten", kanaal="replay").json()["count"] == len(made)
        assert len(api.get(f"/contactmomenten/{made[0]}/audittrail").json()) == 1
        # What was replayed does not tell the whole contactmoment in its line.
        state = "the last line tells another state"
        assert [wrong for wrong in half_written(empty) if state not in wrong] == []
    finally:
        done.set()
        program.kill()
        program.remove()
