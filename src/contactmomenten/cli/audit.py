"""``audit verify``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Final
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contactmomenten.audittrail.seals import Earlier, Sealed, SealError
from contactmomenten.audittrail.verifying import Result
from contactmomenten.audittrail.verifying import verify as verify_trails
from contactmomenten.cli.common import check_up_to_date, data_dir_option, installation
from contactmomenten.database.pool import Connection

if TYPE_CHECKING:
    from tempfile import _TemporaryFileWrapper

_HEADING: Final = "Trails"


@click.group()
def audit() -> None:
    """Look after the audit trail."""


@audit.command()
@click.option("--contactmoment", type=click.UUID, help="Only the trail of this contactmoment.")
@click.option(
    "--seal",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write where each trail ends to this file, if all of them are right. Keep it elsewhere.",
)
@click.option(
    "--compare",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of --seal: its trails must still be there, as they were.",
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=1000,
    show_default=True,
    help="How many faults to show; all of them are counted.",
)
@data_dir_option
def verify(
    contactmoment: UUID | None,
    seal: Path | None,
    compare: Path | None,
    limit: int,
    data_dir: Path,
) -> None:
    """Tell whether the audit trail is as it was written: nothing changed, removed or added.

    Reads all lines in one view of the database; servers may go on meanwhile. A role that may read
    is enough. Exit code 0: the trail is whole; 1: it is not, and each fault is told.
    """
    if contactmoment is not None and (seal or compare):
        message = "--seal and --compare are about all contactmomenten."
        raise click.UsageError(message)
    result = Result()
    with installation(data_dir, key=False) as (_, opened):
        try:
            with _kept(seal) as kept, _read(compare) as earlier:

                async def work(connection: Connection) -> int:
                    await check_up_to_date(connection)
                    return await _show(connection, result, contactmoment, kept, earlier, limit)

                faults = opened.run(work)
                if seal is not None and kept is not None and not faults:
                    kept.close()
                    Path(kept.name).replace(seal)
        except SealError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            message = f"{error.filename}: {error.strerror}."
            raise click.ClickException(message) from None
    _conclude(result, faults, contactmoment)


def _conclude(result: Result, faults: int, contactmoment: UUID | None) -> None:
    if contactmoment is not None and not result.contactmomenten:
        message = f"There is no contactmoment {contactmoment}."
        raise click.ClickException(message)
    if result.unsealed:
        click.echo(
            f"{result.unsealed} contactmomenten of an older version wait for their hashes: "
            "servers give them those in the background."
        )
    if result.deleted:
        click.echo(f"{result.deleted} contactmomenten were deleted since the seal.")
    looked_at = f"{result.lines} lines of {result.contactmomenten} contactmomenten"
    if faults:
        message = f"The audit trail is broken: {faults} faults in {looked_at}."
        raise click.ClickException(message)
    click.echo(f"The audit trail is whole: {looked_at}.")


@contextmanager
def _kept(seal: Path | None) -> Iterator["_TemporaryFileWrapper[str] | None"]:
    """Lend a file to become `seal`: under another name, so that whoever reads it finds it whole."""
    if seal is None:
        yield None
        return
    folder, name = seal.absolute().parent, f".{seal.name}."
    with NamedTemporaryFile("w", dir=folder, prefix=name, delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


@contextmanager
def _read(compare: Path | None) -> Iterator[Earlier | None]:
    if compare is None:
        yield None
        return
    with compare.open(encoding="ascii", errors="replace") as file:
        yield Earlier(file)


async def _show(  # noqa: PLR0913, PLR0917 (the options of the command)
    connection: Connection,
    result: Result,
    only: UUID | None,
    kept: "_TemporaryFileWrapper[str] | None",
    earlier: Earlier | None,
    limit: int,
) -> int:
    """Show the faults, and return how many there are."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    faults = 0

    def keep(sealed: Sealed) -> None:
        if kept is not None:
            kept.write(str(sealed))

    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        total = 1 if only else await connection.fetchval("SELECT count(*) FROM contactmoment")
        task = progress.add_task(_HEADING, total=total)

        def advance(number: int) -> None:
            progress.advance(task, number)

        async for fault in verify_trails(
            connection, result, only=only, progress=advance, seal=keep, earlier=earlier
        ):
            faults += 1
            if faults <= limit:
                click.echo(f"{fault.contactmoment}: {fault.text}.")
    return faults
