"""Commands within a sentence, a table or a comment: not run there, but they exist."""

import re
from collections.abc import Iterator
from typing import Final

import click
import pytest

from contactmomenten.cli import cli
from tests.docs.blocks import REPOSITORY, pages

TARGETS: Final = set(
    re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE)
)

_CODE: Final = re.compile(r"`((?:contactmomenten|make) [^`]+)`")
_COMMENT: Final = re.compile(r"^#\s+((?:contactmomenten|make) .+?)(?:   .*)?$", re.MULTILINE)


def mentions() -> list[tuple[str, str]]:
    """Give each command that is mentioned, with its page."""
    found = [
        (page, text)
        for page in pages()
        for text in _CODE.findall((REPOSITORY / page).read_text("utf-8"))
    ]
    example = "examples/configuration.yaml"
    comments = _COMMENT.findall((REPOSITORY / example).read_text("utf-8"))
    return sorted({*found, *((example, text) for text in comments)})


def wrongs(text: str) -> Iterator[str]:
    """Say what does not exist of a command."""
    program, *words = re.sub(r"[\[\],…]", " ", text).split()
    if program == "make":
        if words[0] not in TARGETS:
            yield f"make has no target {words[0]}"
        return
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        inner = command.commands.get(words[0])
        if inner is None:
            yield f"there is no {words[0]}"
            return
        command = inner
        del words[0]
    known = {
        name
        for parameter in command.params
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    for word in words:
        if word.startswith("--") and word.split("=")[0] not in {*known, "--help"}:
            yield f"it has no {word}"


@pytest.mark.parametrize(("page", "text"), mentions(), ids=lambda value: re.sub(r"\W+", "-", value))
def test_a_command_that_is_mentioned_exists(page: str, text: str) -> None:
    assert list(wrongs(text)) == [], page


@pytest.mark.parametrize(
    "text",
    ["make tea", "contactmomenten fly", "contactmomenten audit fly", "contactmomenten check --fly"],
)
def test_a_command_that_does_not_exist_would_be_noticed(text: str) -> None:
    assert len(list(wrongs(text))) == 1


def test_no_command_stands_in_a_block_that_is_not_followed() -> None:
    """A block of commands says that it is one, or it would be neither run nor counted."""
    for page in pages():
        text = (REPOSITORY / page).read_text("utf-8")
        unnamed = re.findall(
            r"^ *```\n(.*?)^ *```$", _without_named(text), re.MULTILINE | re.DOTALL
        )
        for block in unnamed:
            assert not re.search(r"^\s*(\$ |contactmomenten |make |curl )", block, re.MULTILINE), (
                page
            )
        assert not re.search(
            r"^(?: {4}|\t)(?:contactmomenten|make|curl) ", _outside(text), re.MULTILINE
        )


def _without_named(text: str) -> str:
    return re.sub(r"^( *)```\w+\n.*?^\1```$", "", text, flags=re.MULTILINE | re.DOTALL)


def _outside(text: str) -> str:
    return re.sub(r"^( *)```\w*\n.*?^\1```$", "", text, flags=re.MULTILINE | re.DOTALL)
