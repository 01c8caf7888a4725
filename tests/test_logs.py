import json
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from contactmomenten.logs import without_text

FORMS = ["json", "plain_console"]

SCRIPT = """
import logging, sys, structlog
from contactmomenten.logs import set_up_logging
logger = structlog.get_logger("x")
set_up_logging(*sys.argv[1:])
for level in ("debug", "info", "warning", "error", "critical"):
    getattr(logger, level)(f"ours_{level}", a=1)
    getattr(logging.getLogger("theirs"), level)("theirs_%s", level)
print("done")
"""


def run(script: str, *arguments: str, given: str = "") -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        input=given, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout, done.stderr


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("level", "shown"),
    [("DEBUG", 5), ("info", 4), ("Warning", 3), ("ERROR", 2), ("CRITICAL", 1)],
)
def test_what_weighs_enough_goes_to_standard_error_one_line_each(
    level: str, shown: int, form: str
) -> None:
    out, log = run(SCRIPT, level, form)
    assert out == "done\n"
    for whose in ("ours", "theirs"):
        assert sum(f"{whose}_" in line for line in log.splitlines()) == shown
    assert "\x1b" not in log


@pytest.mark.parametrize("given", [(), ("json",)])
def test_a_line_in_json_has_the_keys_of_the_sister_products(given: tuple[str, ...]) -> None:
    _, log = run(SCRIPT, "critical", *given)
    ours, theirs = map(json.loads, log.splitlines())
    assert datetime.fromisoformat(ours.pop("timestamp")).utcoffset() == timedelta(0)
    assert datetime.fromisoformat(theirs.pop("timestamp")).utcoffset() == timedelta(0)
    same = {"level": "critical", "source": "app"}
    assert ours == {"event": "ours_critical", "logger": "x", "a": 1, **same}
    assert theirs == {"event": "theirs_critical", "logger": "theirs", **same}


CAREFUL = """
import asyncio, logging, sys, structlog
from contactmomenten.logs import set_up_logging
set_up_logging("DEBUG", sys.argv[1])
secret = sys.stdin.read()
logger = structlog.get_logger("ours")

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
    except RuntimeError as error:
        logging.getLogger("theirs").exception("broken")
        logging.getLogger("theirs").error("told %s", error)
        logging.getLogger("theirs").error("named %(one)s", {"one": error})
        logging.getLogger("theirs").error(error)
        logger.exception("ours_broken")
        logger.error("ours_named", error=error)
    asyncio.get_running_loop().slow_callback_duration = 0

asyncio.run(main(), debug=True)
"""


@pytest.mark.parametrize("form", FORMS)
def test_no_text_of_an_error_and_no_argument_of_a_callback_is_shown(form: str) -> None:
    secret = "kanarie-in-een-fout"
    out, log = run(CAREFUL, form, given=secret)
    assert secret not in log + out
    for shown in (
        "Task exception was never retrieved",
        "Broken",
        "broken",
        "told builtins.RuntimeError",
        "named builtins.RuntimeError",
        "ours_broken",
        "ours_named",
        "builtins.KeyError",
        "in break_down",
    ):
        assert shown in log


ODD = """
import sys, structlog
from contactmomenten.logs import set_up_logging
set_up_logging("INFO", sys.argv[1])
structlog.get_logger("x").info("odd", half="\\ud800", thing=object, lines="a\\nb")
"""


@pytest.mark.parametrize("form", FORMS)
def test_a_value_that_cannot_be_written_is_no_reason_to_fail(form: str) -> None:
    _, log = run(ODD, form)
    assert len(log.splitlines()) == 1
    assert "odd" in log


SERVER = """
import logging, logging.config, sys
from contactmomenten.logs import of_server
logging.config.dictConfig({"version": 1, **of_server(sys.argv[1])})
try:
    raise KeyError(sys.stdin.read())
except KeyError as error:
    logging.getLogger("_granian").exception("Worker: %s", error)
"""


@pytest.mark.parametrize("form", FORMS)
def test_the_server_logs_likewise_before_a_worker_has_set_up_its_log(form: str) -> None:
    out, log = run(SERVER, form, given="kanarie")
    assert out == ""
    assert "kanarie" not in log
    assert "Worker: builtins.KeyError" in log
    assert log.startswith("{") == (form == "json")


def test_what_is_added_to_each_event_is_added_to_those_of_libraries_too() -> None:
    script = SCRIPT.replace(
        "print", "from contactmomenten.logs import tell_also\n"
        "tell_also(lambda _, __, event: event.update(more=1))\n"
        "logger.critical('ours'); logging.getLogger('theirs').critical('theirs')\nprint"
    )  # fmt: skip
    _, log = run(script, "CRITICAL", "json")
    assert [json.loads(line).get("more") for line in log.splitlines()] == [None, None, 1, 1]


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
