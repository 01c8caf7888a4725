"""The documentation site, read from a folder in a real browser."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=20000",
    "--dump-dom",
)


def program(name: str, where: str | None, install: str) -> str:
    found = shutil.which(name, path=where)
    if found is None:
        reason = f"{name} is not installed ({install})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site in a folder."""
    mkdocs = program("mkdocs", str(Path(sys.executable).parent), "make site")
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [mkdocs, "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=REPOSITORY,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
    return folder


@pytest.mark.parametrize(
    ("page", "word"), [("index.html", "wachtrij"), ("decisions/index.html", "pg_restore")]
)
def test_one_can_search_without_a_web_server(
    site: Path, tmp_path: Path, page: str, word: str
) -> None:
    chromium = program("chromium", None, "apt-get install chromium")
    done = subprocess.run(
        [
            chromium,
            *FLAGS,
            f"--user-data-dir={tmp_path / 'profile'}",
            f"{(site / page).as_uri()}?q={word}",
        ],
        capture_output=True,
        check=True,
        text=True,
        timeout=100,
    )
    assert re.search(r"md-search-result__meta\">[1-9]\d* matching document", done.stdout)
