"""The audit of dependencies, with the real tool and a service of our own that it asks."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from requirements.audit import main

NOBODY = "http://127.0.0.1:1"
VULNERABILITY = {
    "id": "GHSA-xxxx-yyyy-zzzz",
    "aliases": ["CVE-2026-0001"],
    "summary": "x",
    "details": "x",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "click"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}],
        }
    ],
}


@contextmanager
def service(vulnerable: str) -> Iterator[str]:
    """Run a service that knows of one package that something is wrong with it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = asked["package"]["name"] == vulnerable
            body = json.dumps({"vulns": [VULNERABILITY]} if known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_known_vulnerability_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with service("click") as url:
        assert main([("osv", "--osv-url", NOBODY), ("osv", "--osv-url", url)]) == 1
    told = capsys.readouterr().out
    assert "audit: click " in told
    assert "CVE-2026-0001, GHSA-xxxx-yyyy-zzzz; fixed in 99.0" in told
    assert ": 1 of " in told


def test_without_one_all_is_well_and_all_was_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    with service("") as url:
        assert main([("osv", "--osv-url", url), ("osv", "--osv-url", NOBODY)]) == 0
    told = capsys.readouterr().out
    number = int(told.split(": 0 of ")[1].split()[0])
    assert number > 50
    assert "NOT" not in told


def test_a_service_that_is_not_there_is_told_and_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([("osv", "--osv-url", NOBODY)]) == 0
    told = capsys.readouterr().out
    assert "audit: osv was NOT REACHED" in told
    assert "NOTHING WAS AUDITED" in told
