import re
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from contactmomenten import __version__
from contactmomenten.cli import cli


def commands(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    """Return all commands, those of groups too."""
    found: list[tuple[str, ...]] = [path]
    for name, command in group.commands.items():
        found += (
            commands(command, *path, name) if isinstance(command, click.Group) else [(*path, name)]
        )
    return found


def helped(*arguments: str) -> str:
    result = CliRunner().invoke(cli, [*arguments, "--help"], prog_name="contactmomenten")
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("path", commands(cli), ids=" ".join)
def test_every_command_explains_itself_and_all_its_options(path: tuple[str, ...]) -> None:
    text = helped(*path)
    usage, _, about = text.partition("\n\n")
    assert usage.startswith(" ".join(("Usage: contactmomenten", *path)))
    assert re.match(r" {2}[A-Z][^\n]+\S", about)
    assert all(len(line) <= 100 for line in text.splitlines())
    options = re.findall(r"^  (--?\S+)(.*)$", text, re.MULTILINE)
    assert all(re.search(r" {2}\S|^ [A-Z]+$| / ", rest) for _, rest in options), options


def test_a_short_help_is_there_too() -> None:
    result = CliRunner().invoke(cli, ["-h"], prog_name="contactmomenten")
    assert result.output == helped()


def test_the_overview_names_the_commands_and_the_exit_codes() -> None:
    text = helped()
    for name in ("serve", "migrate", "configure", "token", "explain-token", "version"):
        assert re.search(rf"^  {name} +[A-Z]", text, re.MULTILINE)
    assert "0 done, 1 refused or failed, 2 wrong use" in " ".join(text.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["onbekend"],
        ["serve", "--port", "0"],
        ["serve", "--port", "65536"],
        ["serve", "--port", "x"],
        ["serve", "--workers", "0"],
        ["serve", "--config", "/nergens.yaml"],
        ["serve", "extra"],
        ["serve", "--data-dir", __file__],
        ["configure"],
        ["configure", "/nergens.yaml"],
        ["configure", "/"],
        ["token"],
        ["explain-token"],
        ["migrate", "--onbekend"],
    ],
)
def test_wrong_use_of_a_command_is_exit_code_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(cli, arguments, prog_name="contactmomenten")
    assert result.exit_code == 2
    assert result.output.startswith("Usage: contactmomenten")
    assert "\nError: " in result.output


def test_the_version_is_that_of_the_package() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "contactmomenten", "version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"contactmomenten {__version__} (Contactmomenten API 1.0.0)\n"
    assert done.stderr == ""
