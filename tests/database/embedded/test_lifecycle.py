"""The server starts, stops, and comes back after anything that kills it."""

import asyncio
import logging
import os
import signal
import subprocess
import time
from pathlib import Path

import asyncpg
import pytest

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import (
    EmbeddedDatabaseError,
    EmbeddedPostgres,
    FolderInUse,
    connection_of_running,
)
from contactmomenten.database.embedded import account as accounts
from contactmomenten.database.embedded import binaries as wheel
from contactmomenten.database.embedded.folder import PORT, SOCKET, OwnedFolder
from contactmomenten.database.embedded.server import Server
from tests.database.embedded.support import (
    Owner,
    as_owner,
    ask,
    cluster_of,
    launch,
    owner,
    postmaster_of,
    runs,
)
from tests.waiting import until

# Coarse: a machine that runs tests may be busy. Measured: 0.6 s and 0.05 s.
LONGEST_FIRST_START = 20.0
LONGEST_START = 10.0
LONGEST_RESTART = 10.0


async def remember(info: ConnectionInfo, data: Path) -> None:
    await ask(as_owner(info, data), "CREATE TABLE remembered AS SELECT 42 AS answer")


async def recall(info: ConnectionInfo, data: Path) -> int:
    answer: int = await ask(as_owner(info, data), "SELECT answer FROM remembered")
    return answer


async def test_an_empty_folder_gets_a_database_and_an_existing_one_is_found(folder: Path) -> None:
    begun = time.monotonic()
    with EmbeddedPostgres(folder):
        first = time.monotonic() - begun
        info = connection_of_running(folder)
        assert info is not None
        await remember(info, folder)
    begun = time.monotonic()
    database = EmbeddedPostgres(folder)
    info = database.start()
    again = time.monotonic() - begun
    try:
        assert await recall(info, folder) == 42
    finally:
        database.stop()
    print(f"\nempty {first:.3f} s, existing {again:.3f} s")  # noqa: T201
    assert first < LONGEST_FIRST_START
    assert again < LONGEST_START


def test_the_server_is_a_direct_child_in_a_session_of_its_own(
    running: ConnectionInfo, data: Path
) -> None:
    process = postmaster_of(data)
    status = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    assert int(status[1]) == os.getpid()
    assert os.getsid(process) != os.getsid(0)
    assert os.getpgid(process) == process


def test_the_lock_is_not_open_in_the_server(running: ConnectionInfo, data: Path) -> None:
    handles = Path(f"/proc/{postmaster_of(data)}/fd").iterdir()
    opened = {str(handle.readlink()) for handle in handles}
    assert not {name for name in opened if name.endswith("/lock")}


def test_stop_leaves_no_process_and_no_lock(made: Path) -> None:
    database = EmbeddedPostgres(made)
    database.start()
    process = postmaster_of(made)
    database.stop()
    assert not runs(process)
    assert not (cluster_of(made) / "postmaster.pid").exists()
    assert connection_of_running(made) is None
    database.stop()


def test_the_same_object_can_start_again(made: Path) -> None:
    database = EmbeddedPostgres(made)
    first = database.start()
    with pytest.raises(EmbeddedDatabaseError, match="already"):
        database.start()
    database.stop()
    assert database.start() == first
    database.stop()


def test_a_second_owner_is_refused_with_the_first_ones_pid(
    running: ConnectionInfo, data: Path
) -> None:
    with pytest.raises(FolderInUse, match=rf"process {os.getpid()}\."):
        EmbeddedPostgres(data).start()


def test_a_second_program_is_refused_with_the_first_ones_pid(
    running: ConnectionInfo, data: Path
) -> None:
    with owner(data) as second:
        assert second.error.startswith("FolderInUse")
        assert f"process {os.getpid()}." in second.error


async def test_a_short_command_finds_the_database_of_another_program(folder: Path) -> None:
    assert connection_of_running(folder) is None
    with owner(folder) as program:
        info = connection_of_running(folder)
        assert info is not None
        assert info.password == program.connection.password
        assert await ask(info, "SELECT 1") == 1


async def test_after_kill_9_of_the_program_the_server_ends_and_is_found_again(
    made: Path,
) -> None:
    with owner(made) as program:
        await remember(program.connection, made)
        process = postmaster_of(made)
        program.kill()
        until(lambda: not runs(process), 10)
    with owner(made) as program:
        assert await recall(program.connection, made) == 42


async def test_a_start_right_after_kill_9_waits_for_the_old_server(made: Path) -> None:
    for _ in range(3):
        program = Owner(made)
        assert not program.error
        connection = as_owner(program.connection, made)
        await ask(connection, "CREATE TABLE IF NOT EXISTS written (moment timestamptz)")
        await ask(connection, "INSERT INTO written VALUES (now())")
        program.kill()
        program.close()
    with owner(made) as program:
        connection = as_owner(program.connection, made)
        assert await ask(connection, "SELECT count(*) FROM written") == 3


