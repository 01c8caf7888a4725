"""On what, and of what, the figures are: the machine, the versions, the moment."""

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

_REPOSITORY: Final = Path(__file__).parent.parent


def describe(postgres: str) -> Mapping[str, str]:
    """Return what a reader must know to judge figures.

    Args:
        postgres: the version that the database tells.
    """
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": _commit(),
        "cpu": f"{_cpu()}, {len(os.sched_getaffinity(0))} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "versions": ", ".join(
            [
                f"Python {platform.python_version()}",
                *(f"{name} {version(name)}" for name in ("granian", "asyncpg", "uvloop")),
                f"PostgreSQL {postgres.split(maxsplit=1)[0]}",
            ]
        ),
        "load average at the start (1, 5, 15 minutes)": load,
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"

    def ask(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603 (git, with arguments of our own)
            [git, *arguments], cwd=_REPOSITORY, capture_output=True, text=True, check=False
        ).stdout.strip()

    changed = ask("status", "--porcelain", "--untracked-files=no")
    return f"{ask('rev-parse', '--short', 'HEAD') or 'unknown'}{' with changes' if changed else ''}"
