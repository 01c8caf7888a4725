"""`make play`, used as its explanation says."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blackbox.support.program import free_port

PROJECT = Path(__file__).parents[2]
LIMIT = 90.0

# Of somebody who runs another installation from the same window: not for the play.
ELSEWHERE = {
    "DATABASE_URL": "postgresql://iemand@127.0.0.1:1/echt",
    "SECRET_KEY_FILE": "/nergens/secret.key",
    "SUBPATH": "/elders",
    "NOTIFICATIONS_DISABLED": "true",
}


@pytest.fixture(scope="module")
def explanation() -> Iterator[str]:
    """Start it amid settings for something else, and give what it prints once it is ready."""
    command = [sys.executable, "-m", "play", "--port", str(free_port()), "--neighbours-port", "0"]
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ | ELSEWHERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as play:
        assert play.stdout is not None
        try:
            text = ""
            while "Ctrl-C ends it" not in text:
                line = play.stdout.readline()
                assert line, text
                text += line
            yield text
        finally:
            play.send_signal(signal.SIGINT)
            play.wait(60)


def shell(explanation: str, more: str) -> str:
    """Run the four lines to copy first, the one that makes a contactmoment, and `more`."""
    first = re.search(r"^T=.*?^J=.*?$", explanation, re.MULTILINE | re.DOTALL)
    moment = re.search(r"^M=.*?echo \$M$", explanation, re.MULTILINE | re.DOTALL)
    assert first is not None
    assert moment is not None
    script = f"{first[0]}\n{moment[0]}\n{more}"
    return subprocess.run(
        ["/bin/bash", "-c", script], capture_output=True, text=True, check=True, timeout=LIMIT
    ).stdout


def command(explanation: str, title: str) -> str:
    """Give the command under a title."""
    found = explanation.split(title, 1)[1].strip().split("\n\n")
    return next(part for part in found if part.startswith("curl"))


def test_the_contactmoment_and_its_klant(explanation: str) -> None:
    line = command(explanation, "A klant (cm-004")
    moment, klant = shell(explanation, line).split("\n", 1)
    assert json.loads(klant)["contactmoment"] == moment
    wrong = line.replace("/klanten/", "/onbekend/")
    refused = json.loads(shell(explanation, wrong).split("\n", 1)[1])
    assert refused["invalidParams"][0]["name"] == "klant"


def test_the_zaken_api_relates_and_both_sides_know(explanation: str) -> None:
    line = command(explanation, "A zaak, by the Zaken API")
    read = 'curl -s "$C/objectcontactmomenten?contactmoment=$M" -H "Authorization: Bearer $T"'
    moment, rest = shell(explanation, f"{line}; echo; {read}").split("\n", 1)
    made, listed = map(json.loads, rest.split("\n", 1))
    assert made["contactmoment"] == moment
    assert listed["results"] == [
        {
            "url": made["objectcontactmoment"],
            "contactmoment": moment,
            "object": made["zaak"],
            "objectType": "zaak",
        }
    ]


def test_notifications_arrive_and_the_trail_tells_who(explanation: str) -> None:
    told = "curl -s $N/notificaties/api/v1/ontvangen"
    moment, _ = shell(explanation, "").split("\n", 1)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        received = json.loads(shell(explanation, told).split("\n", 1)[1])
        if any(one["resourceUrl"] == moment for one in received):
            break
    else:
        pytest.fail("no notification arrived")
    trail = json.loads(
        shell(explanation, 'curl -s $M/audittrail -H "Authorization: Bearer $T"').split("\n", 1)[1]
    )
    assert [(line["actie"], line["gebruikersWeergave"]) for line in trail] == [("create", "Speler")]


def test_the_client_of_the_ac_reads_and_does_not_write(explanation: str) -> None:
    read, write = command(explanation, "A client with rights from the Autorisaties API").split("\n")
    output = shell(explanation, f"{read}; echo; {write}").split("\n", 1)[1]
    listed, refused = map(json.loads, output.strip().split("\n"))
    assert listed["count"] >= 1
    assert (refused["status"], refused["code"]) == (403, "permission_denied")
