"""An installation: a database, its key, and what the commands need to get at both."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final, TypeVar

from contactmomenten.database.connecting import FAILURES, Connector
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded import EmbeddedPostgres, connection_of_running
from contactmomenten.database.pool import Connection
from contactmomenten.secrets import SecretBox, WrongKeyError
from contactmomenten.settings import Settings, SettingsError

T = TypeVar("T")
Progress = Callable[[str], None]

_PATIENCE: Final = 10.0  # seconds

_KEY_FILE: Final = "secret.key"
_PROOF: Final = "contactmomenten"
_PROOF_PLACE: Final = "sleutelproef"


class InstallationError(Exception):
    """The installation cannot be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A database that is up, and the key to the secrets in it.

    `embedded` tells whether the database is one of our own.
    """

    connection: ConnectionInfo
    secret_key: str
    embedded: bool

    @property
    def box(self) -> SecretBox:
        """Return what opens the secrets."""
        return SecretBox(self.secret_key)

    def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work` on a connection of its own.

        Raises:
            InstallationError: the database cannot be reached.
        """

        async def connected() -> T:
            async with self.connected() as connection:
                return await work(connection)

        return asyncio.run(connected())

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Connection]:
        """Lend a connection of its own.

        Raises:
            InstallationError: the database cannot be reached.
        """
        try:
            connection = await Connector(self.connection)(timeout=_PATIENCE)
        except FAILURES as error:
            where = ", ".join(f"{host}:{port}" for host, port in self.connection.addresses)
            reason = str(error) or "it does not answer"
            message = f"The database at {where} cannot be reached: {reason.rstrip('.')}."
            raise InstallationError(message) from None
        try:
            yield connection
        finally:
            await connection.close()


@contextmanager
def open_installation(
    settings: Settings, data_dir: Path, *, own: bool, progress: Progress
) -> Iterator[Installation]:
    """Give the installation that the settings name, with its database running.

    Args:
        settings: name a PostgreSQL server, or none for the embedded one.
        data_dir: the folder of the embedded database.
        own: whether this program must be the one that runs the embedded database (`serve`);
            otherwise one that runs already is used.
        progress: is told what takes time.

    Raises:
        SettingsError: SECRET_KEY is missing, or where the database or its replica is cannot be
            read.
        EmbeddedDatabaseError: the embedded database cannot be started, or is in use.
        InstallationError: the key in its folder is gone.
    """
    info = settings.connection
    _ = settings.replica  # so that a wrong one shows now, not in every worker
    if info is not None:
        if not settings.secret_key:
            message = (
                "SECRET_KEY is not set. It encrypts the secrets in the database: choose a long "
                "random text, keep it safe, and use the same one for every process."
            )
            raise SettingsError(message)
        yield Installation(info, settings.secret_key, embedded=False)
        return
    running = None if own else connection_of_running(data_dir)
    if running is not None:
        yield Installation(running, _embedded_key(settings, data_dir), embedded=True)
        return
    postgres = EmbeddedPostgres(data_dir, progress=progress)
    info = postgres.start()
    try:
        yield Installation(info, _embedded_key(settings, data_dir), embedded=True)
    finally:
        postgres.stop()


def _embedded_key(settings: Settings, data_dir: Path) -> str:
    """Return the key of an embedded installation, made once and kept in the data folder."""
    if settings.secret_key:
        return settings.secret_key
    path = data_dir / _KEY_FILE
    if not path.exists():
        # Made under another name first: nobody sees it half written, also not after a crash.
        with NamedTemporaryFile(
            "w", dir=data_dir, prefix=f"{_KEY_FILE}.", encoding="utf-8"
        ) as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(file.name, path)
    key = path.read_text(encoding="utf-8").strip()
    if not key:
        message = f"The key in {path} is empty. Put back the one that was there."
        raise InstallationError(message)
    return key


async def check_key(connection: Connection, box: SecretBox) -> None:
    """Make sure that the secrets in this database were encrypted with this key.

    Raises:
        InstallationError: they were not.
    """
    proof = box.encrypt(_PROOF, place=_PROOF_PLACE)
    stored = await connection.fetchval(
        "UPDATE configuratie SET sleutelproef = coalesce(sleutelproef, $1) RETURNING sleutelproef",
        proof,
    )
    try:
        box.decrypt(stored, place=_PROOF_PLACE)
    except WrongKeyError:
        message = (
            "SECRET_KEY is not the key with which the secrets in this database were encrypted. "
            "Set it to the key that was used before."
        )
        raise InstallationError(message) from None
