"""An installation: a database, its key, and what the commands need to get at both."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from contactmomenten.configuration.stored import PROOF_PLACE
from contactmomenten.database.connecting import FAILURES, Connector
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import EmbeddedPostgres, connection_of_running
from contactmomenten.database.pool import Connection
from contactmomenten.keys import KEY_FILE, Keys, keys_in, make_key_file, read_key_file
from contactmomenten.secrets import SecretBox, WrongKeyError
from contactmomenten.settings import Settings, SettingsError

T = TypeVar("T")
Progress = Callable[[str], None]

_PATIENCE: Final = 10.0  # seconds

_PROOF: Final = "contactmomenten"


class InstallationError(Exception):
    """The installation cannot be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A database that is up, and the keys to the secrets in it.

    Attributes:
        connection: as the role that serves.
        keys: open the secrets.
        embedded: whether the database is one of our own.
        key_file: where the keys are kept, if the settings do not give them.
        owner: as the role that owns the tables, when that is another one.
    """

    connection: ConnectionInfo
    keys: Keys
    embedded: bool
    key_file: Path | None = None
    owner: ConnectionInfo | None = None

    @property
    def serving(self) -> str | None:
        """Return the role that serves, None when it owns the tables as well."""
        if self.owner is None or self.owner.user == self.connection.user:
            return None
        return self.connection.user

    @property
    def box(self) -> SecretBox:
        """Return what opens the secrets."""
        return self.keys.box

    def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work` on a connection of its own, as the role that serves.

        Raises:
            InstallationError: the database cannot be reached.
        """
        return self._run(self.connection, work)

    def run_as_owner(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work` on a connection of its own, as the role that owns the tables.

        Raises:
            InstallationError: the database cannot be reached.
        """
        return self._run(self.owner or self.connection, work)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Connection]:
        """Lend a connection of its own, as the role that serves.

        Raises:
            InstallationError: the database cannot be reached.
        """
        async with _connected(self.connection) as connection:
            yield connection

    @asynccontextmanager
    async def connected_as_owner(self) -> AsyncIterator[Connection]:
        """Lend a connection of its own, as the role that owns the tables.

        Raises:
            InstallationError: the database cannot be reached.
        """
        async with _connected(self.owner or self.connection) as connection:
            yield connection

    @staticmethod
    def _run(info: ConnectionInfo, work: Callable[[Connection], Awaitable[T]]) -> T:
        async def connected() -> T:
            async with _connected(info) as connection:
                return await work(connection)

        return asyncio.run(connected())


@asynccontextmanager
async def _connected(info: ConnectionInfo) -> AsyncIterator[Connection]:
    try:
        connection = await Connector(info)(timeout=_PATIENCE)
    except FAILURES as error:
        where = ", ".join(f"{host}:{port}" for host, port in info.addresses)
        reason = str(error) or "it does not answer"
        message = f"The database at {where} cannot be reached: {reason.rstrip('.')}."
        raise InstallationError(message) from None
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def open_installation(
    settings: Settings, data_dir: Path, *, own: bool, progress: Progress, key: bool = True
) -> Iterator[Installation]:
    """Give the installation that the settings name, with its database running.

    Args:
        settings: name a PostgreSQL server, or none for the embedded one.
        data_dir: the folder of the embedded database.
        own: whether this program must be the one that runs the embedded database (`serve`);
            otherwise one that runs already is used.
        progress: is told what takes time.
        key: whether secrets are read, so that a server needs SECRET_KEY, and an embedded database
            gets a key when it has none.

    Raises:
        SettingsError: SECRET_KEY is missing, or where the database or its replica is cannot be
            read.
        EmbeddedDatabaseError: the embedded database cannot be started, or is in use.
        KeyFileError: the key in its folder is gone.
    """
    info = settings.connection
    owner = settings.migration
    _ = settings.replica  # so that a wrong one shows now, not in every worker
    if info is not None:
        if key and not settings.secret_key:
            message = (
                "SECRET_KEY is not set. It encrypts the secrets in the database: choose a long "
                "random text, keep it safe, and use the same one for every process."
            )
            raise SettingsError(message)
        yield Installation(info, keys_in(settings), embedded=False, owner=owner)
        return
    running = None if own else connection_of_running(data_dir)
    if running is not None:
        owner = connection_of_running(data_dir, owner=True)
        yield _embedded(running, owner, settings, data_dir, key=key)
        return
    postgres = EmbeddedPostgres(data_dir, progress=progress)
    info = postgres.start()
    try:
        yield _embedded(info, postgres.owner(), settings, data_dir, key=key)
    finally:
        postgres.stop()


def _embedded(
    info: ConnectionInfo,
    owner: ConnectionInfo | None,
    settings: Settings,
    data_dir: Path,
    *,
    key: bool,
) -> Installation:
    """Return an embedded installation; its key is made once and kept in the data folder."""
    path = data_dir / KEY_FILE
    if settings.secret_key or not (key or path.exists()):
        return Installation(info, keys_in(settings), embedded=True, owner=owner)
    make_key_file(path)
    return Installation(info, read_key_file(path), embedded=True, key_file=path, owner=owner)


async def check_key(connection: Connection, box: SecretBox) -> None:
    """Make sure that the secrets in this database were encrypted with a key of `box`.

    Raises:
        InstallationError: they were not.
    """
    proof = box.encrypt(_PROOF, place=PROOF_PLACE)
    stored = await connection.fetchval(
        "UPDATE configuratie SET sleutelproef = coalesce(sleutelproef, $1) RETURNING sleutelproef",
        proof,
    )
    if not opens(box, stored):
        message = (
            "SECRET_KEY is not the key with which the secrets in this database were encrypted. "
            "Set it to the key that was used before; to change to another one, set that as "
            "SECRET_KEY_PREVIOUS and run `contactmomenten secrets rotate`."
        )
        raise InstallationError(message)


async def key_fits(connection: Connection, box: SecretBox) -> bool:
    """Tell whether `box` opens the secrets in this database, or there are none yet."""
    stored = await connection.fetchval("SELECT sleutelproef FROM configuratie")
    return stored is None or opens(box, stored)


def opens(box: SecretBox, stored: bytes) -> bool:
    """Tell whether `box` opens what `check_key` has stored in a database."""
    try:
        box.decrypt(stored, place=PROOF_PLACE)
    except WrongKeyError:
        return False
    return True