async def test_after_kill_9_of_program_and_server_the_data_is_found_again(made: Path) -> None:
    with owner(made) as program:
        await remember(program.connection, made)
        process = postmaster_of(made)
        # The program must not notice and start it anew.
        program.process.send_signal(signal.SIGSTOP)
        os.kill(process, signal.SIGKILL)
        program.kill()
    with owner(made) as program:
        print(f"\nafter kill -9 of both {program.seconds:.3f} s")  # noqa: T201
        assert await recall(program.connection, made) == 42


async def test_a_killed_server_is_back_within_seconds(
    made: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with EmbeddedPostgres(made):
        info = connection_of_running(made)
        assert info is not None
        await remember(info, made)
        # A connection whose backend notices late that it is an orphan.
        busy = asyncio.create_task(ask(info, "SELECT pg_sleep(60)"))
        await asyncio.sleep(0.2)
        killed = postmaster_of(made)
        begun = time.monotonic()
        with caplog.at_level(logging.INFO):
            os.kill(killed, signal.SIGKILL)
            until(lambda: "is back" in caplog.text, LONGEST_RESTART)
        print(f"\nback after {time.monotonic() - begun:.3f} s")  # noqa: T201
        assert "killed by signal 9" in caplog.text
        assert postmaster_of(made) != killed
        assert await recall(info, made) == 42
        with pytest.raises((OSError, asyncpg.PostgresError)):
            await busy


def test_stop_is_safe_while_the_server_is_being_started_again(made: Path) -> None:
    database = EmbeddedPostgres(made)
    database.start()
    os.kill(postmaster_of(made), signal.SIGKILL)
    time.sleep(0.3)
    database.stop()
    assert connection_of_running(made) is None


def test_a_stale_pid_that_now_is_a_strangers_stops_nothing(made: Path) -> None:
    with EmbeddedPostgres(made):
        lock = (cluster_of(made) / "postmaster.pid").read_text("ascii")
    user = cluster_of(made).stat().st_uid
    command = ["sleep", "60"]
    become = user if user != os.geteuid() else None
    with subprocess.Popen(command, user=become, cwd="/") as stranger:
        try:
            lines = [str(stranger.pid), *lock.splitlines()[1:]]
            stale = cluster_of(made) / "postmaster.pid"
            stale.write_text("\n".join(lines) + "\n", "ascii")
            socket_lock = cluster_of(made) / SOCKET / f".s.PGSQL.{PORT}.lock"
            socket_lock.write_text("\n".join(lines) + "\n", "ascii")
            for path in (stale, socket_lock):
                path.chmod(0o600)
                os.chown(path, user, -1)
            with EmbeddedPostgres(made):
                assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_server_of_this_folder_that_still_runs_is_ended_first(made: Path) -> None:
    home = OwnedFolder(made)
    account = accounts.choose(home.path, home.cluster())
    left = Server(home, wheel.reachable(wheel.installed(), account), account)
    database = EmbeddedPostgres(made)
    left.start("mmap", database._stopping, print)
    process = postmaster_of(made)
    home.release()
    with database:
        assert left.has_ended()
        assert left.how_it_ended() == "status 0"
        assert postmaster_of(made) != process
    os.close(left._cluster)
    os.close(left._log)


def test_an_initdb_cut_short_is_forgotten(folder: Path) -> None:
    half = folder / "postgresql/cluster.new-0123"
    half.mkdir(parents=True, mode=0o700)
    (folder / "postgresql").chmod(0o700)
    (half / "PG_VERSION").write_text("18\n", "ascii")
    with EmbeddedPostgres(folder):
        assert not half.exists()


async def test_kill_9_at_any_moment_of_the_first_start_is_made_good(folder: Path) -> None:
    for moment in (0.15, 0.3, 0.45, 0.55):
        program = launch(folder)
        await asyncio.sleep(moment)
        program.kill()
        program.communicate()
    with owner(folder) as last:
        assert not last.error
        assert await ask(last.connection, "SELECT 1") == 1
    assert not list((folder / "postgresql").glob("cluster.new*"))


def test_ctrl_c_during_the_first_start_leaves_nothing_behind(folder: Path) -> None:
    for moment in (0.3, 0.5):
        program = launch(folder)
        time.sleep(moment)
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=20)
        assert connection_of_running(folder) is None
        assert not list((folder / "postgresql").glob("cluster.new*"))
        assert not (cluster_of(folder) / "postmaster.pid").exists()


async def test_stop_does_not_hang_during_a_recovery(made: Path) -> None:
    database = EmbeddedPostgres(made)
    info = database.start()
    connection = await asyncpg.connect(**info.connect_args())
    os.kill(await connection.fetchval("SELECT pg_backend_pid()"), signal.SIGKILL)
    log = made / "postgresql/server.log"
    until(lambda: "reinitializing" in log.read_text("utf-8"), 5)
    connection.terminate()
    begun = time.monotonic()
    database.stop()
    assert time.monotonic() - begun < 15
    with EmbeddedPostgres(made):
        pass
