"""The program as a process: start, wait, stop, kill, measure."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from tests.processes import alive, command, descendants, resident

from .values import JsonObject

READY_LIMIT = 30.0
STOP_LIMIT = 20.0


def free_port() -> int:
    """Ask the system for a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of the program: that of the tests, without what could disturb it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"ALLOWED_HOSTS", "SUBPATH"} and not name.startswith(("DATABASE_", "DB_"))
    }
    return kept | {
        "ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
        "NOTIFICATIONS_DISABLED": "true",
        "DRAIN_SECONDS": "0",  # most tests have nobody to hand over to
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        **extra,
    }


class Program:
    """One instance on its own folder; may be started more than once."""

    def __init__(
        self, configuration: JsonObject, env: Mapping[str, str] | None = None, prefix: str = ""
    ) -> None:
        # Not pytest's tmp_path: that is closed to other users and long for a unix socket.
        self.folder = Path(tempfile.mkdtemp(prefix="cm-bb-"))
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        self.log = self.folder / "log.txt"
        self.config = self.folder / "config.yaml"
        self.config.write_text(json.dumps(configuration, indent=2))
        self.env = dict(env or {})
        self.prefix = prefix
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.exit_code: int | None = None  # of a start that failed by itself

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def root(self) -> str:
        return f"{self.origin}{self.prefix}/api/v1"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def launch(self) -> None:
        """Start the process without waiting for it."""
        arguments = ["--host", "127.0.0.1", "--port", str(self.port)]
        arguments += ["--config", str(self.config)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "contactmomenten", "serve", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )

    def start(self, ready_host: str = "") -> None:
        """Start the process and wait until it serves its schema."""
        self.launch()
        headers = {"Host": ready_host} if ready_host else {}
        deadline = time.monotonic() + READY_LIMIT
        with httpx.Client(trust_env=False, timeout=5, headers=headers) as http:
            while time.monotonic() < deadline and self.running:
                with contextlib.suppress(httpx.TransportError):
                    if http.get(f"{self.root}/schema/openapi.json").status_code == 200:
                        return
                time.sleep(0.05)
        self.exit_code = self._process.poll() if self._process else None
        tail = self.log.read_text(errors="replace")[-3000:]
        self.kill()
        message = f"the program was not ready within {READY_LIMIT:.0f} s:\n{tail}"
        raise RuntimeError(message)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the program on the same folder."""
        return subprocess.run(
            [sys.executable, "-m", "contactmomenten", *words],
            capture_output=True,
            text=True,
            check=False,
            env=self._environment,
        )

    @property
    def _environment(self) -> dict[str, str]:
        return environment({"DATA_DIR": str(self.data), **self.env})

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait(self, limit: float) -> int:
        """Wait for the process to end by itself and give its exit code."""
        assert self._process is not None
        return self._process.wait(limit)

    def stop(self) -> int:
        """Stop it as an operator does, with SIGTERM, and give its exit code."""
        assert self._process is not None
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """Kill -9 everything at once: the process group, all it started, and its database."""
        if self._process is None:
            return
        victims = {self.pid, *descendants(self.pid), *self.postmasters()}
        for pid in self.postmasters():
            victims |= set(descendants(pid))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(10)
        deadline = time.monotonic() + 10
        while any(map(alive, victims)) and time.monotonic() < deadline:
            time.sleep(0.02)

    def kill_server_only(self) -> None:
        """Kill -9 the server's own processes and leave its database as it is."""
        assert self._process is not None
        for pid in [self.pid, *descendants(self.pid)]:
            if "postgres" not in command(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._process.wait(10)

    def postmasters(self) -> list[int]:
        """Give the pids of the database servers on this folder."""
        pids = []
        for file in self.data.rglob("postmaster.pid"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                pid = int(file.read_text().split()[0])
                if "postgres" in command(pid):
                    pids.append(pid)
        return pids

    def resident_megabytes(self) -> float:
        """Give the resident memory of the server's own processes, the database's not counted."""
        pids = [self.pid, *descendants(self.pid)]
        return sum(resident(pid) for pid in pids if "postgres" not in command(pid)) / 1024

    def remove(self) -> None:
        """Stop it when it still runs, and remove its folder."""
        try:
            if self.running:
                self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def running(configuration: JsonObject, env: Mapping[str, str] | None = None) -> Iterator[Program]:
    """Lend an instance that serves, and is stopped and removed afterwards."""
    instance = Program(configuration, env)
    try:
        instance.start()
        yield instance
    finally:
        instance.remove()
