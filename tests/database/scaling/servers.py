"""Debian's PostgreSQL and PgBouncer as processes: start, clone, kill, freeze, promote."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from contactmomenten.database.connection import ConnectionInfo
from tests.blackbox.support.program import free_port
from tests.processes import descendants
from tests.waiting import PATIENCE, until

NAME: Final = "contactmomenten"  # of the database and of its owner

# Both refuse to run as root.
_ACCOUNT: Final = "nobody" if os.geteuid() == 0 else None

_SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",  # a process that is killed loses nothing by it
    "shared_buffers": "32MB",
    "wal_level": "replica",
    "wal_retrieve_retry_interval": "100ms",
    # A read on the standby gives way to the primary at once.
    "max_standby_streaming_delay": "0",
    "logging_collector": "off",
}


def binaries() -> Path | None:
    """Return the folder with the programs of Debian's newest PostgreSQL, if there is one."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/pg_basebackup"),
        key=lambda path: int(path.parts[-3]),
    )
    return found[-1].parent if found else None


def pgbouncer() -> str | None:
    """Return the path of PgBouncer, if it is installed."""
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def folder_for(account: str | None = _ACCOUNT) -> Iterator[Path]:
    """Lend a folder that belongs to the account that the servers run as."""
    folder = Path(mkdtemp(prefix="cm-scaling-"))
    if account is not None:
        shutil.chown(folder, account)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(folder: Path, *roles: str, **settings: str) -> Iterator["Server"]:
    """Run a new PostgreSQL in `folder`, with roles that may log in and these settings."""
    server = Server(folder)
    server.create()
    try:
        server.start(**settings)
        for role in roles:
            server.sql(f"CREATE ROLE {role} LOGIN", "postgres")
        yield server
    finally:
        server.kill()


class Process:
    """One server; its log is in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self, arguments: Sequence[str | Path]) -> None:
        """Start it in a process group of its own."""
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=_ACCOUNT,
                start_new_session=True,
            )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all its processes, each of which is in a group of its own."""
        assert self._process is not None
        for pid in (self._process.pid, *descendants(self._process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """End all its processes at once, as a power cut does; it may not even run."""
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGKILL)
            self._process.wait(PATIENCE)


class Server(Process):
    """A PostgreSQL, its data in `folder`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        found = binaries()
        assert found is not None
        self._bin = found

    @property
    def info(self) -> ConnectionInfo:
        """Where the database of the program is here."""
        return ConnectionInfo("127.0.0.1", self.port, NAME, NAME, "x", {"sslmode": "disable"})

    @property
    def url(self) -> str:
        return url_of(self)

    def run(self, *arguments: str | Path, as_us: bool = False) -> None:
        """Run a program of this PostgreSQL, as the account of the server or as who runs this."""
        subprocess.run(
            [self._bin / arguments[0], *arguments[1:]],
            check=True,
            capture_output=True,
            user=None if as_us else _ACCOUNT,
            cwd="/",
        )

    def create(self) -> None:
        """Make an empty cluster that trusts whoever reaches it."""
        options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]
        self.run("initdb", "--no-sync", *options, "--pgdata", self.folder)

    def start(self, **settings: str) -> None:
        """Start it and wait until it answers."""
        together = {**_SETTINGS, **settings, "port": str(self.port)}
        options = [f"--{name}={value}" for name, value in together.items()]
        self.launch([self._bin / "postgres", "-D", self.folder, *options])
        until(lambda: self._psql("SELECT 1", "postgres").returncode == 0)

    def clone(self, folder: Path) -> "Server":
        """Return a standby of this one, not started yet."""
        source = f"host=127.0.0.1 port={self.port} user=postgres"
        options = ["--no-sync", "--checkpoint=fast", "--write-recovery-conf"]
        self.run("pg_basebackup", *options, "--dbname", source, "--pgdata", folder)
        return Server(folder)

    def _psql(self, sql: str, database: str) -> subprocess.CompletedProcess[str]:
        where = f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"
        return subprocess.run(
            [self._bin / "psql", "-AtXq", "-v", "ON_ERROR_STOP=1", "-c", sql, where],
            check=False,
            capture_output=True,
            text=True,
        )

    def sql(self, sql: str, database: str = NAME) -> str:
        """Run `sql` as the superuser and return what it says."""
        done = self._psql(sql, database)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def follows(self, primary: "Server") -> None:
        """Wait until this standby shows all that `primary` has now."""
        position = primary.sql("SELECT pg_current_wal_lsn()")
        reached = f"SELECT pg_last_wal_replay_lsn() >= '{position}'"
        until(lambda: self.sql(reached) == "t")

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Have this standby show nothing new for a while."""
        self.sql("SELECT pg_wal_replay_pause()")
        until(lambda: self.sql("SELECT pg_get_wal_replay_pause_state()") == "paused")
        try:
            yield
        finally:
            self.sql("SELECT pg_wal_replay_resume()")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Have it take connections and answer nothing, as a machine that hangs."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def cut_off(self) -> None:
        """Have this standby hear nothing from its primary any more."""
        self.sql("ALTER SYSTEM SET primary_conninfo = ''")
        self.sql("SELECT pg_reload_conf()")

    def promote(self) -> None:
        """Make this standby a primary."""
        assert self.sql("SELECT pg_promote(true, 20)") == "t"


class Pooler(Process):
    """A PgBouncer in transaction mode in front of `server`."""

    def __init__(self, folder: Path, server: Server, size: int) -> None:
        super().__init__(folder)
        folder.mkdir()
        (folder / "users").write_text(f'"{NAME}" "x"\n')
        (folder / "pgbouncer.ini").write_text(
            f"""
            [databases]
            {NAME} = host=127.0.0.1 port={server.port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {self.port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {folder}/users
            admin_users = {NAME}
            pool_mode = transaction
            default_pool_size = {size}
            """.replace("            ", "")
        )
        self._server = server

    @property
    def url(self) -> str:
        return url_of(self)

    def start(self) -> None:
        """Start it and wait until it answers."""
        found = pgbouncer()
        assert found is not None
        self.launch([found, self.folder / "pgbouncer.ini"])
        until(lambda: self._show("VERSION").returncode == 0)

    def _show(self, what: str) -> subprocess.CompletedProcess[str]:
        psql = self._server._bin / "psql"
        where = f"host=127.0.0.1 port={self.port} user={NAME} dbname=pgbouncer"
        return subprocess.run(
            [psql, "-AtXqc", f"SHOW {what}", where], check=False, capture_output=True, text=True
        )

    def show(self, what: str) -> list[list[str]]:
        """Return the rows of one of its own tables, without their headings."""
        return [line.split("|") for line in self._show(what).stdout.splitlines()]


def url_of(*servers: Process) -> str:
    """Return the DATABASE_URL that names these, in this order."""
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    return f"postgresql://{NAME}:x@{hosts}/{NAME}?sslmode=disable"
