import subprocess
import sys

import pytest

from contactmomenten.logs import without_text

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


CAREFUL = """
import asyncio, logging, sys
from contactmomenten.logs import set_up_logging
set_up_logging("DEBUG")
secret = sys.stdin.read()

async def break_down():
    raise RuntimeError(secret)

async def main():
    task = asyncio.create_task(break_down(), name=secret)
    asyncio.get_running_loop().call_soon(len, secret)
    await asyncio.sleep(0.01)
    del task
    asyncio.get_running_loop().call_exception_handler(
        {"message": "Broken", "exception": KeyError(secret), "future": secret}
    )
    try:
        await break_down()
    except RuntimeError:
        logging.getLogger("theirs").exception("broken")
    asyncio.get_running_loop().slow_callback_duration = 0

asyncio.run(main(), debug=True)
"""


def test_no_text_of_an_error_and_no_argument_of_a_callback_is_shown() -> None:
    secret = "kanarie-in-een-fout"
    done = subprocess.run(
        [sys.executable, "-c", CAREFUL], input=secret, capture_output=True, text=True, check=True
    )
    assert secret not in done.stderr + done.stdout
    for shown in (
        "ERROR asyncio: Task exception was never retrieved",
        "ERROR asyncio: Broken",
        "ERROR theirs: broken",
        "builtins.RuntimeError",
        "builtins.KeyError",
        "in break_down",
    ):
        assert shown in done.stderr


def test_the_causes_of_an_error_are_told_without_their_texts() -> None:
    def fail() -> None:
        try:
            dict[str, str]()["geheim"]
        except KeyError as error:
            raise ValueError("geheim") from error

    with pytest.raises(ValueError, match="geheim") as raised:
        fail()
    told = without_text(raised.value)
    assert "builtins.KeyError" in told
    assert told.endswith("builtins.ValueError\n")
    assert "in fail" in told
    assert without_text(None) == ""
