"""From the embedded database to a server of another version: every answer stays what it was."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import asyncpg
import httpx
import pytest

from contactmomenten.database.embedded import EmbeddedPostgres
from tests import proof
from tests.backup.crawling import HOST, Answer, Crawler
from tests.backup.round import described
from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program, environment
from tests.blackbox.support.standin import StandIn
from tests.database.scaling.servers import NAME, Server, binaries, folder_for, running
from tests.processes import descendants

OBJECTS: Final = proof.amount(short=30, long=10_000)
KILLS: Final = proof.amount(short=2, long=40)
OWNER: Final = f"{NAME}_owner"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Run Debian's PostgreSQL with the two roles."""
    if binaries() is None:
        reason = "not installed (apt-get install postgresql)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with folder_for() as folder, running(folder / "server", NAME, OWNER) as server:
        yield server


@pytest.fixture
def target(server: Server) -> Iterator[dict[str, str]]:
    """Make an empty database, and lend the settings of a program on it."""
    server.sql(f"CREATE DATABASE {NAME} OWNER {OWNER}", "postgres")
    yield {
        "DATABASE_URL": server.url,
        "DATABASE_MIGRATION_URL": server.url.replace(f"//{NAME}:", f"//{OWNER}:"),
    }
    server.sql(f"DROP DATABASE {NAME} WITH (FORCE)", "postgres")


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    server = StandIn()
    yield server
    server.close()


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def embedded(standin: StandIn, http: httpx.Client) -> Iterator[Program]:
    """Fill an embedded database, by loading and by the API itself; it is stopped now."""
    env = {"SITE_DOMAIN": HOST, "NOTIFICATIONS_DISABLED": "false"}
    program = Program(clients.shared_configuration(), env)
    try:
        command(program, "demo-data", "--count", str(OBJECTS))
        program.start()
        api = Api(program.root, http, standin, clients.ALLES)
        first = api.moment(tekst="tab\t \\N é ☎")
        api.moment(vorigContactmoment=first["url"])
        api.klant(first)
        path = f"/contactmomenten/{first['url'].rsplit('/', 1)[1]}"
        assert api.patch(path, {"tekst": "anders"}).status_code == 200
        program.stop()
        yield program
    finally:
        program.kill()
        program.remove()


