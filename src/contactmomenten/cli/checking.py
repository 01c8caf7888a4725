"""``check``."""

import os
from pathlib import Path

import click

from contactmomenten.autorisaties.registry import read_snapshot
from contactmomenten.checkup import (
    Finding,
    Level,
    of_database,
    of_services,
    of_settings,
    of_traces,
)
from contactmomenten.checkup.finding import good, wrong
from contactmomenten.cli.common import clear_errors, data_dir_option, progress
from contactmomenten.cli.configuring import read
from contactmomenten.cli.serving import default_workers
from contactmomenten.database.embedded import EmbeddedDatabaseError, has_cluster
from contactmomenten.database.migrations import pending
from contactmomenten.database.pool import Connection
from contactmomenten.installation import (
    Installation,
    InstallationError,
    key_fits,
    open_installation,
)
from contactmomenten.keys import KeyFileError
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
    help="YAML file that `serve` or `configure` will apply; it is read, and not applied.",
)
@click.option("--strict", is_flag=True, help="Exit code 1 for what is unwise, too.")
@data_dir_option
def check(host: str, workers: int, config: Path | None, data_dir: Path, *, strict: bool) -> None:
    """Say what is wrong or unwise, before the program serves; nothing is changed.

    Looks at the settings, the database, and the services in its configuration, each of which is
    called once. Exit code 1 when something is wrong.
    """
    findings: list[Finding] = []
    with clear_errors():
        settings = read_settings(os.environ)
        check_settings(settings)
        configuration = None if config is None else read(config)
        findings += of_settings(settings, host)
        findings += of_traces(settings)
    if settings.connection is None and not has_cluster(data_dir):
        findings.append(good("database", f"There is none in {data_dir} yet; `serve` makes it."))
    elif settings.connection is None or settings.secret_key:
        findings += _of_running(settings, data_dir, workers)
    if configuration is not None:
        findings.append(good("configuration", f"{config} can be applied."))
    for finding in findings:
        click.echo(f"{_SHOWN[finding.level]:<6}  {finding.subject}: {finding.text}")
    worst = max((finding.level for finding in findings), default=Level.GOOD)
    if worst >= (Level.UNWISE if strict else Level.WRONG):
        raise click.exceptions.Exit(1)


def _of_running(settings: Settings, data_dir: Path, workers: int) -> list[Finding]:
    """Look at the database, and at the services in its configuration."""
    try:
        with open_installation(
            settings, data_dir.absolute(), own=False, progress=progress
        ) as opened:
            return opened.run(lambda connection: _live(connection, settings, opened, workers))
    except (EmbeddedDatabaseError, InstallationError, KeyFileError) as error:
        return [wrong("database", str(error))]


async def _live(
    connection: Connection, settings: Settings, opened: Installation, workers: int
) -> list[Finding]:
    found = [
        finding
        async for finding in of_database(
            connection, settings, workers=workers, embedded=opened.embedded
        )
    ]
    # Of another version, or not made yet: there is nothing else to look at.
    if found[0].level is Level.WRONG or await pending(connection):
        return found
    if not await key_fits(connection, opened.box):
        return [*found, wrong("SECRET_KEY", "It does not open the secrets in this database.")]
    snapshot = await read_snapshot(connection.fetch, opened.box)
    client = outgoing_client(settings, lambda: snapshot.services)
    try:
        return [*found, *[one async for one in of_services(snapshot, client, settings)]]
    finally:
        await client.aclose()
