"""The command line: ``python -m benchmarks``."""

import sys
from pathlib import Path
from typing import Any, Final

import click

from benchmarks import flat, flat_report, plots, results, throughput, throughput_report, writes
from benchmarks.driver import WrongAnswerError

_DATA: Final = Path(__file__).parent / "data"
_CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=_DATA,
    show_default="benchmarks/data",
    help="Where the databases are kept.",
)
seed_option = click.option("--seed", default=1, show_default=True, help="Of the demo data.")
workers_option = click.option(
    "--workers", default=2, show_default=True, help="Processes of each server."
)
strict_option = click.option(
    "--strict", is_flag=True, help="Exit with 1 when a promise is not kept."
)


@click.group(context_settings=_CONTEXT)
def cli() -> None:
    """Measure the program: what it does per second, what that costs, and how that grows.

    Everything runs on this machine: the servers with a database of their own, and the load from
    another process. Reports go to benchmarks/results. An answer that is wrong ends it with exit
    code 1; a promise that is not kept is printed, and exits with 1 only with --strict.
    """


@cli.command("throughput")
@click.option(
    "--count", default=100_000, show_default=True, help="Contactmomenten in the database."
)
@folder_option
@seed_option
@click.option("--reuse", is_flag=True, help="Use the data as the last run left it.")
@workers_option
@click.option("--connections", default=16, show_default=True, help="Of the load, at the same time.")
@click.option(
    "--rounds", default=5, show_default=True, help="Of each scenario, on ours and on the floor."
)
@click.option("--single-rounds", default=2, show_default=True, help="Of scenarios without floor.")
@click.option("--seconds", default=2.5, show_default=True, help="Of each round.")
@click.option("--idle-seconds", default=5.0, show_default=True, help="In which nothing is asked.")
@click.option("--only", multiple=True, help="Part of the name of a scenario; may be repeated.")
@strict_option
def throughput_command(folder: Path, *, strict: bool, **given: Any) -> None:  # noqa: ANN401
    """Measure throughput, latency and cost of each scenario; compare with the floor.

    The floor is a bare ASGI program with the same server, driver and SQL, and nothing else. Rounds
    on ours and on the floor take turns, so that the ratio holds on a noisy machine.
    """
    place = folder.absolute() / f"throughput-{given['count']}"
    options = throughput.Options(folder=place, **given)
    try:
        report = throughput.run(options, print)
    except WrongAnswerError as error:
        raise click.ClickException(str(error)) from None
    written = results.write("throughput", throughput_report.markdown(report), report)
    print(written.read_text(encoding="utf-8").partition(throughput_report.ROUNDS)[0])
    print("\n".join(throughput_report.verdicts(report.results)))
    print(f"Written to {written} and .json")
    _leave(missed=any(result.is_missed for result in report.results), strict=strict)


@cli.command("flat")
@click.option(
    "--sizes",
    default="10000,10000000",
    show_default=True,
    callback=lambda _context, _option, text: _sizes(text),
    help="Of the databases, in contactmomenten.",
)
@folder_option
@seed_option
@click.option("--trail", is_flag=True, help="Load the audit trail too; no list reads it.")
@workers_option
@click.option("--rounds", default=5, show_default=True, help="Of each list in each database.")
@click.option("--seconds", default=0.3, show_default=True, help="Of each round.")
@click.option("--only", multiple=True, help="Part of the name of a list; may be repeated.")
@strict_option
def flat_command(folder: Path, *, strict: bool, **given: Any) -> None:  # noqa: ANN401
    """Measure how the time of every list grows with the database.

    The databases are kept in the folder and used again by the next run; all of them run at the
    same time, and rounds in each take turns. Counts are compared with those of the database.
    """
    options = flat.Options(folder=folder.absolute(), **given)
    try:
        report = flat.run(options, print)
    except WrongAnswerError as error:
        raise click.ClickException(str(error)) from None
    written = results.write("flat", flat_report.markdown(report), report)
    print(written.read_text(encoding="utf-8"))
    print("\n".join(flat_report.verdicts(report.lines)))
    print(f"Written to {written} and .json; for pictures: python -m benchmarks plot FILE.json")
    _leave(missed=any(line.is_missed for line in report.lines), strict=strict)


@cli.command("writes")
@click.option("--filled", default=100_000, show_default=True, help="Rows before it begins.")
@click.option("--creates", default=8_000, show_default=True, help="In each round.")
@click.option("--group", default=16, show_default=True, help="Creates in one statement.")
@click.option("--rounds", default=7, show_default=True, help="On each database.")
def writes_command(**given: int) -> None:
    """Measure what the kept counts and the indexes of the lists cost the database per create."""
    report = writes.run(writes.Options(**given), print)
    written = results.write("writes", report.markdown(), report)
    print(report.markdown())
    print(f"Written to {written} and .json")


@cli.command("plot")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("docs/performance"),
    show_default=True,
    help="Folder of the pictures.",
)
def plot_command(file: Path, out: Path) -> None:
    """Draw time against rows, from the FILE.json that `flat` wrote."""
    report = results.read(file, flat.Report)
    for path in plots.write(report.lines, out):
        print(path)


def _sizes(text: str) -> tuple[int, ...]:
    """Read the sizes; the smallest comes first."""
    try:
        sizes = sorted({int(part) for part in text.split(",")})
    except ValueError:
        sizes = []
    if not sizes or sizes[0] < 1:
        message = "numbers from 1, separated by commas"
        raise click.BadParameter(message)
    return tuple(sizes)


def _leave(*, missed: bool, strict: bool) -> None:
    if missed:
        print("A PROMISE IS NOT KEPT: see above.")
    sys.exit(1 if missed and strict else 0)


if __name__ == "__main__":
    cli(prog_name="python -m benchmarks")
