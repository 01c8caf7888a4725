"""The published JSON Schema, the example, and their agreement with the checks."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from contactmomenten.configuration import ConfigurationError, json_schema, read_configuration
from contactmomenten.configuration.model import AUTH_NEEDS, AUTH_USES, BLOCKS
from tests.configuration.helpers import EXAMPLE, EXAMPLE_VARIABLES, PROJECT

PUBLISHED = PROJECT / "docs/configuration.schema.json"


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "kcc").write_text("k" * 40 + "\n")
    return {**EXAMPLE_VARIABLES, "SECRETS_DIR": str(tmp_path)}


def test_the_published_schema_is_up_to_date() -> None:
    assert json.loads(PUBLISHED.read_text()) == json_schema(), (
        f"python -m contactmomenten.configuration > {PUBLISHED}"
    )


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_each_key_has_a_description() -> None:
    definitions: Any = json_schema()["$defs"]
    missing = [
        (part, key)
        for part, definition in definitions.items()
        for key, value in definition.get("properties", {}).items()
        if part != "value_from" and "description" not in value
    ]
    assert missing == []


def test_the_example_is_valid_without_a_warning(variables: dict[str, str]) -> None:
    configuration = read_configuration(EXAMPLE, variables)
    assert configuration.warnings == ()
    for block in BLOCKS:
        name = {"zgw_consumers": "services"}.get(block, block)
        name = name.removeprefix("vng_api_common_").removesuffix("_config")
        assert getattr(configuration, name), block


def test_the_example_is_valid_for_an_editor() -> None:
    jsonschema.validate(yaml.safe_load(EXAMPLE.read_text()), json_schema())


def test_the_tables_of_ways_to_sign_in_are_complete() -> None:
    definitions: Any = json_schema()["$defs"]
    known = definitions["Service"]["properties"]["auth_type"]["anyOf"][0]["enum"]
    assert set(AUTH_NEEDS) == set(AUTH_USES) == set(known)


def _shortened_example() -> Any:  # noqa: ANN401 - YAML
    """Return the example with one of each, as the test below is quadratic."""
    good = yaml.safe_load(EXAMPLE.read_text())
    del good["vng_api_common_credentials"]["items"][1:]
    del (
        good["vng_api_common_applicaties"]["items"][2:],
        good["vng_api_common_applicaties"]["items"][0],
    )
    del good["zgw_consumers"]["services"][1]
    good["autorisaties_config"]["autorisaties_api_service_identifier"] = "producten-api"
    return good


def _places(value: object, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    yield path
    children: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        children = enumerate(value)
    for key, child in children:
        yield from _places(child, *path, key)


_WRONG: tuple[object, ...] = (
    None, True, -1, 10**12, 1.5, "", "x" * 5000, "a b", "é", "$", "$$", "${", "${A}", "${A:-b}",
    "x${A}", [], ["a"], {}, {"a": 1}, {"value_from": {}}, {"value_from": {"env": "A"}},
    {"value_from": {"env": "A", "default": "b"}}, {"value_from": {"env": "A", "file": "b"}},
    {"value_from": {"env": "A", "default": "b", "required": True}},
)  # fmt: skip


def test_what_an_editor_refuses_is_refused_and_the_other_way_round(
    variables: dict[str, str], tmp_path: Path
) -> None:
    good = _shortened_example()
    validator = jsonschema.Draft202012Validator(json_schema())
    path = tmp_path / "changed.yaml"
    disagreements = []
    for place in _places(good):
        for wrong in (*_WRONG, "remove", "add"):
            changed = _changed(good, place, wrong)
            if changed is None:
                continue
            path.write_text(json.dumps(changed))  # which is YAML too
            try:
                read_configuration(path, {**variables, "A": "true"})
                reasons: tuple[str, ...] = ()
            except ConfigurationError as error:
                reasons = error.errors
            by_schema = [error.message for error in validator.iter_errors(changed)]
            if by_schema and not reasons:
                disagreements.append((place, wrong, "schema only", by_schema))
            if reasons and not by_schema and not all(map(_beyond_a_schema, reasons)):
                disagreements.append((place, wrong, "checks only", list(reasons)))
    assert disagreements == []


def _changed(good: object, place: tuple[str | int, ...], wrong: object) -> Any | None:  # noqa: ANN401 - YAML
    changed: Any = copy.deepcopy(good)
    if not place:
        return None
    parent = changed
    for step in place[:-1]:
        parent = parent[step]
    # Inside value_from the names of files and variables are free.
    if "value_from" in place[:-1]:
        return None
    if wrong == "remove":
        del parent[place[-1]]
    elif wrong == "add":
        if not isinstance(parent[place[-1]], dict):
            return None
        parent[place[-1]]["unknown"] = "x"
    else:
        parent[place[-1]] = wrong
    return changed


def _beyond_a_schema(reason: str) -> bool:
    """Tell whether a reason is about what no schema sees: other keys, or the environment."""
    return any(
        text in reason
        for text in (
            "stands here",
            "there is no service",
            "there is no block",
            "must be left out where",
            "is true, but",
            "`${` must be followed by a name",
            # What the variable A holds does not fit there.
            "must be a whole number",
            "must be one of",
            "must be a UUID",
            "must be an absolute URL",
            "is missing",
            "has this same secret",
        )
    )
