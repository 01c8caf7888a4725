"""The Containerfile, as far as it can be looked at without building it."""

import json
import re
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

from contactmomenten.health import LIVE

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "Containerfile").read_text()

Instruction = tuple[str, str]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> list[list[Instruction]]:
    """Return the instructions of each stage, without what stands before the first."""
    parser = DockerfileParser(path=str(tmp_path_factory.mktemp("containerfile")))
    parser.content = TEXT
    found: list[list[Instruction]] = []
    for it in parser.structure:
        if it["instruction"] == "FROM":
            found.append([])
        if found and it["instruction"] != "COMMENT":
            found[-1].append((it["instruction"], it["value"]))
    return found


def only(stage: list[Instruction], name: str) -> str:
    """Return the value of the only instruction of this name."""
    (found,) = (value for instruction, value in stage if instruction == name)
    return found


def test_there_is_a_stage_that_builds_and_one_that_runs(stages: list[list[Instruction]]) -> None:
    build, run = stages
    assert build[0] == ("FROM", "${PYTHON_IMAGE} AS build")
    assert run[0] == ("FROM", "${RUNTIME_IMAGE}")
    assert "ARG PYTHON_IMAGE=python:3.11-slim-bookworm\n" in TEXT
    assert "ARG RUNTIME_IMAGE=${PYTHON_IMAGE}\n" in TEXT


def test_what_runs_needs_no_shell(stages: list[list[Instruction]]) -> None:
    run = stages[1]
    assert "RUN" not in {instruction for instruction, _ in run}
    for name in ("ENTRYPOINT", "CMD"):
        assert isinstance(json.loads(only(run, name)), list)
    check = only(run, "HEALTHCHECK")
    command = json.loads(check[check.index("CMD") + 3 :])
    assert command[0] == "/opt/contactmomenten/bin/python"
    assert f"http://127.0.0.1:8000{LIVE}" in command[2]
    compile(command[2], "healthcheck", "exec")


def test_it_runs_as_a_numbered_user_who_is_not_root(stages: list[list[Instruction]]) -> None:
    uid, _, gid = only(stages[1], "USER").partition(":")
    assert int(uid) > 0
    assert int(gid) > 0
    owner = f"--owner {uid} --group {gid}"
    assert any(owner in value for name, value in stages[0] if name == "RUN")


def test_every_source_exists_and_is_let_through(stages: list[list[Instruction]]) -> None:
    let_through = {
        line.removeprefix("!")
        for line in (REPOSITORY / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    sources = [
        source
        for instruction, value in stages[0]
        if instruction == "COPY"
        for source in value.split()[:-1]
    ]
    assert "src" in sources
    for source in sources:
        assert (REPOSITORY / source).exists(), source
        assert Path(source).parts[0] in let_through, source
    for instruction, value in stages[1]:
        if instruction == "COPY":
            assert value.startswith("--from=build "), value


def test_every_package_is_checked_by_its_hash(stages: list[list[Instruction]]) -> None:
    runs = " && ".join(value for instruction, value in stages[0] if instruction == "RUN")
    commands = re.findall(r"pip (?:--python \S+ )?(?:install|wheel) [^&]+", runs)
    assert len(commands) == 4
    for command in commands:
        checked = "--require-hashes" in command and "--only-binary :all:" in command
        assert checked or "--no-index" in command, command


def test_it_names_no_host() -> None:
    hosts = set(re.findall(r"https?://([^/'\"\s]+)", TEXT))
    assert hosts == {"127.0.0.1:8000"}
    assert not re.search(r"PASSWORD|SECRET|TOKEN", TEXT)
