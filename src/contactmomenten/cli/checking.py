"""``check``."""

import asyncio
import os
from pathlib import Path

import asyncpg
import click

from contactmomenten.autorisaties.registry import snapshot_of
from contactmomenten.checkup import (
    Finding,
    Level,
    of_database,
    of_lacks,
    of_services,
    of_settings,
    of_spelling,
    of_traces,
)
from contactmomenten.checkup.finding import good, wrong
from contactmomenten.cli.common import clear_errors, data_dir_option, progress, refusal
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
from contactmomenten.services import check_settings, outgoing_client
from contactmomenten.settings import Settings, read_settings

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
    with clear_errors():
        settings = read_settings(os.environ)
        set_up_logging(settings.log_level, settings.log_format_console)
        check_settings(settings)
    findings = [*of_spelling(os.environ), *of_settings(settings, host), *of_traces(settings)]
    seen, stored = _of_database(settings, data_dir, workers)
    findings += seen
    known = stored is not None
    if config is not None:
        try:
            stored = stored_after(stored, read(config))
            text = "can be applied" if known else "is right; what is stored could not be read"
            findings.append(good("configuration", f"{config} {text}."))
        except ConfigurationError as error:
            findings.append(wrong("configuration", str(error)))
    if stored is not None:
        findings += asyncio.run(_of_stored(stored, settings, whole=known))
    for finding in findings:
        click.echo(f"{_SHOWN[finding.level]:<6}  {finding.subject}: {finding.text}")
    worst = max((finding.level for finding in findings), default=Level.GOOD)
    if worst >= (Level.UNWISE if strict else Level.WRONG):
        raise click.exceptions.Exit(1)


def _of_database(
    settings: Settings, data_dir: Path, workers: int
) -> tuple[list[Finding], Stored | None]:
    """Look at the database; return the configuration in it too, unless it cannot be read."""
    if settings.connection is None and not has_cluster(data_dir):
        return [good("database", f"There is none in {data_dir} yet; `serve` makes it.")], NOTHING
    # Without a key there are no secrets to read, but still tables to look at.
    key = settings.connection is None or bool(settings.secret_key)
    try:
        with open_installation(
            settings, data_dir.absolute(), own=False, progress=progress, key=key
        ) as opened:
            return opened.run(
                lambda connection: _live(connection, settings, opened, workers, key=key)
            )
    except (EmbeddedDatabaseError, InstallationError, KeyFileError) as error:
        return [wrong("database", str(error))], None
    except asyncpg.PostgresError as error:
        return [wrong("database", refusal(error))], None


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


async def _of_stored(stored: Stored, settings: Settings, *, whole: bool) -> list[Finding]:
    """Look at a configuration, and call its services; what is not in it counts if it is whole."""
    snapshot = snapshot_of(stored)
    client = outgoing_client(settings, lambda: snapshot.services)
    lacks = of_lacks(snapshot, settings) if whole else ()
    try:
        return [*lacks, *[one async for one in of_services(snapshot, client)]]
    finally:
        await client.aclose()
