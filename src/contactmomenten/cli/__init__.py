"""The command line: ``contactmomenten``."""

import sys

import click

from contactmomenten import __version__
from contactmomenten.cli.audit import audit
from contactmomenten.cli.backup import backup, move, restore
from contactmomenten.cli.checking import check
from contactmomenten.cli.configuring import configure
from contactmomenten.cli.counts import counts
from contactmomenten.cli.demo_data import demo_data
from contactmomenten.cli.migrating import migrate
from contactmomenten.cli.notifications import notifications, register_kanaal, worker
from contactmomenten.cli.relations import relations
from contactmomenten.cli.secrets import secrets
from contactmomenten.cli.serving import serve
from contactmomenten.cli.subscribing import subscribe_autorisaties
from contactmomenten.cli.tokens import explain_token, token
from contactmomenten.logs import hide_texts_of_errors
from contactmomenten.memory import make_no_core_dumps

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_CONTEXT)
def cli() -> None:
    """Run and manage the Contactmomenten API 1.0.0.

    Without a configured database everything is kept by an own PostgreSQL in a data folder:

      contactmomenten serve --demo

    With a PostgreSQL server (14 or newer), set DATABASE_URL (or DB_HOST, DB_PORT, DB_NAME,
    DB_USER, DB_PASSWORD) and SECRET_KEY. Exit codes: 0 done, 1 refused or failed, 2 wrong use of
    the command; `migrate --plan` has one more.
    """


@cli.command()
def version() -> None:
    """Show the version of this program."""
    click.echo(f"contactmomenten {__version__} (Contactmomenten API 1.0.0)")


for command in (
    serve,
    check,
    migrate,
    configure,
    token,
    explain_token,
    subscribe_autorisaties,
    relations,
    counts,
    secrets,
    audit,
    backup,
    restore,
    move,
    notifications,
    register_kanaal,
    worker,
    demo_data,
    version,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line."""
    hide_texts_of_errors()
    make_no_core_dumps()
    sys.exit(cli(prog_name="contactmomenten"))
