"""Build what is handed out, in a folder: ``make dist``.

A source distribution; a wheel that is built from it; the pinned packages that it needs, with their
hashes (requirements.txt) for `pip install --require-hashes`; and their versions alone
(constraints.txt) for pipx, which has no way to give the hash of the wheel itself.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[1]

_PINS: Final = REPOSITORY / "requirements/runtime.txt"
_PIN: Final = re.compile(r"^[a-z0-9-]+==\S+", re.MULTILINE)


def main() -> int:
    """Write into the folder that is named on the command line."""
    folder = Path(sys.argv[1])
    # Nothing is fetched: what builds is pinned in build.txt, and is installed already.
    command = [str(Path(sys.executable).with_name("uv")), "build", "--quiet", "--offline"]
    command += ["--no-build-isolation", "--python", sys.executable, "--out-dir", str(folder)]
    subprocess.run([*command, str(REPOSITORY)], check=True)
    shutil.copyfile(_PINS, folder / "requirements.txt")
    versions = _PIN.findall(_PINS.read_text(encoding="utf-8"))
    (folder / "constraints.txt").write_text("\n".join([*versions, ""]), encoding="utf-8")
    print(f"dist: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
