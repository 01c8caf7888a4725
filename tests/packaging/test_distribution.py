"""The wheel and the source distribution of `make dist`, as who installs them finds them."""

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from importlib import metadata
from pathlib import Path

import pytest

from contactmomenten import __version__
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.settings import without_settings
from tests.cli.running import SECRET_KEY, Program, free_port
from tests.databases import url_of

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src"


@dataclass(frozen=True)
class Built:
    """What was built."""

    folder: Path
    wheel: Path
    sdist: Path

    def metadata(self) -> Message:
        """Return what the wheel says of itself."""
        with zipfile.ZipFile(self.wheel) as content:
            name = f"contactmomenten-{__version__}.dist-info/METADATA"
            return message_from_string(content.read(name).decode())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(REPOSITORY / "requirements/dist.py"), str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd="/")
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return Built(folder, wheel, sdist)


def tracked(*folders: str) -> set[str]:
    """Return the files of the repository, or those of these folders; not what is ignored."""
    if not (REPOSITORY / ".git").exists():
        pytest.skip("this is no clone, so that nothing tells which files belong to it")
    command = ["git", "-c", f"safe.directory={REPOSITORY}", "ls-files", "--cached", "--others"]
    command += ["--exclude-standard", "--", *folders]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=REPOSITORY)
    return {name for name in done.stdout.splitlines() if (REPOSITORY / name).exists()}


def test_the_wheel_has_every_file_of_the_package_and_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        licence = wheel.read(f"contactmomenten-{__version__}.dist-info/licenses/LICENSE")
    assert names == {name.removeprefix("src/") for name in tracked("src")}
    assert "contactmomenten/py.typed" in names
    assert licence == (REPOSITORY / "LICENSES/EUPL-1.2.txt").read_bytes()


def test_the_source_distribution_is_the_repository(built: Built) -> None:
    with tarfile.open(built.sdist) as sdist:
        names = {member.name.partition("/")[2] for member in sdist if member.isfile()}
    added = {"PKG-INFO", "setup.cfg"}
    left_out = {".gitattributes", ".gitignore"}
    assert names - added - {name for name in names if ".egg-info/" in name} == tracked() - left_out


def test_what_the_wheel_says_of_itself(built: Built) -> None:
    said = built.metadata()
    assert said["Version"] == __version__
    assert said["License-Expression"] == "EUPL-1.2"
    assert said["Requires-Python"] == ">=3.11"
    text = (REPOSITORY / "requirements/runtime.in").read_text()
    needed = {re.sub(r"\s", "", line) for line in text.splitlines() if not line.startswith("#")}
    found = {re.sub(r"\s", "", one) for one in said.get_all("Requires-Dist", [])}
    assert {_sorted_clauses(one) for one in found} == {_sorted_clauses(one) for one in needed}


def test_the_manual_names_the_wheel_as_it_is_called(built: Built) -> None:
    text = (REPOSITORY / "docs/installation.md").read_text()
    assert set(re.findall(r"dist/(contactmomenten-\S+\.whl)", text)) == {built.wheel.name}


def test_the_pins_go_along(built: Built) -> None:
    pins = (built.folder / "requirements.txt").read_text()
    assert pins == (REPOSITORY / "requirements/runtime.txt").read_text()
    versions = (built.folder / "constraints.txt").read_text().split()
    assert len(versions) == len(re.findall(r"^\S+==", pins, re.MULTILINE))
    assert all(f"\n{one} " in pins for one in versions)


def _sorted_clauses(requirement: str) -> tuple[str, ...]:
    name = re.match(r"[A-Za-z0-9\[\]-]+", requirement)
    assert name is not None
    return name[0], *sorted(requirement[name.end() :].split(","))


def _files(names: set[str]) -> Iterator[tuple[Path, Path]]:
    """Return the files of these packages, relative to site-packages and as they are here.

    Several packages may share a folder, so folders are of no use.
    """
    for name in names:
        distribution = metadata.distribution(name)
        for file in distribution.files or []:
            if ".." not in file.parts and "__pycache__" not in file.parts:
                yield Path(file), Path(str(distribution.locate_file(file)))


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a new environment, amid what runtime.txt pins and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    folder.chmod(0o755)
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    pins = (REPOSITORY / "requirements/runtime.txt").read_text()
    pinned = set(re.findall(r"^([a-z0-9-]+)==", pins, re.MULTILINE))
    here = {name for name in pinned if any(metadata.distributions(name=name))}
    for name, path in _files(here):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).symlink_to(path)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python")]
    # Without --no-deps: what the wheel asks for must be among what is pinned.
    install = [*pip, "install", "--no-index", "--disable-pip-version-check", str(built.wheel)]
    subprocess.run(install, check=True, capture_output=True, env=_without_pip_settings())
    return folder / "bin/contactmomenten"


def _without_pip_settings() -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return environ | {"PIP_CONFIG_FILE": os.devnull}


def test_the_command_of_the_installed_wheel_says_its_version(installed: Path) -> None:
    done = subprocess.run(
        [installed, "version"], capture_output=True, text=True, check=True, cwd="/"
    )
    assert done.stdout == f"contactmomenten {__version__} (Contactmomenten API 1.0.0)\n"


@contextmanager
def serving(command: Path, folder: Path, environ: dict[str, str]) -> Iterator[Program]:
    """Run the server of an installed wheel for a while."""
    port = free_port()
    log = folder / "log"
    arguments = [str(command), "serve", "--port", str(port), "--workers", "1"]
    with log.open("w") as file:
        process = subprocess.Popen(
            arguments, env=environ, stdout=file, stderr=subprocess.STDOUT, text=True, cwd=folder
        )
    running = Program(process, log, port)
    try:
        yield running
    finally:
        running.end()


def test_the_server_of_the_installed_wheel_serves(
    installed: Path, info: ConnectionInfo, tmp_path: Path
) -> None:
    settings = {"DATABASE_URL": url_of(info), "SECRET_KEY": SECRET_KEY}
    with serving(installed, tmp_path, without_settings(os.environ) | settings) as program:
        assert program.ready(), program.said()
        assert program.ask("/_healthz/readyz/")[0] == 200
        assert program.ask("/api/v1/contactmomenten")[0] == 403
        status, page = program.ask("/")
        assert status == 200
        assert b"<html" in page
        assert program.stop() == 0
