"""The table of conformity tells the truth: what it names exists, and nothing is missing in it."""

import re
from pathlib import Path
from typing import Final

import pytest

from contactmomenten.app import ROUTES
from contactmomenten.http.problems import PROBLEM_CLASSES
from tests.docs.blocks import REPOSITORY

PAGE: Final = (REPOSITORY / "docs/conformity.md").read_text("utf-8")
ERRORS: Final = (REPOSITORY / "docs/errors.md").read_text("utf-8")
CODE: Final = REPOSITORY / "src/contactmomenten"
TESTS: Final = REPOSITORY / "tests"
# Titles that the standard defines and that no request leads to.
NEVER_SENT: Final = {
    "authentication_failed",
    "not_authenticated",
    "conflict",
    "gone",
    "precondition_failed",
}


def rows(page: str, first: str) -> list[list[str]]:
    """Give the cells of each row of the tables whose first column has this title."""
    found = []
    for table in re.findall(rf"^\| {first} \|.*\n\|[-|]+\n((?:\|.*\n?)+)", page, re.MULTILINE):
        found += [
            [cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()
        ]
    return found


def spans(text: str) -> list[str]:
    """Give what stands between back quotes."""
    return re.findall(r"`([^`]+)`", text)


def claims() -> list[tuple[str, str, str]]:
    """Give each requirement with where it is met and where it is tested."""
    found = []
    for first in ("operation", "requirement", "rule"):
        found += [(cells[0], cells[-2], cells[-1]) for cells in rows(PAGE, first)]
    return [*found, *((codes, "`http/problems.py`", tests) for codes, tests in rows(PAGE, "codes"))]


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: re.sub(r"\W+", "-", claim[0])[:50])
def test_what_meets_a_requirement_and_what_tests_it_exist(claim: tuple[str, str, str]) -> None:
    _, met, tested = claim
    modules, tests = spans(met), spans(tested)
    assert modules
    assert tests
    for module in modules:
        assert (CODE / module).exists(), module
    for test in tests:
        file, _, name = test.partition("::")
        path = TESTS / file
        assert path.exists(), file
        assert path.is_dir() or path.name.startswith("test_"), file
        if name:
            assert re.search(rf"^(async )?def {name}\(", path.read_text("utf-8"), re.MULTILINE)


def test_the_operations_are_those_of_the_program() -> None:
    ours = {
        (operation.operation_id, f"{method} `{route.path}`", f"`{operation.scope}`")
        for route in ROUTES
        for method, operation in route.operations.items()
    }
    told = {(spans(cells[0])[0], cells[1], cells[2]) for cells in rows(PAGE, "operation")}
    assert told == ours
    assert len(told) == 16


def test_every_operation_is_named_in_the_operations_that_are_tested_one_by_one() -> None:
    tested = (TESTS / "blackbox/support/operations.py").read_text("utf-8")
    for cells in rows(PAGE, "operation"):
        assert f'"{spans(cells[0])[0]}"' in tested


def test_the_six_rules_are_there() -> None:
    told = [spans(cells[0])[0] for cells in rows(PAGE, "rule")]
    assert told == [f"cm-00{number}" for number in range(1, 7)]


def test_every_code_that_is_explained_is_provoked_by_the_tests_that_are_named() -> None:
    explained = {
        code
        for cells in [*rows(ERRORS, "status"), *rows(ERRORS, "`code`")]
        for code in spans(cells[1] if cells[0].isdigit() else cells[0])
    }
    provoked = {code for codes, _ in rows(PAGE, "codes") for code in spans(codes)}
    assert provoked == explained
    for codes, tests in rows(PAGE, "codes"):
        text = "".join(_with_support(TESTS / name) for name in spans(tests))
        for code in spans(codes):
            assert re.search(rf'["\'`]{code}["\'`]', text), f"{code} is not in {tests}"


def test_every_kind_of_error_of_the_program_is_explained() -> None:
    kinds = {kind.code for kind in PROBLEM_CLASSES.values()} - NEVER_SENT
    assert kinds <= set(spans(ERRORS))


def _with_support(path: Path) -> str:
    """Give the text of a test, and of the expectations that the tests of the outside share."""
    shared = TESTS / "blackbox/support/expect.py"
    return path.read_text("utf-8") + (shared.read_text("utf-8") if "blackbox" in str(path) else "")
