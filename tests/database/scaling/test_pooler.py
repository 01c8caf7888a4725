"""PgBouncer in transaction mode, with two roles, and fewer connections than the program has."""

import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.neighbour import Asked, Neighbour, Reply
from tests.blackbox.support.program import Program
from tests.blackbox.support.standin import StandIn
from tests.blackbox.support.values import JsonObject, unique
from tests.database.scaling.conftest import Start, api_of
from tests.database.scaling.servers import NAME, Pooler, Server
from tests.waiting import until

OWNER = "eigenaar"
SIZE = 2
CLIENTS = 8
SECONDS = 5.0


@pytest.fixture(scope="module")
def pooler(primary: Server, folder: Path) -> Iterator[Pooler]:
    pooler = Pooler(folder / "pooler", primary, SIZE)
    pooler.start()
    yield pooler
    pooler.kill()


@pytest.fixture(scope="module")
def nrc() -> Iterator[Neighbour]:
    """Run a Notificaties API that takes everything."""
    server = Neighbour()
    server.answer = lambda _: Reply(201)
    yield server
    server.close()


@pytest.fixture(scope="module")
def owner(primary: Server) -> str:
    """Give the database to another role than the one that serves; return its own URL."""
    primary.sql(f"CREATE ROLE {OWNER} LOGIN")
    primary.sql(f"ALTER DATABASE {NAME} OWNER TO {OWNER}")
    primary.sql(f"REVOKE ALL ON DATABASE {NAME} FROM PUBLIC")
    primary.sql(f"GRANT CONNECT ON DATABASE {NAME} TO {NAME}")
    return f"postgresql://{OWNER}:x@127.0.0.1:{primary.port}/{NAME}?sslmode=disable"


@pytest.fixture(scope="module")
def program(pooler: Pooler, owner: str, nrc: Neighbour, start: Start) -> Program:
    service = {
        "identifier": "nrc",
        "label": "Notificaties API",
        "api_root": f"{nrc.origin}/",
        "api_type": "nrc",
        "auth_type": "zgw",
        "client_id": "cmc-bij-nrc",
        "secret": "geheim-van-ons-bij-de-notificaties-api",
    }
    configuration = clients.shared_configuration() | {
        "zgw_consumers_config_enable": True,
        "zgw_consumers": {"services": [service]},
        "notifications_config_enable": True,
        "notifications_config": {"notifications_api_service_identifier": "nrc"},
    }
    return start(
        configuration,
        DATABASE_URL=pooler.url,
        DATABASE_MIGRATION_URL=owner,
        DB_POOLER="true",
        NOTIFICATIONS_DISABLED="false",
    )


def work(api: Api, deadline: float) -> list[JsonObject]:
    """Make, change, read and remove until then; check each answer; give what is left."""
    kanaal = unique("pooler")
    left: list[JsonObject] = []
    while time.monotonic() < deadline:
        moment = api.moment(kanaal=kanaal)
        klant, relation = api.klant(moment), api.object(moment)
        changed = api.patch(moment["url"], {"tekst": unique()}).json()
        assert changed["url"] == moment["url"]
        assert api.read(moment["url"]) == changed
        assert api.read(klant["url"]) == klant
        assert api.results("/objectcontactmomenten", contactmoment=moment["url"]) == [relation]
        assert [line["actie"] for line in api.trail(moment)] == [
            "create",
            "create",
            "create",
            "partial_update",
        ]
        # A refusal by the database, in the midst of the others' statements.
        again = api.post("/klantcontactmomenten", {**klant, "url": ""})
        assert (again.status_code, again.json()["code"]) == (400, "invalid"), again.text
        gone = api.moment(kanaal=kanaal)
        assert api.delete(gone["url"]).status_code == 204
        assert api.get(gone["url"]).status_code == 404
        left.append(changed)
    shown = api.get("/contactmomenten", kanaal=kanaal).json()
    assert shown["count"] == len(left)
    assert {row["url"] for row in shown["results"]} <= {moment["url"] for moment in left}
    return left


def told(asked: list[Asked]) -> dict[str, list[str]]:
    """Return, for each contactmoment, what the Notificaties API heard, in order."""
    found = defaultdict(list)
    for one in asked:
        if one.path == "/notificaties":
            found[one.json["hoofdObject"]].append(one.json["actie"])
    return found


def test_all_answers_are_right_while_many_share_few_connections(
    program: Program, pooler: Pooler, primary: Server, standin: StandIn, nrc: Neighbour
) -> None:
    deadline = time.monotonic() + SECONDS

    def client(_: int) -> list[JsonObject]:
        with httpx.Client(trust_env=False, timeout=30) as http:
            return work(api_of(program, http, standin), deadline)

    with ThreadPoolExecutor(CLIENTS) as pool:
        moments = [moment for left in pool.map(client, range(CLIENTS)) for moment in left]
    assert len(moments) >= CLIENTS
    ours = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'contactmomenten'"
    assert int(primary.sql(ours)) <= SIZE < len(pooler.show("CLIENTS"))
    until(lambda: primary.sql("SELECT count(*) FROM notificatie") == "0")
    heard = told(nrc.asked)
    for moment in moments:
        assert heard[moment["url"]] == ["create", "partial_update"]
    assert "api.uncaught_exception" not in program.log.read_text()


def test_the_role_that_serves_through_it_owns_nothing(program: Program, primary: Server) -> None:
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert primary.sql(owners) == OWNER
    may = "SELECT has_table_privilege('contactmomenten', 'audittrail', 'UPDATE, DELETE')"
    assert primary.sql(may) == "f"


def test_a_pooler_that_goes_away_and_comes_back_is_found_again(
    program: Program, pooler: Pooler, http: httpx.Client, standin: StandIn
) -> None:
    api = api_of(program, http, standin)
    pooler.kill()
    answer = api.get("/contactmomenten")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    pooler.start()
    until(lambda: api.get("/contactmomenten").status_code == 200)
    moment = api.moment()
    assert api.read(moment["url"]) == moment
