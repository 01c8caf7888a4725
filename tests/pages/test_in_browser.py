"""The pages in a real browser: they show, and ask nothing of any other host."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.openapi.routes import ROUTES
from tests.pages.markup import read
from tests.pages.server import serving

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
)
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        reason = "chromium is not installed (apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serving() as base:
        yield base


def visit(chromium: str, folder: Path, url: str, *flags: str) -> tuple[str, list[str]]:
    """Return the page as the browser has it, and the URLs that the page asked for."""
    log = folder / "net.json"
    done = subprocess.run(
        [
            chromium,
            *FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            f"--log-net-log={log}",
            *(flags or ["--dump-dom"]),
            url,
        ],
        capture_output=True,
        check=True,
        text=True,
        timeout=100,
    )
    # What the content security policy refuses is told in the log.
    assert "Content Security Policy" not in done.stderr
    return done.stdout, list(requested(log, url))


def requested(log: Path, url: str) -> Iterator[str]:
    """Return the URLs that the page at `url`, and nothing else in the browser, asked for."""
    origin = "/".join(url.split("/")[:3])
    for event in json.loads(log.read_text(encoding="utf-8"))["events"]:
        params = event.get("params", {})
        if params.get("initiator") == origin and "url" in params:
            yield params["url"]


def test_the_schema_page_shows_all_16_operations(chromium: str, site: str, tmp_path: Path) -> None:
    dom, _ = visit(chromium, tmp_path, f"{site}/api/v1/schema/")
    shown = read(dom)
    operations = [operation for route in ROUTES for operation in route.operations.values()]
    assert len(operations) == 16
    for operation in operations:
        assert operation.operation_id in shown.ids
        assert operation.summary in shown.text


@pytest.mark.parametrize("path", ["/", "/ref/fouten/", "/ref/kanalen/", "/api/v1/schema/"])
def test_a_page_loads_its_style_and_nothing_from_another_host(
    chromium: str, site: str, tmp_path: Path, path: str
) -> None:
    _, urls = visit(chromium, tmp_path, f"{site}{path}")
    assert any(url.startswith(f"{site}/static/pages-") for url in urls)
    assert all(url.startswith(f"{site}/static/") for url in urls)


def test_the_schema_page_can_be_drawn(chromium: str, site: str, tmp_path: Path) -> None:
    picture = tmp_path / "schema.png"
    visit(chromium, tmp_path, f"{site}/api/v1/schema/", f"--screenshot={picture}")
    assert picture.read_bytes().startswith(PNG)
