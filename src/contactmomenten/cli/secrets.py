"""``secrets rotate``."""

from pathlib import Path

import click

from contactmomenten.cli.common import data_dir_option, installation, prepare
from contactmomenten.database.pool import Connection
from contactmomenten.rotation import rotate as encrypt_anew
from contactmomenten.rotation import rotate_key_file


@click.group()
def secrets() -> None:
    """Look after the key with which secrets are encrypted in the database."""


@secrets.command()
@data_dir_option
def rotate(data_dir: Path) -> None:
    """Encrypt all secrets in the database with another key, while servers go on.

    With a PostgreSQL server: set SECRET_KEY to the new key and SECRET_KEY_PREVIOUS to the one that
    was used so far, for every server and for this command. Start the servers again before running
    it, and once more without SECRET_KEY_PREVIOUS afterwards.

    With the embedded database there is nothing to set: a new key is made in the data folder.

    All secrets change or none does. Broken off at any point, run it again.
    """
    with installation(data_dir) as (_, opened):
        prepare(opened)

        async def work(connection: Connection) -> int:
            if opened.key_file is not None:
                return await rotate_key_file(connection, opened.key_file)
            return await encrypt_anew(connection, opened.box)

        number = opened.run(work)
        if opened.key_file is not None:
            click.echo(f"Encrypted {number} values with a new key, which is in the data folder.")
        elif number:
            click.echo(
                f"Encrypted {number} values with SECRET_KEY. SECRET_KEY_PREVIOUS is not needed "
                "any more."
            )
        elif opened.keys.previous:
            click.echo(
                "Everything is encrypted with SECRET_KEY already. SECRET_KEY_PREVIOUS is not "
                "needed any more."
            )
        else:
            click.echo(
                "Everything is encrypted with SECRET_KEY already. To change it, set the new key "
                "as SECRET_KEY and the present one as SECRET_KEY_PREVIOUS."
            )
