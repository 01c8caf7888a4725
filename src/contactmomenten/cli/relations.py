"""``relations check``."""

from collections import Counter
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from contactmomenten.cli.common import data_dir_option, run_with_services
from contactmomenten.objectcontactmomenten.orphans import (
    COUNT,
    State,
    findings,
    remove_orphan,
)
from contactmomenten.services import Services


@click.group()
def relations() -> None:
    """Compare relations with their source."""


@relations.command()
@click.option(
    "--remove", is_flag=True, help="Remove the relations that their source does not know."
)
@data_dir_option
def check(data_dir: Path, *, remove: bool) -> None:
    """Ask the source of each object (the Zaken API) whether it knows the relation.

    Exit code 0: no orphans are left and every source answered; 1 otherwise.
    """

    async def work(services: Services) -> Counter[str]:
        return await _check(services, remove=remove)

    outcome = run_with_services(data_dir, work)
    removed, orphans = outcome["removed"], outcome[State.ORPHAN.value]
    click.echo(
        f"{outcome.total() - removed} relations: {outcome[State.KNOWN.value]} known to their "
        f"source, {orphans} orphans ({removed} removed), "
        f"{outcome[State.UNANSWERED.value]} without an answer."
    )
    if orphans > removed or outcome[State.UNANSWERED.value]:
        raise click.exceptions.Exit(1)


async def _check(services: Services, *, remove: bool) -> Counter[str]:
    writer, public_base = services.database.writer, services.settings.public_base
    outcome: Counter[str] = Counter()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Comparing relations", total=await writer.value(COUNT))
        async for finding in findings(writer, services.outgoing, public_base):
            outcome[finding.state.value] += 1
            if finding.state is State.ORPHAN:
                gone = remove and await remove_orphan(writer, finding.row, public_base)
                outcome["removed"] += gone
                click.echo(f"{'removed' if gone else 'orphan'}: {finding.uuid}")
            elif finding.state is State.UNANSWERED:
                click.echo(f"no answer: {finding.uuid}: {finding.reason}")
            progress.advance(task)
    return outcome
