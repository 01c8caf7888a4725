"""Each page, followed as its reader does: every command, in order, with the answers it shows."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import pytest

from tests.database.scaling.servers import binaries
from tests.docs.blocks import REPOSITORY, Block, blocks, pages
from tests.docs.sandbox import needs_server, sandbox
from tests.docs.session import matches, serves
from tests.proof import LONG, record

# Why a block with `<!-- not run: … -->` may stay as it is, and how many there are of each.
NOT_RUN: Final = {
    "needs npm": 1,
    "needs systemd": 2,
    "takes minutes": 1,
    "installs on the machine": 3,
    "needs a container engine": 4,
    "needs Kubernetes": 1,
}

# Commands that a contributor types; the rest of CI does the same as they do.
OF_CONTRIBUTORS: Final = {
    "make test": "is the run that this test is part of",
    "make check": "CI runs it",
    "make site": "CI runs it",
    "make format": "would change files",
    "make docs": "would change files; tests/test_settings_page.py compares them",
}

# Followed only for the proof at full length: README.md has the same commands.
LATER: Final = {"README.nl.md", "CONTRIBUTING.md"}

Followed = Mapping[str, "Future[int]"]


def run(block: Block) -> bool:
    """Tell whether the commands of a block are run here."""
    return block.marked("not run") is None and block.marked("run by") is None


def plain(command: str) -> str:
    """Give a command without the remark behind it."""
    return command.split("  #", maxsplit=1)[0].strip()


def typed_on(page: str) -> set[str]:
    """Give the commands of a page by their first two words, but for those of contributors."""
    commands = (plain(command.text) for block in blocks(page) for command in block.commands)
    return {
        " ".join(one.split("=")[0].split()[:2]) for one in commands if one not in OF_CONTRIBUTORS
    }


def programs(block: Block) -> Iterator[str]:
    """Give what a test that runs the block must have in it: our commands quoted, others by name."""
    for command in block.commands:
        ours = re.findall(r"contactmomenten ([a-z][\w-]*)", plain(command.text))
        yield from (f'"{name}"' for name in ours)
        words = [word for word in plain(command.text).split() if "=" not in word]
        if words and not ours and words[0] not in {"cp", "export", "mkdir"}:
            yield words[0]


WITH_COMMANDS: Final = [page for page in pages() if any(map(run, blocks(page)))]


def follow(page: str) -> int:
    """Do what a page says; return how many commands that took."""
    followed = list(filter(run, blocks(page)))
    text = "\n".join(command.text for block in followed for command in block.commands)
    typed = 0
    with sandbox(text, prepared="CREATE DATABASE" not in text) as place:
        for block in followed:
            if block.marked("stop") is not None:
                place.session.stop()
            expected = int(block.marked("exits with") or "0")
            for command in block.commands:
                if plain(command.text) in OF_CONTRIBUTORS:
                    continue
                code, said = place.session.run(place.here(command.text))
                where = f"{page}:{block.line}: {command.text}\n{said}"
                assert code == expected, f"exit code {code}: {where}"
                shown = [place.here(line) for line in command.answer]
                if shown:
                    assert matches(shown, said, among_others=serves(command.text)), where
                typed += 1
    return typed


@pytest.fixture(scope="module")
def followed(request: pytest.FixtureRequest) -> Iterator[Followed]:
    """Follow the pages that are asked for, two at a time."""
    asked = [
        str(item.callspec.params["page"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module
        if "followed" in item.fixturenames
    ]
    with ThreadPoolExecutor(2) as pool:
        yield {page: pool.submit(follow, page) for page in asked if LONG or page not in LATER}


@pytest.mark.proof
@pytest.mark.timeout(300)  # it may have to wait for other pages
@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_every_command_does_what_the_page_says(page: str, followed: Followed) -> None:
    if page not in followed:
        assert typed_on(page) <= typed_on("README.md")
        return
    needs = needs_server((REPOSITORY / page).read_text("utf-8"))
    if needs and binaries() is None and not os.environ.get("CI"):
        pytest.skip("not installed (apt-get install postgresql)")
    typed = followed[page].result()
    assert typed > 0
    record(f"Commands of {page}", followed=typed)


def test_a_block_that_is_not_run_says_why_and_is_counted() -> None:
    reasons = [block.marked("not run") for page in pages() for block in blocks(page)]
    assert Counter(reason for reason in reasons if reason is not None) == NOT_RUN


def test_a_block_that_another_test_runs_names_it_and_its_commands_are_there() -> None:
    for page in pages():
        for block in blocks(page):
            if names := block.marked("run by"):
                tested = "".join((REPOSITORY / one).read_text("utf-8") for one in names.split(", "))
                for program in programs(block):
                    assert program in tested, f"{page}:{block.line}: {program}"


def test_a_marker_is_one_of_these() -> None:
    kinds = {"not run", "run by", "stop", "exits with"}
    for page in pages():
        for block in blocks(page):
            assert {marker.partition(": ")[0] for marker in block.markers} <= kinds, block


def test_what_differs_from_the_page_is_noticed() -> None:
    assert matches(["a … c", "…", "z"], "a b c\nx\ny\nz\n", among_others=False)
    assert matches(["a", "c"], "a\nb\nc", among_others=True)
    assert not matches(["a"], "a\nb", among_others=False)
    assert not matches(["c", "a"], "a\nb\nc", among_others=True)
    assert not matches(["a b"], "a c", among_others=False)
