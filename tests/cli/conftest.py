"""Commands in this process, on a database of their own."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.settings import without_settings
from tests.cli.running import SECRET_KEY, Run
from tests.databases import url_of


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take away all settings of who runs the tests."""
    for name in os.environ.keys() - without_settings(os.environ).keys():
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def environment(info: ConnectionInfo) -> dict[str, str]:
    """Return the environment of a program on a PostgreSQL server."""
    return {"DATABASE_URL": url_of(info), "SECRET_KEY": SECRET_KEY}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Return what runs a command on a database of its own."""
    return Run(CliRunner(env=environment))
