"""``configure``."""

import os
from pathlib import Path

import click

from contactmomenten.cli.common import data_dir_option, installation, prepare
from contactmomenten.configuration import (
    Change,
    Configuration,
    apply_configuration,
    read_configuration,
)
from contactmomenten.database.pool import Connection
from contactmomenten.installation import Installation


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@data_dir_option
def configure(file: Path, data_dir: Path, *, dry_run: bool) -> None:
    """Bring clients, applications and services in line with the YAML in FILE.

    Running servers take the change over within a second. A block that is enabled in FILE is the
    whole truth for its kind: what is not in it any more is withdrawn.
    """
    with installation(data_dir) as (_, opened):
        configuration = read(file)
        prepare(opened)
        apply(opened, configuration, dry_run=dry_run)


def read(file: Path) -> Configuration:
    """Read FILE, and show its warnings."""
    configuration = read_configuration(file, os.environ)
    for warning in configuration.warnings:
        click.echo(f"warning: {warning}", err=True)
    return configuration


def apply(opened: Installation, configuration: Configuration, *, dry_run: bool = False) -> None:
    """Apply a configuration, and show what changed."""

    async def work(connection: Connection) -> list[Change]:
        return await apply_configuration(connection, opened.box, configuration, dry_run=dry_run)

    changes = opened.run(work)
    for change in changes:
        click.echo(str(change))
    if dry_run:
        click.echo("Nothing would change." if not changes else "Nothing was changed (dry run).")
    elif not changes:
        click.echo("The configuration is as it was.")
