"""Look up every pinned package in the databases of known vulnerabilities: ``make audit``.

A vulnerability that is found is an error. That no database answers is not: it is told, loudly, as a
build must not depend on somebody else's server.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

FILES: Final = ("build.txt", "runtime.txt", "dev.txt", "helm.txt", "site.txt")

# By name, with options; the first one that knows our packages is enough.
SERVICES: Final[Sequence[Sequence[str]]] = (("pypi",), ("osv",))

_FOLDER: Final = Path(__file__).parent
_SECONDS: Final = 300


def main(services: Sequence[Sequence[str]] = SERVICES) -> int:
    """Ask the services and tell what they know; return the exit code."""
    for name, *options in services:
        packages = _asked(name, options)
        audited = [package for package in packages if "skip_reason" not in package]
        if not audited:
            print(f"audit: {name} was NOT REACHED, or knows none of our packages.")
            continue
        found = [package for package in audited if package["vulns"]]
        for package in found:
            _tell(package)
        skipped = sorted(str(it["name"]) for it in packages if "skip_reason" in it)
        if skipped:
            print(f"audit: {name} does not know {', '.join(skipped)}.")
        print(f"audit: {name}: {len(found)} of {len(audited)} packages have known vulnerabilities.")
        return 1 if found else 0
    print("audit: NOTHING WAS AUDITED, as no service was reached. This says nothing either way.")
    return 0


def _asked(service: str, options: Sequence[str]) -> list[dict[str, Any]]:
    """Return what the service says of each package; empty without an answer."""
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service, *options]
    command += ["--format", "json", "--progress-spinner", "off", "--disable-pip"]
    command += ["--require-hashes"]
    for file in FILES:
        command += ["--requirement", str(_FOLDER / file)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return []
    return packages


def _tell(package: dict[str, Any]) -> None:
    for vulnerability in package["vulns"]:
        names = ", ".join([vulnerability["id"], *vulnerability["aliases"]])
        fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
        print(f"audit: {package['name']} {package['version']}: {names}; fixed in {fixed}")


if __name__ == "__main__":
    sys.exit(main())
