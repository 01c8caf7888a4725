"""``migrate``."""

import os
from pathlib import Path
from typing import Final

import asyncpg
import click

from contactmomenten.cli.common import (
    clear_errors,
    data_dir_option,
    installation,
    prepare,
    progress,
)
from contactmomenten.database.embedded import has_cluster
from contactmomenten.database.migrations import (
    Migration,
    MigrationError,
    all_migrations,
    pending,
)
from contactmomenten.database.migrations.planning import (
    Use,
    in_bytes,
    in_seconds,
    told,
    total,
    uses,
)
from contactmomenten.database.migrations.preflight import Obstacle, obstacles
from contactmomenten.database.pool import Connection
from contactmomenten.installation import Installation, open_installation
from contactmomenten.settings import Settings, read_settings

_STEPS_WAIT: Final = 3

# How an operator sees that the files are not going to fit.
_SPARE: Final = 1.2


@click.command()
@click.option(
    "--plan",
    is_flag=True,
    help="Only show what would be done, what it locks and roughly how long, and what is in the "
    "way. Changes nothing, and needs no right to write and no SECRET_KEY. Exit code 0: up to date; "
    f"{_STEPS_WAIT}: there are steps to take, and they can be; 1: they cannot be.",
)
@data_dir_option
def migrate(data_dir: Path, *, plan: bool) -> None:
    """Bring the tables of the database up to date with this version of the program.

    Servers may go on meanwhile, unless --plan says otherwise. A step that does not get its locks
    gives way, tries again for a minute, and then says who has them.
    """
    if plan:
        raise click.exceptions.Exit(_show_plan(data_dir))
    with installation(data_dir) as (_, opened):
        prepare(opened)
        click.echo("The database is up to date.")


def _show_plan(data_dir: Path) -> int:
    """Show what `migrate` would do; return the exit code."""
    with clear_errors():
        settings = read_settings(os.environ)
        if settings.connection is None and not has_cluster(data_dir):
            click.echo(
                f"There is no database in {data_dir} yet: `serve` makes it, and takes all "
                f"{len(all_migrations())} steps."
            )
            return _STEPS_WAIT
        with open_installation(
            settings, data_dir.absolute(), own=False, key=False, progress=progress
        ) as opened:
            # Looking is enough for it, so anybody who may look will do.
            return opened.run_as_owner(
                lambda connection: _plan(connection, settings, opened, data_dir)
            )


async def _plan(
    connection: Connection, settings: Settings, opened: Installation, data_dir: Path
) -> int:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        try:
            steps = await pending(connection)
            effects = {step.number: step.effect for step in steps}
            reading = not opened.embedded and settings.migration is None
            found = [one async for one in obstacles(connection, effects, reading=reading)]
        except asyncpg.InsufficientPrivilegeError as error:
            message = f"This role may not read enough to tell: {error.args[0]}."
            raise MigrationError(message) from None
        touched = {step.number: await uses(connection, step.effect) for step in steps}
    version = await connection.fetchval("SHOW server_version")
    newest = all_migrations()[-1].number
    click.echo(f"PostgreSQL {version}. Steps taken: {newest - len(steps)} of {newest}.")
    for step in steps:
        _show_step(step, touched[step.number])
    if steps:
        found += _room(
            [use for listed in touched.values() for use in listed],
            data_dir if opened.embedded else None,
        )
    for obstacle in found:
        click.echo(f"{'WRONG' if obstacle.blocks else 'unwise'}: {obstacle.text}")
    if any(obstacle.blocks for obstacle in found):
        return 1
    click.echo(
        "Nothing was changed. `contactmomenten migrate` takes these steps, and so does the start "
        "of `serve`."
        if steps
        else "The tables are up to date."
    )
    return _STEPS_WAIT if steps else 0


def _show_step(step: Migration, touched: list[Use]) -> None:
    click.echo(f"\nStep {step.number}, {step.effect.kind.value}: {step.name}")
    for use in touched:
        click.echo(f"  {told(use)}")
    if not touched:
        click.echo("  Makes what is new only; nobody waits.")
    click.echo(
        "  Programs of the version before can go on serving."
        if step.effect.older_serve
        else "  Programs of the version before CANNOT go on: stop them first."
    )


def _room(touched: list[Use], data_dir: Path | None) -> list[Obstacle]:
    """Tell time and room together; return an obstacle if a disk that we can see is too full."""
    seconds, room = total(touched)
    click.echo(
        f"\nTogether {in_seconds(seconds)}, and up to {in_bytes(room)} of disk while it lasts."
    )
    if data_dir is None:
        return []
    there = os.statvfs(data_dir)
    free = there.f_bavail * there.f_frsize
    if free > room * _SPARE:
        return []
    text = f"The disk of {data_dir} has {in_bytes(free)} free, and {in_bytes(room)} are needed."
    return [Obstacle(text, blocks=True)]
