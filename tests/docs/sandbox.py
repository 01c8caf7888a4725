"""Where a page is followed: a folder like a fresh clone, and what the page takes for granted."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from contactmomenten.settings import without_settings
from tests.blackbox.support.program import free_port
from tests.database.scaling.servers import NAME, Server, binaries, folder_for, running
from tests.docs.blocks import REPOSITORY
from tests.docs.session import Session

# What a clone has that commands use; links, as nobody writes there.
_CLONE: Final = ("Makefile", "pyproject.toml", "requirements", "src", "play", "benchmarks", ".venv")

# A reader has written these after examples/configuration.yaml; the secrets are in the environment.
_CONFIGURATIONS: Final = ("configuration.yaml", "configuratie.yaml")
_SECRETS: Final = {
    name: f"a secret of these tests for {name}, long enough"
    for name in (
        "PORTAAL_SECRET_NEW",
        "PORTAAL_SECRET",
        "NOTIFICATIES_SECRET",
        "NOTIFICATIES_API_SECRET",
        "AUTORISATIES_API_SECRET",
        "KLANTEN_API_TOKEN",
    )
}

# A PostgreSQL server of the reader's own, as pages name it.
_DATABASE: Final = re.compile(r"@db\.intern(al)?/")


class Sandbox:
    """A session, and how the addresses on a page are called here."""

    def __init__(self, session: Session, replace: Callable[[str], str]) -> None:
        self.session = session
        self.here = replace


def needs_server(text: str) -> bool:
    """Tell whether commands speak of a PostgreSQL server."""
    return _DATABASE.search(text) is not None


def _as_of_a_reader(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without settings, and without what a `make` around this hands on."""
    return {
        name: value
        for name, value in without_settings(environ).items()
        if not name.startswith(("MAKE", "MFLAGS"))
    }


@contextmanager
def sandbox(text: str, *, prepared: bool) -> Iterator[Sandbox]:
    """Lend a sandbox for a page.

    Args:
        text: all commands of the page.
        prepared: whether the roles and the database on the reader's server are there already.
    """
    port = free_port()
    with ExitStack() as stack:
        folder = Path(mkdtemp(prefix="cm-docs-"))
        folder.chmod(0o755)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        _clone(folder)
        database = 0
        path = os.environ["PATH"]
        if needs_server(text):
            server = stack.enter_context(_server(prepared=prepared))
            database = server.port
            path = f"{binaries()}:{path}"
        session = Session(
            folder,
            _as_of_a_reader(os.environ)
            | _SECRETS
            | {
                "HOME": str(folder),
                "PATH": f"{folder}/.venv/bin:{path}",
                "PORT": str(port),
                "ARGS": f"--port {port} --neighbours-port {free_port()}",
                "SECRETS_DIR": str(folder / "secrets"),
                "DRAIN_SECONDS": "0",
            },
        )
        stack.callback(session.close)

        def here(text: str) -> str:
            text = _DATABASE.sub(f"@127.0.0.1:{database}/", text)
            text = re.sub(r"contactmomenten serve\b", rf"\g<0> --workers 1 --port {port}", text)
            return text.replace("--host 0.0.0.0", "").replace("127.0.0.1:8000", f"127.0.0.1:{port}")

        yield Sandbox(session, here)


def _clone(folder: Path) -> None:
    question = [shutil.which("make") or "make", "-q", ".venv/.installed"]
    done = subprocess.run(question, cwd=REPOSITORY, check=False)
    assert done.returncode == 0, "Run `make install` first: nothing is installed by this test."
    for name in _CLONE:
        (folder / name).symlink_to(REPOSITORY / name)
    shutil.copytree(REPOSITORY / "examples", folder / "examples")
    for name in _CONFIGURATIONS:
        shutil.copy(REPOSITORY / "examples/configuration.yaml", folder / name)
    (folder / "secrets").mkdir()
    (folder / "secrets/kcc").write_text("a secret of these tests for kcc, long enough")


@contextmanager
def _server(*, prepared: bool) -> Iterator[Server]:
    roles = [NAME] if prepared else []
    # As `check` demands.
    with folder_for() as folder, running(folder / "server", *roles, fsync="on") as server:
        if prepared:
            server.sql(f"CREATE DATABASE {NAME} OWNER {NAME}", "postgres")
        yield server
