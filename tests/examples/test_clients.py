"""The example clients, run against the program as their first lines say."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blackbox.support import clients
from tests.blackbox.support.program import Program, running

CLIENTS = Path(__file__).parents[2] / "examples/clients"

COMMANDS = {
    "python": [sys.executable, str(CLIENTS / "python/contactmomenten.py")],
    "javascript": [shutil.which("node") or "node", str(CLIENTS / "javascript/contactmomenten.mjs")],
}


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    """Start a program for these tests."""
    with running(clients.shared_configuration(), {"ALLOWED_HOSTS": "*"}) as instance:
        yield instance


@pytest.mark.parametrize("language", COMMANDS)
def test_the_client_does_what_its_readme_says(program: Program, language: str) -> None:
    done = subprocess.run(
        COMMANDS[language],
        env={
            "PATH": "/usr/bin:/bin",
            "CONTACTMOMENTEN_ROOT": program.root,
            "CONTACTMOMENTEN_CLIENT_ID": clients.ALLES.client_id,
            "CONTACTMOMENTEN_SECRET": clients.ALLES.secret,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
    url = lines[0][1]
    assert url.startswith(f"{program.root}/contactmomenten/")
    assert lines == [
        ["registered", url],
        ["changed", "mail"],
        ["follows", url],
        ["found", "true" if language == "javascript" else "True"],
        ["trail", "create J. Jansen"],
        ["trail", "partial_update J. Jansen"],
        ["trail", "partial_update J. Jansen"],
        ["refused", "bronorganisatie"],
    ]
