"""The configuration changes while the program serves, with two instances of several workers."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

from contactmomenten.database.connection import ConnectionInfo
from tests.blackbox.lifecycle.conftest import SECRET_KEY, Start
from tests.blackbox.lifecycle.database import url_of
from tests.blackbox.lifecycle.load import load
from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.program import environment
from tests.blackbox.support.standin import StandIn
from tests.blackbox.support.tokens import Credentials
from tests.blackbox.support.values import JsonObject
from tests.processes import descendants
from tests.proof import record

OLD = Credentials("bb-wisselt", "het-oude-geheim-met-meer-dan-32-tekens")
NEW = Credentials("bb-wisselt", "het-nieuwe-geheim-met-meer-dan-32-tekens")
PATH = "/contactmomenten"


def with_secret(credentials: Credentials) -> JsonObject:
    """Give the usual configuration, and one client more."""
    application = clients.applicatie(
        "66666666-0000-4000-8000-000000000000", "Wisselt", credentials, [], alles=True
    )
    usual = clients.shared_configuration()
    applicaties = usual["vng_api_common_applicaties"]["items"]
    return clients.configuration([*clients.EVERYONE, credentials], [*applicaties, application])


class Asking(threading.Thread):
    """Asks with one secret, each time on a new connection, so that all workers are met."""

    def __init__(self, roots: list[str], standin: StandIn, credentials: Credentials) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.statuses: list[tuple[float, int]] = []
        self._roots = roots
        self._standin = standin
        self._credentials = credentials

    def run(self) -> None:
        number = 0
        while not self.done.wait(0.005):
            number += 1
            began = time.monotonic()
            with httpx.Client(trust_env=False) as http:
                root = self._roots[number % len(self._roots)]
                answer = Api(root, http, self._standin, self._credentials).get(PATH)
            self.statuses.append((began, answer.status_code))


def test_a_secret_is_changed_for_another_within_a_second_everywhere_and_nobody_else_notices(
    start: Start, empty: ConnectionInfo, standin: StandIn, tmp_path: Path
) -> None:
    programs = [start(with_secret(OLD)), start(with_secret(OLD))]
    born = [sorted(descendants(program.pid)) for program in programs]
    roots = [program.root for program in programs]
    file = tmp_path / "configuration.yaml"
    file.write_text(json.dumps(with_secret(NEW)))
    asking = [Asking(roots, standin, credentials) for credentials in (OLD, NEW)]
    with load(roots, standin, 2, pause=0.01) as others:
        for one in asking:
            one.start()
        time.sleep(0.5)
        command = [sys.executable, "-m", "contactmomenten", "configure", str(file)]
        env = {"DATABASE_URL": url_of(empty), "SECRET_KEY": SECRET_KEY}
        subprocess.run(command, env=environment(env), check=True, capture_output=True)
        changed = time.monotonic()
        time.sleep(2)
        for one in asking:
            one.done.set()
            one.join(20)
    old, new = (one.statuses for one in asking)
    assert old[0][1] == 200
    assert new[0][1] == 403
    last_old = max(began for began, status in old if status == 200) - changed
    last_refused = max(began for began, status in new if status == 403) - changed
    assert last_old < 1
    assert last_refused < 1
    assert {status for began, status in old if began > changed + 1} == {403}
    assert {status for began, status in new if began > changed + 1} == {200}
    record(
        "A secret that is replaced while two instances serve",
        seconds_until_the_old_one_was_refused_everywhere=max(0, last_old),
        seconds_until_the_new_one_was_accepted_everywhere=max(0, last_refused),
        requests_of_other_clients=len(others.outcomes),
        of_which_failed=len(others.wrong) + len(others.unavailable),
    )
    assert others.wrong == []
    assert others.unavailable == []
    assert [sorted(descendants(program.pid)) for program in programs] == born
