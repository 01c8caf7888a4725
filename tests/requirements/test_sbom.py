"""The software bill of materials."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sbom") / "new folder" / "sbom.json"
    command = [sys.executable, str(REPOSITORY / "requirements/sbom.py"), str(path)]
    subprocess.run(command, check=True, capture_output=True, cwd="/")
    return path.read_text()


@pytest.fixture(scope="module")
def bill(written: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(written)
    return content


def test_it_is_valid(written: str) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(written) is None
    assert validator.validate_str(written.replace('"bomFormat"', '"bomForm"')) is not None


def test_every_pinned_package_is_in_it_with_its_hashes(bill: dict[str, Any]) -> None:
    text = (REPOSITORY / "requirements/runtime.txt").read_text()
    pinned = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))
    components = {one["name"]: one for one in bill["components"]}
    found = {name: one["version"] for name, one in components.items() if name != "postgresql"}
    assert found == pinned
    hashes = {
        one["value"]
        for component in bill["components"]
        for one in component["properties"]
        if one["name"] == "contactmomenten:sha256"
    }
    assert hashes == set(re.findall(r"--hash=sha256:(\S+)", text))
    assert all(one["licenses"] for one in components.values())


def test_the_postgresql_inside_is_in_it(bill: dict[str, Any]) -> None:
    (postgres,) = [one for one in bill["components"] if one["name"] == "postgresql"]
    assert postgres["version"].startswith("18.")
    assert f":{postgres['version']}:" in postgres["cpe"]


def test_everything_is_needed_by_something(bill: dict[str, Any]) -> None:
    needed = {name for one in bill["dependencies"] for name in one["dependsOn"]}
    assert needed == {one["bom-ref"] for one in bill["components"]}


def test_it_says_nothing_of_where_it_was_made(written: str) -> None:
    assert str(REPOSITORY) not in written
    assert "/simple/" not in written
