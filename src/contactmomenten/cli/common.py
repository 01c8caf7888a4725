"""What the commands share: options, progress, and errors with an exit code."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import asyncpg
import click
from click.core import ParameterSource

from contactmomenten.configuration import ConfigurationError
from contactmomenten.database.embedded import EmbeddedDatabaseError
from contactmomenten.database.grants import GrantError
from contactmomenten.database.migrations import MigrationError, migrate, pending
from contactmomenten.database.pool import Connection
from contactmomenten.installation import (
    Installation,
    InstallationError,
    check_key,
    open_installation,
)
from contactmomenten.keys import KeyFileError, keys_now
from contactmomenten.logs import set_up_logging
from contactmomenten.metrics.exporting import export
from contactmomenten.notificaties.queue import QueueState
from contactmomenten.rotation import RotationError
from contactmomenten.server import PortInUseError, check_port
from contactmomenten.services import Services, open_services
from contactmomenten.settings import Settings, SettingsError, read_settings

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])

_SERVER: Final = ("DATABASE_URL", "DATABASE_URL_FILE", "DB_HOST", "DB_HOST_FILE")

_EXPECTED = (
    ConfigurationError,
    EmbeddedDatabaseError,
    GrantError,
    InstallationError,
    KeyFileError,
    MigrationError,
    PortInUseError,
    RotationError,
    SettingsError,
)


def data_dir_option(function: F) -> F:
    """Add the option --data-dir; refused on the command line beside a PostgreSQL server."""
    return _data_dir_option(
        "Folder of the embedded database; not for a PostgreSQL server.", _check_one_database
    )(function)


def source_option(function: F) -> F:
    """Add the option --data-dir for what reads that folder and writes to a PostgreSQL server."""
    return _data_dir_option("Folder of the embedded database.", None)(function)


def _data_dir_option(
    text: str, callback: Callable[[click.Context, click.Parameter, Path], Path] | None
) -> Callable[[F], F]:
    return click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        default=_default_data_dir,
        envvar="DATA_DIR",
        show_default="~/.local/share/contactmomenten",
        callback=callback,
        help=text,
    )


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "contactmomenten"


def _check_one_database(context: click.Context, parameter: click.Parameter, value: Path) -> Path:
    """Make sure that who names a folder does not get at a PostgreSQL server."""
    given = context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
    server = next((name for name in _SERVER if os.environ.get(name)), None)
    if given and server:
        message = (
            f"--data-dir names one database and {server} another one: leave out the option, or "
            f"unset {server}."
        )
        raise click.UsageError(message)
    return value


def progress(text: str) -> None:
    """Tell what is being done."""
    click.echo(f"… {text}", err=True)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn expected errors into one line and exit code 1."""
    try:
        yield
    except _EXPECTED as error:
        raise click.ClickException(str(error)) from None
    except asyncpg.PostgresError as error:
        raise click.ClickException(refusal(error)) from None


def refusal(error: asyncpg.PostgresError) -> str:
    """Return what PostgreSQL says; not where it may quote what is in a row."""
    quotes = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.PLPGSQLError)
    if isinstance(error, quotes):
        return f"PostgreSQL refused: {type(error).__name__} ({error.sqlstate})."
    return f"PostgreSQL refused: {error.args[0]}."


def given(text: str) -> str:
    """Return `text`, or for ``-`` what is on standard input, which no other user can see."""
    return sys.stdin.read().strip() if text == "-" else text


def prepare(opened: Installation) -> None:
    """Bring the tables up to date and check the key."""

    async def up_to_date(connection: Connection) -> None:
        await migrate(connection, progress, serving=opened.serving)

    async def right_key(connection: Connection) -> None:
        await check_key(connection, opened.box)

    opened.run_as_owner(up_to_date)
    opened.run(right_key)


async def check_up_to_date(connection: Connection) -> None:
    """Make sure that the tables are those of this version, without changing them.

    Raises:
        MigrationError: they are not.
    """
    try:
        steps = await pending(connection)
    except asyncpg.InsufficientPrivilegeError:
        message = "This role may not read the tables, or they are of an older version."
        raise MigrationError(message) from None
    if steps:
        message = "The tables are of an older version. Run `contactmomenten migrate` first."
        raise MigrationError(message)


def run_with_services(data_dir: Path, work: Callable[[Services], Awaitable[T]]) -> T:
    """Run `work` with the services of a worker, which delivers nothing itself."""
    with installation(data_dir) as (settings, opened):
        prepare(opened)

        async def serviced() -> T:
            services = await open_services(
                settings,
                opened.connection,
                keys=lambda: keys_now(opened.key_file, os.environ),
                deliver=False,
            )
            try:
                return await work(services)
            finally:
                await services.close()

        return asyncio.run(serviced())


@contextmanager
def exporting(settings: Settings, outbox: Callable[[], QueueState] | None) -> Iterator[None]:
    """Tell figures for Prometheus meanwhile, if the settings say so; `outbox` reads the queue."""
    host, port = settings.metrics_host, settings.metrics_port
    if port:
        check_port(host, port)
    with export(host, port, outbox):
        yield


@contextmanager
def installation(
    data_dir: Path, *, own: bool = False, key: bool = True
) -> Iterator[tuple[Settings, Installation]]:
    """Give settings and installation to a command, with clear errors.

    With `key` the command gets at secrets, so that it cannot do without SECRET_KEY.
    """
    with clear_errors():
        settings = read_settings(os.environ)
        set_up_logging(settings.log_level, settings.log_format_console)
        folder = data_dir.absolute()
        with open_installation(settings, folder, own=own, key=key, progress=progress) as opened:
            yield settings, opened
