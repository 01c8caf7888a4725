"""``check``."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import asyncpg
import click

from contactmomenten.autorisaties.registry import Snapshot, snapshot_of
from contactmomenten.checkup import (
    Finding,
    Level,
    of_clients,
    of_database,
    of_lacks,
    of_services,
    of_settings,
    of_spelling,
    of_traces,
)
from contactmomenten.checkup.finding import good, wrong
from contactmomenten.cli.common import data_dir_option, progress, refusal
from contactmomenten.cli.configuring import read
from contactmomenten.cli.serving import default_workers
from contactmomenten.configuration import ConfigurationError, stored_after
from contactmomenten.configuration.stored import NOTHING, Stored, read_stored
from contactmomenten.database.embedded import EmbeddedDatabaseError, has_cluster
from contactmomenten.database.migrations import all_migrations, pending
from contactmomenten.database.pool import Connection
from contactmomenten.installation import (
    Installation,
    InstallationError,
    key_fits,
    open_installation,
)
from contactmomenten.keys import KeyFileError
from contactmomenten.logs import set_up_logging
from contactmomenten.services import faults_of_use, outgoing_client
from contactmomenten.settings import Settings, SettingsError, settings_and_faults

# What the settings begin with that say where the database is, and open it.
_OF_DATABASE = ("DATABASE_", "DB_", "SECRET_KEY")

_SHOWN = {Level.GOOD: "ok", Level.UNWISE: "unwise", Level.WRONG: "WRONG"}


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address at which `serve` will listen."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=default_workers,
    show_default="one per core",
    help="Number of workers that `serve` will have.",
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file that `serve` or `configure` will apply: looked at, and not applied.",
)
@click.option("--strict", is_flag=True, help="Exit code 1 for what is unwise, too.")
@data_dir_option
def check(host: str, workers: int, config: Path | None, data_dir: Path, *, strict: bool) -> None:
    """Say what is wrong or unwise, before the program serves; nothing is changed.

    Looks at the settings, the database, and the configuration as it will be with the file of
    --config. Each service in it is called once. Exit code 1 when something is wrong.
    """
    settings, faults = settings_and_faults(os.environ)
    set_up_logging(settings.log_level, settings.log_format_console)
    findings = _of_environment(settings, faults, host)
    stored = None
    if not any(name.startswith(_OF_DATABASE) for name in faults):
        seen, stored = _of_database(settings, data_dir, workers)
        findings += seen
    known = stored is not None
    if config is not None:
        seen, stored = _of_file(config, stored)
        findings += seen
    if stored is not None:
        snapshot = snapshot_of(stored)
        findings += of_clients(snapshot)
        findings += of_lacks(snapshot, settings) if known else ()
        with suppress(SettingsError):
            findings += asyncio.run(_called(snapshot, settings))
    for finding in findings:
        click.echo(f"{_SHOWN[finding.level]:<6}  {finding.subject}: {finding.text}")
    worst = max((finding.level for finding in findings), default=Level.GOOD)
    if worst >= (Level.UNWISE if strict else Level.WRONG):
        raise click.exceptions.Exit(1)


def _of_environment(
    settings: Settings, faults: Mapping[str, SettingsError], host: str
) -> list[Finding]:
    every = [*faults.values(), *faults_of_use(settings)]
    findings = [wrong("settings", str(fault)) for fault in every]
    findings += of_spelling(os.environ)
    findings += [one for one in of_settings(settings, host) if one.subject not in faults]
    with suppress(SettingsError):
        findings += of_traces(settings)
    return findings


def _of_database(
    settings: Settings, data_dir: Path, workers: int
) -> tuple[list[Finding], Stored | None]:
    """Look at the database; return the configuration in it too, unless it cannot be read."""
    try:
        if settings.connection is None and not has_cluster(data_dir):
            _ = settings.replica, settings.migration
            text = f"There is none in {data_dir} yet; `serve` makes it."
            return [good("database", text)], NOTHING
        # Without a key there are no secrets to read, but still tables to look at.
        key = settings.connection is None or bool(settings.secret_key)
        with open_installation(
            settings, data_dir.absolute(), own=False, progress=progress, key=False
        ) as opened:
            return opened.run(
                lambda connection: _live(connection, settings, opened, workers, key=key)
            )
    except SettingsError as error:
        return [wrong("settings", str(error))], None
    except (EmbeddedDatabaseError, InstallationError, KeyFileError) as error:
        return [wrong("database", str(error))], None
    except asyncpg.PostgresError as error:
        return [wrong("database", refusal(error))], None


def _of_file(config: Path, stored: Stored | None) -> tuple[list[Finding], Stored | None]:
    """Look at a file; return what is stored once it is applied."""
    try:
        after = stored_after(stored, read(config))
    except ConfigurationError as error:
        return [wrong("configuration", text) for text in error.errors], stored
    known = stored is not None
    text = "can be applied" if known else "is right; what is stored could not be read"
    return [good("configuration", f"{config} {text}.")], after


async def _live(
    connection: Connection, settings: Settings, opened: Installation, workers: int, *, key: bool
) -> tuple[list[Finding], Stored | None]:
    found = [
        finding
        async for finding in of_database(
            connection, settings, workers=workers, embedded=opened.embedded
        )
    ]
    if found[0].level is Level.WRONG:
        return found, None
    if await pending(connection) == all_migrations():
        return found, NOTHING
    if not key:
        return found, None
    if not await key_fits(connection, opened.box):
        return [*found, wrong("SECRET_KEY", "It does not open the secrets in this database.")], None
    return found, await read_stored(connection.fetch, opened.box)


async def _called(snapshot: Snapshot, settings: Settings) -> list[Finding]:
    client = outgoing_client(settings, lambda: snapshot.services)
    try:
        return [one async for one in of_services(snapshot, client)]
    finally:
        await client.aclose()
