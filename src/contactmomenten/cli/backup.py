"""``backup``, ``restore`` and ``move``."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
import msgspec

from contactmomenten.backup.archive import ArchiveReader, ArchiveWriter, remove_left_over
from contactmomenten.backup.contents import BackupError, Manifest
from contactmomenten.backup.loading import Source, finish, load, make_tables
from contactmomenten.backup.reading import snapshot
from contactmomenten.cli.common import (
    clear_errors,
    data_dir_option,
    installation,
    progress,
    source_option,
)
from contactmomenten.database.embedded import has_cluster
from contactmomenten.database.pool import Connection
from contactmomenten.installation import Installation, open_installation, opens
from contactmomenten.keys import KEY_FILE
from contactmomenten.secrets import SecretBox
from contactmomenten.settings import Settings, read_settings

_NO_KEY: Final = (
    "The key does not open the secrets in the backup. Set SECRET_KEY to the key of that "
    f"installation (with an embedded database: put its {KEY_FILE} in the data folder). If it is "
    "lost, --key-lost restores all but the secrets; `configure` gives those anew."
)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_dir_option
def backup(file: Path, data_dir: Path) -> None:
    """Write everything in the database to FILE, as it is at one moment, while servers go on.

    Of the embedded database or of a PostgreSQL server. Without the key of the secrets, which is to
    be kept elsewhere. FILE appears when it is whole.
    """
    with _clear():
        if read_settings(os.environ).connection is None:
            _check_there(data_dir)
        remove_left_over(file)
        with installation(data_dir, key=False) as (_, opened), ArchiveWriter.at(file) as writer:

            async def work(connection: Connection) -> Manifest:
                async with snapshot(connection) as reading:
                    return await writer.write(reading)

            manifest = opened.run_as_owner(work)
    click.echo(f"Wrote {_told(manifest)} to {file} ({file.stat().st_size:,} bytes).")
    key = "SECRET_KEY" if opened.key_file is None else str(opened.key_file)
    click.echo(f"Keep the key as well, elsewhere: {key}.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key-lost", is_flag=True, help="Leave the secrets out, as nobody can read them.")
@data_dir_option
def restore(file: Path, data_dir: Path, *, key_lost: bool) -> None:
    """Load FILE, made by `backup`, into an empty database: all of it, or nothing.

    Into a new embedded database, or into the one of DATABASE_URL. It is read back and compared
    before it is kept.
    """
    with _clear(), ArchiveReader.at(file) as reader:
        progress("reading the backup")
        reader.check()
        settings = read_settings(os.environ)
        manifest = reader.manifest
        _check_key_file(settings, manifest, data_dir, key_lost=key_lost)
        with installation(data_dir, own=True) as (_, opened):
            if not key_lost:
                _check_key(opened.box, manifest)
            _load(opened, reader, manifest, secrets=not key_lost)
    click.echo(f"Restored {_told(manifest)}, as of {manifest.moment}.")
    if waiting := manifest.rows("notificatie"):
        click.echo(
            f"{waiting} notifications were waiting then. A server or worker will send them, also "
            "those that were sent since (see docs/backup.md)."
        )


@click.command()
@source_option
def move(data_dir: Path) -> None:
    """Load the embedded database of --data-dir into the empty one of DATABASE_URL.

    All of it, or nothing; it is read back and compared before it is kept. The data folder stays as
    it is. No server may run on it. SECRET_KEY (or SECRET_KEY_FILE) must be its key.
    """
    with _clear():
        settings = read_settings(os.environ)
        if settings.connection is None:
            raise click.UsageError("Set DATABASE_URL to the database to move to.")
        _check_there(data_dir)
        if not settings.secret_key:
            raise BackupError(
                f"SECRET_KEY is not set. The key is in the data folder: set SECRET_KEY_FILE to "
                f"{data_dir.absolute() / KEY_FILE}, or SECRET_KEY to what is in it."
            )
        embedded = msgspec.structs.replace(
            settings,
            database_url="",
            db_host="",
            database_migration_url="",
            db_migration_user="",
            database_replica_url="",
        )
        folder = data_dir.absolute()
        with (
            open_installation(settings, folder, own=False, progress=progress) as target,
            open_installation(embedded, folder, own=True, progress=progress) as source,
        ):
            manifest = source.run_as_owner(lambda connection: _move(connection, source.box, target))
    click.echo(f"Moved {_told(manifest)}.")
    click.echo(
        f"Serve with these settings from now on. {data_dir} is as it was: start no server on it, "
        "and remove it when you are sure."
    )


async def _move(connection: Connection, box: SecretBox, target: Installation) -> Manifest:
    async with snapshot(connection) as reading:
        progress("reading the data folder")
        manifest = await reading.described()
        _check_key(box, manifest)
        async with target.connected_as_owner() as other:
            await make_tables(other, manifest.step, progress, serving=target.serving)
            await load(other, reading, manifest, progress)
            await finish(other, progress, serving=target.serving)
    return manifest


def _load(opened: Installation, source: Source, manifest: Manifest, *, secrets: bool) -> None:
    async def work(connection: Connection) -> None:
        await make_tables(connection, manifest.step, progress, serving=opened.serving)
        await load(connection, source, manifest, progress, secrets=secrets)
        await finish(connection, progress, serving=opened.serving)

    opened.run_as_owner(work)


def _check_there(data_dir: Path) -> None:
    if not has_cluster(data_dir):
        raise BackupError(f"There is no database in {data_dir}.")


def _check_key(box: SecretBox, manifest: Manifest) -> None:
    if manifest.key_proof is not None and not opens(box, manifest.key_proof):
        raise BackupError(_NO_KEY)


def _check_key_file(
    settings: Settings, manifest: Manifest, data_dir: Path, *, key_lost: bool
) -> None:
    """Make sure that no data folder with a key of its own is made for a backup with another one."""
    by_file = settings.connection is None and not settings.secret_key
    if by_file and not key_lost and manifest.key_proof and not (data_dir / KEY_FILE).exists():
        raise BackupError(
            f"Put the key of the backup in {data_dir / KEY_FILE} first. If it is lost, --key-lost "
            "restores all but the secrets; `configure` gives those anew."
        )


def _told(manifest: Manifest) -> str:
    return (
        f"{manifest.rows('contactmoment')} contactmomenten, "
        f"{manifest.rows('klantcontactmoment')} klantcontactmomenten, "
        f"{manifest.rows('objectcontactmoment')} objectcontactmomenten and "
        f"{manifest.rows('audittrail')} lines of audit trail"
    )


@contextmanager
def _clear() -> Iterator[None]:
    try:
        with clear_errors():
            yield
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        message = f"{error.filename or 'the file'}: {error.strerror}."
        raise click.ClickException(message) from None
