"""The systemd units: that systemd finds nothing wrong, and that they fit the program."""

import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from contactmomenten.cli import cli
from contactmomenten.notificaties import worker
from contactmomenten.server import _GRACE_SECONDS
from contactmomenten.settings import MIGRATION, SECRET, Settings, read_settings

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "deploy/systemd"
API, WORKER, MIGRATE = "contactmomenten", "contactmomenten-worker", "contactmomenten-migrate"
UNITS = (API, WORKER, MIGRATE)

Unit = dict[str, list[str]]


def unit(name: str) -> Unit:
    """Return the settings of a unit, each with all its values."""
    return read(FOLDER / f"{name}.service")


def read(file: Path) -> Unit:
    """Return the settings of a unit or of a part of one."""
    found: Unit = defaultdict(list)
    for line in file.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


def only(name: str, setting: str) -> str:
    """Return the only value of a setting."""
    (found,) = unit(name)[setting]
    return found


@pytest.fixture
def units_that_can_start(tmp_path: Path) -> list[str]:
    """Return the units, with the program where it is on this machine."""
    here = str(Path(sys.executable).with_name("contactmomenten"))
    for name in UNITS:
        text = (FOLDER / f"{name}.service").read_text()
        (tmp_path / f"{name}.service").write_text(
            text.replace("/opt/contactmomenten/bin/contactmomenten", here)
        )
    return [str(file) for file in sorted(tmp_path.glob("*.service"))]


def systemd_analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run what looks at units, where there is a systemd."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("there is no systemd on this machine")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_systemd_finds_nothing_wrong(units_that_can_start: list[str]) -> None:
    done = systemd_analyze("verify", "--man=no", *units_that_can_start)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_would_find_a_setting_that_it_does_not_know(
    units_that_can_start: list[str],
) -> None:
    file = Path(units_that_can_start[0])
    file.write_text(file.read_text().replace("ProtectSystem=", "ProtectSystems="))
    assert "ProtectSystems" in systemd_analyze("verify", "--man=no", str(file)).stderr


@pytest.mark.parametrize("name", UNITS)
def test_it_is_exposed_as_little_as_a_server_can_be(
    name: str, units_that_can_start: list[str]
) -> None:
    (file,) = (it for it in units_that_can_start if it.endswith(f"/{name}.service"))
    # Of 0 to 100; a service with no protection has 96, one with a network of its own some 5 less.
    done = systemd_analyze("security", "--offline=yes", "--threshold=15", "--no-pager", file)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", UNITS)
def test_it_writes_nothing(name: str) -> None:
    found = unit(name)
    assert found["DynamicUser"] == ["yes"]
    assert found["User"] == [API]  # one for all, that no other service has
    assert found["ProtectSystem"] == ["strict"]
    assert found["NoNewPrivileges"] == ["yes"]
    assert found["CapabilityBoundingSet"] == [""]
    assert not {"StateDirectory", "ReadWritePaths"} & found.keys()


def test_all_are_protected_alike() -> None:
    def protection(name: str) -> str:
        text = (FOLDER / f"{name}.service").read_text()
        _, mark, rest = text.partition("# It may read the system")
        assert mark
        return rest.partition("[Install]")[0].strip()

    assert protection(API) == protection(WORKER) == protection(MIGRATE)


def test_the_commands_are_those_of_the_program() -> None:
    files = [FOLDER / f"{name}.service" for name in UNITS] + [FOLDER / "embedded-database.conf"]
    for file in files:
        program, command, *options = shlex.split(read(file)["ExecStart"][-1])
        assert program == "/opt/contactmomenten/bin/contactmomenten"
        told = CliRunner().invoke(cli, [command, "--help"]).output
        assert all(f"{it} " in told for it in options if it.startswith("--"))


def test_each_secret_that_is_asked_for_is_handed_over() -> None:
    known = {name.upper() for name in Settings.__struct_fields__}
    for name in UNITS:
        found = unit(name)
        handed = {it.partition(":")[0] for it in found["LoadCredential"]}
        paths = {it.partition(":")[2] for it in found["LoadCredential"]}
        assert all(path.startswith("/etc/contactmomenten/") for path in paths)
        asked = set()
        for setting, _, value in (it.partition("=") for it in found["Environment"]):
            assert setting.removesuffix("_FILE") in known
            if setting.endswith("_FILE"):
                assert value.startswith("%d/")
                asked.add(value.removeprefix("%d/"))
        assert handed == asked | ({"configuration.yaml"} if name == API else set())
        owners = {it.partition("=")[0].removesuffix("_FILE") for it in found["Environment"]}
        assert bool(owners & set(MIGRATION)) == (name == MIGRATE)


def test_the_manual_gives_the_units_what_they_read() -> None:
    manual = (
        (REPOSITORY / "docs/handleiding.md").read_text("utf-8").partition("### Als dienst\n")[2]
    )
    block = re.search(r"```ini\n(.*?)```", manual, re.DOTALL)
    assert block is not None
    environ = dict(line.split("=", 1) for line in block[1].splitlines())
    assert environ == {name: value.strip("'\"$ ") for name, value in environ.items()}
    assert environ.keys() <= {name.upper() for name in Settings.__struct_fields__} - SECRET
    assert read_settings(environ | {"DB_PASSWORD": "x"}).connection is not None
    secrets = {
        path.removeprefix("/etc/contactmomenten/")
        for name in UNITS
        for path in (it.partition(":")[2] for it in unit(name)["LoadCredential"])
    }
    assert all(f"`{name}`" in manual for name in {"environment", *secrets})


def test_the_first_process_alone_is_told_to_stop_and_gets_the_time() -> None:
    assert only(API, "KillMode") == only(WORKER, "KillMode") == "mixed"
    drain = Settings().drain_seconds
    assert int(only(API, "TimeoutStopSec")) > drain + _GRACE_SECONDS
    assert int(only(WORKER, "TimeoutStopSec")) > worker._DRAIN_SECONDS
    assert only(MIGRATE, "TimeoutStartSec") == "infinity"


def test_a_database_that_is_away_is_waited_for() -> None:
    for name in (API, WORKER):
        assert only(name, "Restart") == "on-failure"
        assert only(name, "StartLimitIntervalSec") == "0"
        # Wanted, not required: else a migration that fails would keep the others down for good.
        assert f"{MIGRATE}.service" in only(name, "Wants").split()
        assert f"{MIGRATE}.service" in only(name, "After").split()
        assert "Requires" not in unit(name)
    assert only(MIGRATE, "Before").split() == [f"{API}.service", f"{WORKER}.service"]


def test_only_who_owns_the_delivery_delivers() -> None:
    assert "--no-delivery" in only(API, "ExecStart")
    assert "--no-delivery" not in read(FOLDER / "embedded-database.conf")["ExecStart"][-1]
