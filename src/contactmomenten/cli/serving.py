"""``serve``."""

import os
from pathlib import Path

import click

from contactmomenten.cli.common import data_dir_option, exporting, installation, prepare
from contactmomenten.cli.configuring import apply, read
from contactmomenten.demo import curl_line, demo_token
from contactmomenten.http.hosts import is_loopback
from contactmomenten.notificaties.queue import queue_of
from contactmomenten.server import check_port
from contactmomenten.server import serve as serve_until_stopped
from contactmomenten.services import check_settings

_MAX_WORKERS_BY_DEFAULT = 8

_NO_DEMO = "--demo is for the embedded database on a loopback address only."


def default_workers() -> int:
    """Return how many workers `serve` has unless it is told."""
    return min(len(os.sched_getaffinity(0)), _MAX_WORKERS_BY_DEFAULT)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port to listen at.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=default_workers,
    show_default="one per core",
    help="Number of processes that answer requests.",
)
@data_dir_option
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file with clients, applications and services, applied before serving.",
)
@click.option(
    "--demo",
    is_flag=True,
    help="Make a client `demo` that may do everything, and print a token and a curl line. "
    "For trying out: only with the embedded database and on a loopback address.",
)
@click.option(
    "--no-delivery",
    is_flag=True,
    help="Leave the delivery of notifications to `contactmomenten worker`.",
)
def serve(  # noqa: PLR0913 (the options of the command)
    host: str,
    port: int,
    workers: int,
    data_dir: Path,
    config: Path | None,
    *,
    demo: bool,
    no_delivery: bool,
) -> None:
    """Run the API: bring the database up to date, apply the configuration, answer requests.

    SIGTERM or Ctrl-C stops it; running requests are finished first.
    """
    if demo and not is_loopback(host):
        raise click.UsageError(_NO_DEMO)
    with installation(data_dir, own=True) as (settings, opened):
        # A wrong setting should show now, not in every worker.
        check_settings(settings)
        check_port(host, port)
        if demo and not opened.embedded:
            raise click.UsageError(_NO_DEMO)
        configuration = read(config) if config else None
        prepare(opened)
        if configuration is not None:
            apply(opened, configuration)
        if settings.notifications_disabled:
            click.echo("NOTIFICATIONS_DISABLED: no notifications are stored or sent.", err=True)
        token = None
        if demo:
            token = opened.run(lambda connection: demo_token(connection, opened.box))
        with exporting(settings, lambda: opened.run(queue_of)):
            serve_until_stopped(
                opened,
                host=host,
                port=port,
                workers=workers,
                subpath=settings.subpath,
                max_header_size=settings.max_header_size,
                client_timeout=settings.client_timeout,
                deliver=not no_delivery,
                drain_seconds=settings.drain_seconds,
                log_format=settings.log_format_console,
                ready=lambda: _tell(f"http://{_in_url(host)}:{port}{settings.subpath}", token),
            )
        click.echo("Stopped.", err=True)


def _tell(url: str, token: str | None) -> None:
    click.echo(f"Contactmomenten API at {url}/api/v1 (documentation: {url}/)")
    if token is not None:
        click.echo(f"\nA token that is good for an hour:\n\n{token}\n")
        click.echo(f"Register a contactmoment:\n\n{curl_line(url, token)}\n")


def _in_url(host: str) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (not a bind)
    return f"[{reachable}]" if ":" in reachable else reachable
