"""A command line that names two databases is refused, before either of them is looked at."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from contactmomenten.cli import cli
from contactmomenten.database.pool import Connection
from tests.cli.running import Run, configuration

ARGUMENTS = {
    "configure": [__file__],
    "token": ["portaal"],
    "explain-token": ["x"],
    "subscribe-autorisaties": ["portaal"],
    "backup": ["backup.zip"],
    "restore": [__file__],
}


def commands(group: click.Group, *names: str) -> Iterator[tuple[str, ...]]:
    """Give the words of each command with --data-dir."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        elif any("--data-dir" in parameter.opts for parameter in command.params):
            yield (*names, name)


COMMANDS = sorted(set(commands(cli)) - {("move",)})


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_folder_and_a_server_are_too_much(words: tuple[str, ...], tmp_path: Path) -> None:
    data = tmp_path / "data"
    run = Run(CliRunner(env={"DATABASE_URL": "postgresql://u@127.0.0.1:1/x"}))
    arguments = [*words, *ARGUMENTS.get(words[-1], []), "--data-dir", str(data)]
    assert run.misused(*arguments) == (
        "Error: --data-dir names one database and DATABASE_URL another one: leave out the "
        "option, or unset DATABASE_URL."
    )
    assert not data.exists()


@pytest.mark.parametrize("name", ["DATABASE_URL_FILE", "DB_HOST", "DB_HOST_FILE"])
def test_the_server_may_be_named_in_another_way(name: str, tmp_path: Path) -> None:
    run = Run(CliRunner(env={name: "/nergens"}))
    told = run.misused("notifications", "list", "--data-dir", str(tmp_path / "data"))
    assert f" {name} another one" in told


async def test_the_configuration_of_the_server_stays(
    run: Run, connection: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "configuration.yaml"
    file.write_text(configuration("a secret of the play"))
    run.misused("serve", "--data-dir", str(tmp_path / "data"), "--config", str(file))
    assert await connection.fetchval("SELECT count(*) FROM client_secret") == 0


def test_a_folder_of_the_environment_gives_way_to_a_server(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run.runner.env = {**run.runner.env, "DATA_DIR": str(data)}
    assert "up to date" in run.good("migrate")
    assert not data.exists()
