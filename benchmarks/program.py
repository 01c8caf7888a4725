"""Programs that are measured, as processes: started on a data folder, and stopped."""

import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import floor
from benchmarks.http import API_PATH, Target
from contactmomenten.autorisaties.tokens import make_token
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import connection_of_running
from contactmomenten.settings import without_settings

_REPOSITORY: Final = Path(__file__).parent.parent
_COMMAND: Final = [sys.executable, "-m", "contactmomenten"]
_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs.

    Attributes:
        target: where it listens.
        pid: of its first process.
        started_in: seconds from its start to its first answer.
    """

    target: Target
    pid: int
    started_in: float


@dataclass(frozen=True, slots=True)
class Ours(Running):
    """The program itself, with its database."""

    folder: Path
    secret: str

    @property
    def connection(self) -> ConnectionInfo:
        """Return where its database is."""
        found = connection_of_running(self.folder)
        assert found is not None
        return found

    @property
    def postmaster(self) -> int:
        """Return the pid of its PostgreSQL."""
        [file] = self.folder.rglob("postmaster.pid")
        return int(file.read_text(encoding="ascii").split()[0])


def make_data(folder: Path, count: int, *, seed: int, trail: bool, again: bool) -> None:
    """Have a data folder with `count` contactmomenten; with `again`, a new one."""
    ready = folder / "ready"
    if ready.exists() and not again:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    options = ["--count", str(count), "--seed", str(seed), "--data-dir", str(folder)]
    options += ["--trail" if trail else "--no-trail"]
    subprocess.run([*_COMMAND, "demo-data", *options], check=True, env=without_settings(os.environ))  # noqa: S603
    ready.write_text("Loaded.\n", encoding="ascii")


@contextmanager
def ours(folder: Path, *, workers: int, name: str = "ours") -> Iterator[Ours]:
    """Run the program on a data folder."""
    secret = secrets.token_urlsafe(48)
    configuration = folder / "benchmark.yaml"
    # JSON is YAML too.
    configuration.write_text(json.dumps(_configuration(secret)), encoding="utf-8")
    port = free_port()
    target = Target(name, port, make_token(floor.CLIENT_ID, secret))
    options = ["--port", str(port), "--workers", str(workers), "--data-dir", str(folder)]
    options += ["--config", str(configuration), "--no-delivery"]
    # A long run outlasts the hour of a token.
    settings = {"JWT_EXPIRY": "86400", "LOG_LEVEL": "WARNING"}
    environment = without_settings(os.environ) | settings
    with _process([*_COMMAND, "serve", *options], environment, folder / "server.log") as process:
        seconds = _first_answer(process, target)
        yield Ours(target, process.pid, seconds, folder, secret)


@contextmanager
def the_floor(program: Ours, *, workers: int) -> Iterator[Running]:
    """Run the floor on the database of `program`."""
    port = free_port()
    target = Target("floor", port, program.target.token)
    settings = floor.Floor(program.connection.connect_args(), target.root, program.secret)
    told = {floor.SETTINGS: msgspec.json.encode(settings).decode()}
    environment = without_settings(os.environ) | told
    command = [sys.executable, "-m", "benchmarks.floor"]
    command += ["--port", str(port), "--workers", str(workers)]
    with _process(command, environment, program.folder / "floor.log") as process:
        yield Running(target, process.pid, _first_answer(process, target))


def free_port() -> int:
    """Return a port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _configuration(secret: str) -> dict[str, object]:
    client = floor.CLIENT_ID
    return {
        "vng_api_common_credentials_config_enable": True,
        "vng_api_common_credentials": {"items": [{"identifier": client, "secret": secret}]},
        "vng_api_common_applicaties_config_enable": True,
        "vng_api_common_applicaties": {
            "items": [
                {
                    "uuid": "5f0b4f5e-3c0c-4a55-8f2b-9c3f0a2d7e01",
                    "label": "Benchmark",
                    "client_ids": [client],
                    "heeft_alle_autorisaties": True,
                }
            ]
        },
    }


@contextmanager
def _process(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command, and end it with all that it started."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 (a command of our own)
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=_REPOSITORY,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(_STOP_SECONDS)


def _first_answer(process: "subprocess.Popen[bytes]", target: Target) -> float:
    """Wait for the first answer; return after how many seconds it came."""
    begun = time.monotonic()
    headers = {"Authorization": f"Bearer {target.token}"}
    while time.monotonic() < begun + _START_SECONDS and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=10)
        try:
            connection.request("GET", f"{API_PATH}/contactmomenten", headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        except OSError:
            time.sleep(_POLL_SECONDS)
        else:
            if answer.status != http.client.OK:
                raise RuntimeError(f"{target.name} answers {answer.status}: {body[:500]!r}")
            return time.monotonic() - begun
        finally:
            connection.close()
    raise RuntimeError(f"{target.name} does not start; see its log in the data folder.")
