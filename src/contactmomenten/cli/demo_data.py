"""``demo-data``."""

import time
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contactmomenten.cli.common import data_dir_option, installation, prepare
from contactmomenten.database.pool import Connection
from contactmomenten.demo_data import loading
from contactmomenten.demo_data.calendar import YEARS
from contactmomenten.demo_data.plan import Plan
from contactmomenten.http.request import API_PATH

# What is loaded to look at has its trail; what is loaded to see how fast lists are needs none.
_WITH_TRAIL: Final = 100_000

_NOT_EMPTY: Final = "There are contactmomenten in this database already. To add to them, use --add."
_NO_SITE: Final = "https://contactmomenten.example.nl"


@click.command("demo-data")
@click.option(
    "--count",
    type=click.IntRange(1, 100_000_000),
    default=10_000,
    show_default=True,
    help="How many contactmomenten.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Another seed gives other contactmomenten; the same one gives the same.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    # Not a day that moves: the same command gives the same contactmomenten next year.
    default="2026-11-01",
    show_default=True,
    help=f"They are of the {YEARS} years before this day.",
)
@click.option(
    "--trail/--no-trail",
    default=None,
    help="With their audit trail, or without it, which takes half of the time and of the room. "
    f"Unless told, up to {_WITH_TRAIL:,} contactmomenten have it.",
)
@click.option("--add", is_flag=True, help="Add them to contactmomenten that are there.")
@data_dir_option
def demo_data(  # noqa: PLR0913 (the options of the command)
    count: int, seed: int, until: datetime, data_dir: Path, *, trail: bool | None, add: bool
) -> None:
    """Load contactmomenten that look real, with relations and audit trail, to try things with.

    Into the embedded database while no server runs on it, or else into the database of
    DATABASE_URL. Either all of them are loaded or none. Nobody is notified of them.

    Into an empty database the same COUNT, SEED and UNTIL give exactly the same contactmomenten.
    While an empty one is filled, requests to it wait.
    """
    begun = time.monotonic()
    with installation(data_dir, own=True) as (settings, opened):
        prepare(opened)
        root = f"{settings.public_base or _NO_SITE}{API_PATH}"
        if trail is None:
            trail = count <= _WITH_TRAIL
        plan = Plan(count=count, seed=seed, until=until.date(), root=root, trail=trail)

        async def work(connection: Connection) -> dict[str, int]:
            async with opened.connected() as helper:
                return await _load(connection, helper, plan, add=add)

        try:
            loaded = opened.run_as_owner(work)
        except loading.NotEmptyError:
            raise click.ClickException(_NOT_EMPTY) from None
        except OverflowError:
            message = f"The {YEARS} years before {until.date()} begin before the year 1."
            raise click.ClickException(message) from None
    seconds = time.monotonic() - begun
    click.echo(
        f"Loaded {loaded['contactmoment']} contactmomenten ({loaded['keten']} follow on another "
        f"one), {loaded['klantcontactmoment']} klantcontactmomenten, "
        f"{loaded['objectcontactmoment']} objectcontactmomenten and {loaded['audittrail']} lines "
        f"of audit trail in {seconds:.1f} s."
    )


async def _load(
    connection: Connection, helper: Connection, plan: Plan, *, add: bool
) -> dict[str, int]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks = {
            stage: progress.add_task(stage, total=None, start=False)
            for stage in (loading.ROWS, loading.TRAIL, loading.INDEXES)
        }

        def report(stage: str, done: int, total: int) -> None:
            progress.start_task(tasks[stage])
            progress.update(tasks[stage], completed=done, total=total)

        loaded = await loading.load(connection, plan, add=add, report=report)
        progress.add_task("Statistics and counts", total=None)
        await loading.finish(connection, helper)
    return loaded
