"""``counts check`` and ``counts rebuild``."""

from pathlib import Path

import click

from contactmomenten.cli.common import data_dir_option, installation, prepare, progress
from contactmomenten.counts.checking import differences
from contactmomenten.counts.rebuilding import rebuild as rebuild_counts
from contactmomenten.database.pool import Connection


@click.group()
def counts() -> None:
    """Look after the counts by which lists are fast."""


@counts.command()
@data_dir_option
def check(data_dir: Path) -> None:
    """Count everything again and compare; reads all rows, and servers may go on meanwhile.

    Exit code 0: the counts are right; 1: they are not, and `counts rebuild` mends them.
    """
    with installation(data_dir) as (_, opened):
        prepare(opened)
        wrong = opened.run(differences)
    for line in wrong:
        click.echo(line)
    if wrong:
        raise click.ClickException(f"{len(wrong)} counts are wrong.")
    click.echo("The counts are right.")


@counts.command()
@data_dir_option
def rebuild(data_dir: Path) -> None:
    """Count everything anew; servers may go on meanwhile."""

    async def work(connection: Connection) -> None:
        async with opened.connected() as helper:
            await rebuild_counts(connection, progress, helper=helper)

    with installation(data_dir) as (_, opened):
        prepare(opened)
        opened.run(work)
    click.echo("Everything was counted anew.")
