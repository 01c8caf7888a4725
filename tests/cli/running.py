"""Running commands: in this process, or as a program."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner, Result

from contactmomenten.cli import cli
from contactmomenten.settings import without_settings
from tests.processes import alive, descendants
from tests.waiting import until

SECRET_KEY = "the key of the tests of the command line"
SECRET = "a-secret-that-nobody-may-see-in-any-output"
OTHER_SECRET = "another-secret-that-nobody-may-see-either"
CLIENT = "portaal"
UUID = "8a6a1d3c-6e1b-4f0e-9d0a-2f6f0a9b6c11"

_PATIENCE = 30.0


def configuration(
    *secrets: str, client: str = CLIENT, scopes: list[str] | None = None, extra: str = ""
) -> str:
    """Return a file with one client, with all rights or these scopes."""
    items = [{"identifier": client, "secret": secret} for secret in secrets]
    rights: dict[str, object] = {"heeft_alle_autorisaties": True}
    if scopes is not None:
        rights = {"autorisaties": [{"component": "cmc", "scopes": scopes}]}
    applicatie = {"uuid": UUID, "client_ids": [client], "label": "Portaal", **rights}
    blocks = {
        "vng_api_common_credentials_config_enable": True,
        "vng_api_common_credentials": {"items": items},
        "vng_api_common_applicaties_config_enable": True,
        "vng_api_common_applicaties": {"items": [applicatie] if secrets else []},
    }
    return json.dumps(blocks) + extra


@dataclass
class Run:
    """Runs commands in this process."""

    runner: CliRunner

    def __call__(self, *arguments: str, **env: str) -> Result:
        """Run a command and return what came of it; never a traceback, never a secret."""
        result = self.runner.invoke(cli, arguments, env=env, prog_name="contactmomenten")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        for secret in (SECRET, OTHER_SECRET, SECRET_KEY):
            assert secret not in result.output
        return result

    def good(self, *arguments: str, **env: str) -> str:
        """Run a command that succeeds and return its output."""
        result = self(*arguments, **env)
        assert result.exit_code == 0, result.output
        return result.output

    def bad(self, *arguments: str, **env: str) -> str:
        """Run a command that fails and return its last line."""
        result = self(*arguments, **env)
        assert result.exit_code == 1, result.output
        return result.stderr.strip().splitlines()[-1]

    def misused(self, *arguments: str) -> str:
        """Run a command in a wrong way and return its last line."""
        result = self(*arguments)
        assert result.exit_code == 2, result.output
        return result.stderr.strip().splitlines()[-1]


def free_port() -> int:
    """Return a port at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Program:
    """`contactmomenten` as a program of its own."""

    process: subprocess.Popen[str]
    log: Path
    port: int
    family: list[int] = field(default_factory=list)

    def said(self) -> str:
        """Return all it wrote."""
        return self.log.read_text()

    def ask(
        self, path: str = "/api/v1/contactmomenten", token: str = "", body: object = None
    ) -> tuple[int, bytes]:
        """Send a request over a connection of its own; return status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = None
        if body is not None:
            content = json.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            connection.request("GET" if body is None else "POST", path, content, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def statuses(self, token: str, number: int = 12) -> set[int]:
        """Ask often enough to meet all workers; return the statuses."""
        return {self.ask(token=token)[0] for _ in range(number)}

    def ready(self) -> bool:
        """Wait until it says it is there, or has ended."""
        until(lambda: "Contactmomenten API at" in self.said() or self.process.poll() is not None)
        if self.process.poll() is None:
            self.family = descendants(self.process.pid)
        return self.process.poll() is None

    def stop(self, seconds: float = _PATIENCE) -> int:
        """Ask it to stop and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def end(self) -> None:
        """End it and all it started, the hard way if need be."""
        self.family += descendants(self.process.pid)
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        self.process.kill()
        self.process.wait()
        for process in filter(alive, self.family):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


@contextmanager
def program(*arguments: str, **env: str) -> Iterator[Program]:
    """Run a command as a program for a while."""
    port = free_port()
    if arguments[0] == "serve" and "--port" not in arguments:
        arguments += ("--port", str(port))
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "contactmomenten", *arguments],
                env=without_settings(os.environ) | env,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=folder,
            )
        running = Program(process, log, port)
        try:
            yield running
        finally:
            running.end()
            for secret in (SECRET, OTHER_SECRET, SECRET_KEY):
                assert secret not in running.said()
