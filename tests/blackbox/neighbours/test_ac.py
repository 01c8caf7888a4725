"""The Autorisaties API gives the rights of clients that are not in the configuration."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.neighbour import Asked, Reply
from tests.blackbox.support.values import JsonObject

from .conftest import Neighbours

LIST = "/contactmomenten"
PATH = "/api/v1/applicaties"
LIFETIME = 2.0  # AC_CACHE_SECONDS of the program
MAX_AGE = 4.0  # AC_CACHE_MAX_AGE


class Ac:
    """The AC: an application per client, or whatever answer a test asks for."""

    def __init__(self, neighbours: Neighbours) -> None:
        self.server = neighbours.ac
        self.uuid = str(uuid4())
        self.scopes: list[str] | None = [clients.LEZEN]
        self.reply: Reply | None = None
        self.wait = 0.0
        self.server.answer = self.answer

    def applicatie(self) -> JsonObject:
        return {
            "url": f"{self.server.origin}{PATH}/{self.uuid}",
            "clientIds": [clients.ZONDER_APPLICATIE.client_id],
            "label": "Uit het AC",
            "heeftAlleAutorisaties": False,
            "autorisaties": [
                {"component": "vrc", "componentWeergave": "?", "scopes": ["alles"]},
                {"component": "zrc", "scopes": clients.SCOPES, "zaaktype": 3},
                "onzin",
                {"component": "cmc", "componentWeergave": "CMC", "scopes": self.scopes},
            ],
        }

    def answer(self, asked: Asked) -> Reply:
        if self.reply:
            return self.reply
        if asked.path.startswith(f"{PATH}/"):
            return Reply(content=self.applicatie()) if self.scopes is not None else Reply(404)
        assert asked.path == PATH
        found = [] if self.scopes is None else [self.applicatie()]
        page = {"count": len(found), "next": None, "previous": None, "results": found}
        return Reply(content=page, wait=self.wait)


@pytest.fixture
def ac(neighbours: Neighbours) -> Iterator[Ac]:
    yield Ac(neighbours)
    time.sleep(0.1)


@pytest.fixture
def client(own: Api, ac: Ac) -> Api:
    """Speak as a client with a secret but without an application in the configuration.

    What earlier tests left in the cache has run out, also for use without the AC.
    """
    ac.server.asked.clear()
    time.sleep(MAX_AGE + 0.2)
    return own.as_client(clients.ZONDER_APPLICATIE)


def code(api: Api, path: str = LIST) -> tuple[int, str]:
    response = api.get(path)
    return response.status_code, response.json().get("code", "")


def test_rights_come_from_the_ac_and_only_those_for_this_component(client: Api, ac: Ac) -> None:
    body = {"bronorganisatie": "423182687", "medewerkerIdentificatie": {"achternaam": "x"}}
    assert code(client) == (200, "")
    assert client.post(LIST, body).status_code == 403
    asked = ac.server.asked[0]
    assert asked.query == {"clientIds": clients.ZONDER_APPLICATIE.client_id}
    assert asked.headers["authorization"].startswith("Bearer ")
    assert asked.headers["authorization"] != client.authorization()["Authorization"]


def test_the_trail_names_the_application_of_the_ac(client: Api, ac: Ac, own: Api) -> None:
    ac.scopes = [clients.AANMAKEN]
    body = {"bronorganisatie": "423182687", "medewerkerIdentificatie": {"achternaam": "x"}}
    moment = client.post(LIST, body).json()
    line = own.trail(moment)[0]
    assert (line["applicatieId"], line["applicatieWeergave"]) == (ac.uuid, "Uit het AC")


def test_an_answer_counts_for_its_lifetime(client: Api, ac: Ac) -> None:
    for _ in range(20):
        assert code(client) == (200, "")
    assert len(ac.server.asked) == 1


def test_withdrawn_rights_stop_when_the_answer_has_run_out(client: Api, ac: Ac) -> None:
    assert code(client) == (200, "")
    ac.scopes = []
    time.sleep(LIFETIME + 0.1)
    assert code(client) == (403, "permission_denied")


def test_a_hundred_requests_at_once_cause_one_question(client: Api, ac: Ac) -> None:
    ac.wait = 0.5
    with ThreadPoolExecutor(50) as pool:
        answers = set(pool.map(lambda _: code(client), range(100)))
    assert answers == {(200, "")}
    assert len(ac.server.asked) == 1


def test_a_hundred_requests_of_an_unknown_client_cause_one_question(client: Api, ac: Ac) -> None:
    ac.scopes, ac.wait = None, 1.0
    with ThreadPoolExecutor(100) as pool:
        answers = set(pool.map(lambda _: code(client), range(100)))
    assert answers == {(403, "permission_denied")}
    assert len(ac.server.asked) == 1


def test_no_application_is_not_remembered(client: Api, ac: Ac) -> None:
    ac.scopes = None
    assert code(client) == (403, "permission_denied")
    ac.scopes = [clients.LEZEN]
    assert code(client) == (200, "")


def test_an_old_answer_helps_out_while_the_ac_is_away_but_not_for_ever(client: Api, ac: Ac) -> None:
    assert code(client) == (200, "")
    ac.reply = Reply(500)
    time.sleep(LIFETIME + 0.1)
    assert code(client) == (200, "")
    time.sleep(MAX_AGE - LIFETIME)
    assert code(client) == (403, "permission_denied")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(403, content={"code": "not_authenticated"}), "not_authenticated_for_ac"),
        (Reply(403, content={"code": "permission_denied"}), "permission_denied"),
        (Reply(404, content={"code": "not_found"}), "permission_denied"),
        (Reply(404, content=b"<html>"), "permission_denied"),
        (Reply(500), "permission_denied"),
        (Reply(204, content=b""), "permission_denied"),
        (Reply(content=b"geen json"), "permission_denied"),
        (Reply(content=[]), "permission_denied"),
        (Reply(content={"results": "x"}), "permission_denied"),
        (Reply(content={"results": [1, None, {}]}), "permission_denied"),
        (Reply(content={"results": [{"heeftAlleAutorisaties": "ja"}]}), "permission_denied"),
        (Reply(wait=30), "permission_denied"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_without_a_usable_answer_nothing_is_granted(
    own: Api, ac: Ac, reply: Reply, expected: str
) -> None:
    ac.scopes = []
    client = own.as_client(clients.ZONDER_APPLICATIE)
    notify(own, ac, "update")
    ac.reply = reply
    notify(own, ac, "destroy")
    assert code(client) == (403, expected)


def notify(own: Api, ac: Ac, actie: str, **changes: object) -> int:
    """Tell the program, as the Notificaties API does, of a changed application."""
    url = f"{ac.server.origin}{PATH}/{ac.uuid}"
    body = {
        "kanaal": "autorisaties",
        "hoofdObject": url,
        "resource": "applicatie",
        "resourceUrl": url,
        "actie": actie,
        "aanmaakdatum": "2026-01-01T00:00:00Z",
        "kenmerken": {},
    }
    return own.post("/callbacks", body | changes).status_code


def test_a_notification_makes_changed_rights_count_at_once(client: Api, ac: Ac, own: Api) -> None:
    assert code(client) == (200, "")
    ac.scopes = []
    assert notify(own, ac, "update") == 204
    time.sleep(1)
    assert {code(client) for _ in range(20)} == {(403, "permission_denied")}
    ac.scopes = [clients.LEZEN]
    assert notify(own, ac, "partial_update") == 204
    time.sleep(1)
    assert {code(client) for _ in range(20)} == {(200, "")}


def test_a_destroyed_application_is_forgotten_by_every_worker(
    client: Api, ac: Ac, own: Api
) -> None:
    assert code(client) == (200, "")
    ac.reply = Reply(500)
    assert notify(own, ac, "destroy") == 204
    time.sleep(1)
    assert {code(client) for _ in range(20)} == {(403, "permission_denied")}


def test_another_kanaal_changes_nothing(client: Api, ac: Ac, own: Api) -> None:
    assert code(client) == (200, "")
    asked = len(ac.server.asked)
    assert notify(own, ac, "destroy", kanaal="zaken") == 204
    assert code(client) == (200, "")
    assert len(ac.server.asked) == asked