def command(program: Program, *arguments: str, **env: str) -> str:
    """Run a command on the folder of a program, or where `env` says."""
    done = subprocess.run(
        [sys.executable, "-m", "contactmomenten", *arguments],
        env=environment({"DATA_DIR": str(program.data), **program.env, **env}),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def key(program: Program) -> dict[str, str]:
    return {"SECRET_KEY_FILE": str(program.data / "secret.key")}


@pytest.fixture(scope="module")
def before(embedded: Program, http: httpx.Client) -> dict[str, Answer]:
    """Return every answer of the embedded database."""
    embedded.start()
    answers = Crawler(http, embedded.root).everything()
    embedded.stop()
    assert {answer.status for answer in answers.values()} == {200}
    assert with_etag(answers) > OBJECTS
    return answers


def with_etag(answers: dict[str, Answer]) -> int:
    return sum(1 for answer in answers.values() if answer.etag)


def answers_of(
    http: httpx.Client, env: dict[str, str], data: Path | None = None
) -> dict[str, Answer]:
    """Return every answer of the database that `env` or `data` says, which is checked first."""
    program = Program(clients.shared_configuration(), {"SITE_DOMAIN": HOST, **env})
    try:
        if data is not None:
            data.rename(program.data)
        assert command(program, "counts", "check") == "The counts are right.\n"
        assert "The audit trail is whole" in command(program, "audit", "verify")
        program.start()
        answers = Crawler(http, program.root).everything()
        # What is on a server needs no folder.
        assert program.data.exists() == (data is not None)
        return answers
    finally:
        program.kill()
        program.remove()


@pytest.mark.proof
@pytest.mark.timeout(120 if not proof.LONG else 3600)
def test_every_answer_is_the_same_after_a_move_and_after_pg_dump_and_pg_restore(  # noqa: PLR0917
    embedded: Program,
    before: dict[str, Answer],
    target: dict[str, str],
    server: Server,
    http: httpx.Client,
    tmp_path: Path,
) -> None:
    begun = time.monotonic()
    told = command(embedded, "move", **target, **key(embedded))
    seconds = time.monotonic() - begun
    assert f"Moved {OBJECTS + 2} contactmomenten, " in told
    assert answers_of(http, {**target, **key(embedded)}) == before
    dump = tmp_path / "dump"
    as_owner = f"--dbname={target['DATABASE_MIGRATION_URL']}"
    server.run("pg_dump", "--format=custom", f"--file={dump}", as_owner, as_us=True)
    make_anew(server)
    server.run("pg_restore", "--exit-on-error", as_owner, dump, as_us=True)
    assert answers_of(http, {**target, **key(embedded)}) == before
    proof.record(
        "Moving to a server, and pg_dump and pg_restore there",
        contactmomenten=OBJECTS + 2,
        answers_compared=2 * len(before),
        with_the_same_ETag=2 * with_etag(before),
        different=0,
        seconds_to_move=round(seconds, 1),
    )


@pytest.mark.proof
@pytest.mark.timeout(120 if not proof.LONG else 3600)
def test_every_answer_is_the_same_after_restoring_a_backup(
    embedded: Program,
    before: dict[str, Answer],
    target: dict[str, str],
    http: httpx.Client,
    tmp_path: Path,
) -> None:
    """From a folder into a server, and from the server into another folder."""
    first, second, folder = tmp_path / "first", tmp_path / "second", embedded.folder / "again"
    begun = time.monotonic()
    command(embedded, "backup", str(first))
    taken = time.monotonic()
    command(embedded, "restore", str(first), **target, **key(embedded))
    restored = time.monotonic()
    assert answers_of(http, {**target, **key(embedded)}) == before
    if not proof.LONG:  # the way back is in tests/cli/test_backup.py, without asking everything
        return
    command(embedded, "backup", str(second), **target)
    folder.mkdir(mode=0o700)
    shutil.copy(embedded.data / "secret.key", folder)
    command(embedded, "restore", str(second), "--data-dir", str(folder))
    assert answers_of(http, {}, folder) == before
    proof.record(
        "Backup and restore",
        contactmomenten=OBJECTS + 2,
        answers_compared=2 * len(before),
        different=0,
        megabytes=round(first.stat().st_size / 1e6, 1),
        seconds_to_back_up=round(taken - begun, 1),
        seconds_to_restore=round(restored - taken, 1),
    )


async def contents(program: Program) -> object:
    """Return what is in the folder of a program that does not run."""
    with EmbeddedPostgres(program.data) as postgres:
        return (await described(postgres.owner())).tables


@pytest.mark.proof
@pytest.mark.timeout(120 if not proof.LONG else 3600)
async def test_a_move_that_is_killed_leaves_all_or_nothing_and_the_folder_as_it_was(
    embedded: Program, server: Server, target: dict[str, str], tmp_path: Path
) -> None:
    before = await contents(embedded)
    chance = random.Random(1)  # noqa: S311 (the same each time)
    nothing = whole = 0
    arguments = [sys.executable, "-m", "contactmomenten", "move", "--data-dir", str(embedded.data)]
    env = environment({**embedded.env, **target, **key(embedded)})
    begun = time.monotonic()
    command(embedded, "move", **target, **key(embedded))
    longest = time.monotonic() - begun
    assert await moved_rows(server) == before
    make_anew(server)
    for _ in range(KILLS):
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: ASYNC220 (nothing else runs here)
                arguments, env=env, stdout=log, stderr=log
            )
        try:
            process.wait(chance.uniform(0.1, 1.0) * longest)
        except subprocess.TimeoutExpired:
            for pid in (process.pid, *descendants(process.pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
        if await moved_rows(server) is None:
            nothing += 1
        else:
            assert await moved_rows(server) == before
            whole += 1
            make_anew(server)
        assert await contents(embedded) == before
    command(embedded, "move", **target, **key(embedded))
    assert await moved_rows(server) == before
    proof.record("Moving, killed", kills=KILLS, nothing_there=nothing, all_there=whole)


def make_anew(server: Server) -> None:
    """Have an empty database again."""
    server.sql(f"DROP DATABASE {NAME} WITH (FORCE)", "postgres")
    server.sql(f"CREATE DATABASE {NAME} OWNER {OWNER}", "postgres")


async def moved_rows(server: Server) -> object:
    """Return what is in the target; None if there is no row in it."""
    connection = await asyncpg.connect(**server.info.connect_args())
    try:
        if await connection.fetchval("SELECT to_regclass('contactmoment')") is None:
            return None
    finally:
        await connection.close()
    owner = server.info.__class__("127.0.0.1", server.port, NAME, OWNER, "x", server.info.options)
    manifest = await described(owner)
    rows = sum(table.rows for table in manifest.tables if table.name != "configuratie")
    seeds = manifest.rows("audittrail_verzegeling")
    return None if rows == seeds else manifest.tables
