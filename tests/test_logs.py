import subprocess
import sys

import pytest

SCRIPT = """
import logging, sys, structlog
from contactmomenten.logs import set_up_logging
logger = structlog.get_logger("x")
set_up_logging(sys.argv[1])
for level in ("debug", "info", "warning", "error"):
    getattr(logger, level)(f"ours_{level}", a=1)
    getattr(logging.getLogger("theirs"), level)("theirs_%s", level)
print("done")
"""


@pytest.mark.parametrize(
    ("level", "shown"),
    [("DEBUG", 4), ("info", 3), ("Warning", 2), ("ERROR", 1)],
)
def test_what_weighs_enough_goes_to_standard_error_one_line_each(level: str, shown: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, level], capture_output=True, text=True, check=True
    )
    assert done.stdout == "done\n"
    for whose in ("ours", "theirs"):
        assert sum(f"{whose}_" in line for line in done.stderr.splitlines()) == shown
    assert "\x1b" not in done.stderr
