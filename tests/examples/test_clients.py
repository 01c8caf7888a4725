"""The example clients, run against the program as their first lines say."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.conftest import World

CLIENTS = Path(__file__).parents[2] / "examples/clients"

COMMANDS = {
    "ape-pie": [sys.executable, str(CLIENTS / "python/with_ape_pie.py")],
    "python": [sys.executable, str(CLIENTS / "python/contactmomenten.py")],
    "javascript": [shutil.which("node") or "node", str(CLIENTS / "javascript/contactmomenten.mjs")],
}


@pytest.mark.parametrize("language", COMMANDS)
def test_the_client_does_what_its_readme_says(world: World, language: str) -> None:
    done = subprocess.run(
        COMMANDS[language],
        env=world.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
    url = lines[0][1]
    assert url.startswith(f"{world.root}/contactmomenten/")
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
