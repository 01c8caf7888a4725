"""``notifications``, ``register-kanaal`` and ``worker``."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import click

from contactmomenten.cli.common import (
    clear_errors,
    data_dir_option,
    exporting,
    installation,
    prepare,
    run_with_services,
)
from contactmomenten.database.pool import Connection, Record
from contactmomenten.notificaties import queue
from contactmomenten.notificaties.kanaal import KanaalError
from contactmomenten.notificaties.kanaal import register_kanaal as register
from contactmomenten.notificaties.queue import QueueState
from contactmomenten.notificaties.worker import deliver_until_stopped
from contactmomenten.services import Services
from contactmomenten.settings import read_settings

_COLUMNS: Final = ("ID", "CONTACTMOMENT", "ACTIE", "AGE", "ATTEMPTS", "NEXT ATTEMPT", "LAST RESULT")
_UNITS: Final = (("d", 86_400), ("h", 3600), ("min", 60))

_ids = click.argument("ids", metavar="ID...", nargs=-1, type=click.IntRange(1, 2**63 - 1))


@click.group()
def notifications() -> None:
    """See which notifications wait, and decide about those that failed."""


@notifications.command("list")
@click.option("--failed", is_flag=True, help="Only those that are not tried any more.")
@click.option(
    "--limit", type=click.IntRange(0), default=50, show_default=True, help="How many lines to show."
)
@data_dir_option
def list_(limit: int, data_dir: Path, *, failed: bool) -> None:
    """Show the notifications that have not been accepted yet, the oldest first."""

    async def work(connection: Connection) -> tuple[list[Record], QueueState]:
        lines = await queue.list_lines(connection, failed=failed, limit=limit)
        return lines, QueueState.of(await connection.fetchrow(queue.QUEUE_STATE))

    with installation(data_dir) as (_, opened):
        prepare(opened)
        lines, state = opened.run(work)
    if lines:
        _show([_COLUMNS, *(_cells(line) for line in lines)])
    age = "-" if state.age is None else _duration(state.age)
    click.echo(f"Total: {state.length} waiting, of which {state.failed} failed; oldest: {age}")


@notifications.command()
@_ids
@click.option("--all-failed", is_flag=True, help="All notifications that are not tried any more.")
@data_dir_option
def retry(ids: tuple[int, ...], data_dir: Path, *, all_failed: bool) -> None:
    """Try notifications again, from the first attempt on.

    Exit code 1 if one of them is gone, or being sent at this moment.
    """
    if bool(ids) == all_failed:
        message = "Give the IDs of notifications, or --all-failed."
        raise click.UsageError(message)
    with installation(data_dir) as (_, opened):
        prepare(opened)
        if all_failed:
            click.echo(f"Tried again: {opened.run(queue.retry_parked)}")
        else:
            done = opened.run(lambda connection: queue.retry_lines(connection, ids))
            click.echo(f"Tried again: {len(done)}")
            _check_all(ids, done)


@notifications.command()
@_ids
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@data_dir_option
def skip(ids: tuple[int, ...], data_dir: Path, *, yes: bool) -> None:
    """Remove notifications: subscribers will never hear of these changes.

    Later notifications of the same contactmoment then go on. Exit code 1 if one is gone already,
    or being sent at this moment.
    """
    if not ids:
        message = "Give the IDs of the notifications to remove."
        raise click.UsageError(message)
    if not yes:
        click.confirm(f"Remove {len(set(ids))} notification(s) for good?", abort=True, err=True)
    with installation(data_dir) as (_, opened):
        prepare(opened)
        done = opened.run(lambda connection: queue.skip_lines(connection, ids))
        click.echo(f"Removed: {len(done)}")
        _check_all(ids, done)


@click.command("register-kanaal")
@data_dir_option
def register_kanaal(data_dir: Path) -> None:
    """Register the kanaal `contactmomenten` at the configured Notificaties API.

    Needs SITE_DOMAIN, as the registration says where the kanaal is documented. Does nothing if the
    kanaal exists already.
    """
    is_new = run_with_services(data_dir, _register)
    click.echo(f"The kanaal contactmomenten {'is registered' if is_new else 'already exists'}.")


async def _register(services: Services) -> bool:
    settings, snapshot = services.settings, services.registry.snapshot
    if not settings.public_base:
        message = "Set SITE_DOMAIN: the kanaal is registered with the URL of its documentation."
        raise click.ClickException(message)
    rules = snapshot.notifications
    service = snapshot.service(rules.notifications_api_service_identifier) if rules else None
    if service is None:
        message = (
            "No Notificaties API is configured. Add its service under zgw_consumers, name it "
            "under notifications_config, and run `contactmomenten configure`."
        )
        raise click.ClickException(message)
    documentation = f"{settings.public_base}/ref/kanalen/#contactmomenten"
    try:
        return await register(services.outgoing, service.api_root, documentation)
    except KanaalError as error:
        raise click.ClickException(str(error)) from None


@click.command()
@data_dir_option
def worker(data_dir: Path) -> None:
    """Deliver notifications in a process of its own, beside `serve`.

    As many as wanted may run side by side. SIGTERM or Ctrl-C stops it; what is being sent is
    finished first.
    """
    with clear_errors():
        settings = read_settings(os.environ)
        with exporting(settings, None):
            run_with_services(data_dir, deliver_until_stopped)
    click.echo("Stopped.", err=True)


def _check_all(ids: Iterable[int], done: Iterable[int]) -> None:
    if missing := sorted(set(ids) - set(done)):
        names = ", ".join(map(str, missing))
        message = f"Gone already, or being sent at this moment: {names}."
        raise click.ClickException(message)


def _show(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _cells(line: Record) -> tuple[str, ...]:
    return (
        str(line["id"]),
        str(line["contactmoment"]),
        line["actie"] or "-",
        _duration(line["age"]),
        str(line["pogingen"]),
        _next_attempt(line),
        line["uitkomst"] or "-",
    )


def _next_attempt(line: Record) -> str:
    if line["parked"]:
        return "none (failed)"
    if line["head"] != line["id"]:
        return f"after {line['head']}"
    if line["in_flight"]:
        return "being sent"
    return "now" if line["wait"] <= 0 else f"in {_duration(line['wait'])}"


def _duration(seconds: float) -> str:
    for unit, size in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"
