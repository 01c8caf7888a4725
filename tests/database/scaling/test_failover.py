"""The primary is lost under load and the standby takes over: no acknowledged write goes with it."""

import threading
import time

import httpx
import pytest

from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program
from tests.blackbox.support.standin import StandIn
from tests.blackbox.support.values import OMIT, JsonObject, uuid_of
from tests.database.scaling.conftest import Start, api_of
from tests.database.scaling.servers import Server, url_of
from tests.waiting import until

CONTACT = "/contactmomenten"
MEDEWERKER = {"identificatie": "jan"}

# Of those that were acknowledged: the ones that are not there, whole.
MISSING = """
SELECT uuid FROM unnest('{%s}'::uuid[]) AS acknowledged (uuid)
WHERE NOT EXISTS (SELECT FROM contactmoment c WHERE c.uuid = acknowledged.uuid)
    OR NOT EXISTS (SELECT FROM audittrail a
        WHERE a.contactmoment = acknowledged.uuid AND a.actie = 'create' AND a.resultaat = 201)
    OR NOT EXISTS (SELECT FROM notificatie n WHERE n.contactmoment = acknowledged.uuid)
"""


class Writer(threading.Thread):
    """Makes contactmomenten until told to stop, and reads each back at once."""

    def __init__(self, program: Program, standin: StandIn) -> None:
        super().__init__()
        self.done = threading.Event()
        self.acknowledged: list[tuple[float, JsonObject]] = []
        self.wrong: list[str] = []
        self.refused = 0
        self._program = program
        self._standin = standin

    def run(self) -> None:
        with httpx.Client(trust_env=False, timeout=30) as http:
            api = api_of(self._program, http, self._standin)
            while not self.done.is_set():
                try:
                    self._write(api)
                except httpx.TransportError:
                    self.refused += 1

    def _write(self, api: Api) -> None:
        body = api.moment_body(medewerker=OMIT, medewerkerIdentificatie=MEDEWERKER)
        answer = api.post(CONTACT, body)
        if answer.status_code != 201:
            self._refused(answer)
            return
        moment = answer.json()
        self.acknowledged.append((time.monotonic(), moment))
        answer = api.get(moment["url"])
        if answer.status_code != 200:
            self._refused(answer)
        elif answer.json() != moment:
            self.wrong.append(answer.text)

    def _refused(self, answer: httpx.Response) -> None:
        self.refused += 1
        if answer.status_code != 503 or answer.headers.get("retry-after") != "1":
            self.wrong.append(f"{answer.status_code} {answer.text}")


@pytest.fixture(scope="module")
def synchronous(primary: Server, standby: Server) -> None:
    """Have the primary acknowledge only what the standby has on its disk too."""
    primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
    primary.sql("SELECT pg_reload_conf()")
    in_step = "SELECT sync_state FROM pg_stat_replication"
    until(lambda: primary.sql(in_step) == "sync")


@pytest.mark.usefixtures("synchronous")
def test_nothing_acknowledged_is_lost_and_every_instance_finds_the_new_primary(
    primary: Server, standby: Server, start: Start, standin: StandIn, http: httpx.Client
) -> None:
    env = {"DATABASE_URL": url_of(primary, standby), "NOTIFICATIONS_DISABLED": "false"}
    programs = [start(**env), start(**env)]
    writers = [Writer(program, standin) for program in programs for _ in range(3)]
    for writer in writers:
        writer.start()
    time.sleep(2)
    # Whatever is acknowledged from here on without the standby would be lost.
    standby.cut_off()
    time.sleep(0.3)
    primary.kill()
    time.sleep(1)
    standby.promote()
    promoted = time.monotonic()
    time.sleep(4)
    for writer in writers:
        writer.done.set()
        writer.join(30)
        assert not writer.is_alive()

    assert [wrong for writer in writers for wrong in writer.wrong] == []
    for writer in writers:
        moments = [moment for moment, _ in writer.acknowledged]
        assert moments[0] < promoted - 1, "it wrote nothing before"
        assert any(promoted < moment < promoted + 3 for moment in moments), "nor soon after"
        assert writer.refused
    acknowledged = [moment for writer in writers for _, moment in writer.acknowledged]
    uuids = ",".join(uuid_of(moment["url"]) for moment in acknowledged)
    assert standby.sql(MISSING % uuids) == ""
    for moment in acknowledged[:: max(1, len(acknowledged) // 40)]:
        for program in programs:
            api = api_of(program, http, standin)
            path = f"{CONTACT}/{uuid_of(moment['url'])}"
            assert api.get(path).json()["kanaal"] == moment["kanaal"]
            assert len(api.get(f"{path}/audittrail").json()) == 1
