"""cm-003 and cm-004: medewerker and klant must exist at their own API."""

import time

import pytest

from tests.blackbox.support.api import Api
from tests.blackbox.support.expect import entries
from tests.blackbox.support.neighbour import Asked, Neighbour, Reply
from tests.blackbox.support.values import JsonObject

from .conftest import TIMEOUT, Neighbours

MOMENT = {"bronorganisatie": "423182687"}

REFUSED = [201, 204, 301, 304, 400, 401, 403, 404, 410, 429, 500, 503]


def medewerker(neighbours: Neighbours) -> str:
    return f"{neighbours.medewerkers.origin}/medewerkers/1"


def klant(neighbours: Neighbours) -> str:
    return f"{neighbours.klanten.origin}/klanten/api/v1/klanten/1"


def klant_body(own: Api, neighbours: Neighbours) -> JsonObject:
    body: JsonObject = MOMENT | {"medewerkerIdentificatie": {"achternaam": "x"}}
    moment = own.post("/contactmomenten", body).json()
    return {"contactmoment": moment["url"], "klant": klant(neighbours), "rol": "gesprekspartner"}


@pytest.mark.parametrize("status", REFUSED)
def test_a_medewerker_that_gives_no_200_is_refused(
    own: Api, neighbours: Neighbours, status: int
) -> None:
    neighbours.medewerkers.answer = lambda _: Reply(status)
    url = medewerker(neighbours)
    response = own.post("/contactmomenten", MOMENT | {"medewerker": url})
    assert response.status_code == 400
    reason = f"De URL {url} gaf als antwoord HTTP {status}. Geef een geldige URL op."
    assert entries(response) == [("medewerker", "bad-url", reason)]


@pytest.mark.parametrize("status", REFUSED)
def test_a_klant_that_gives_no_200_is_refused(
    own: Api, neighbours: Neighbours, status: int
) -> None:
    neighbours.klanten.answer = lambda _: Reply(status)
    body = klant_body(own, neighbours)
    response = own.post("/klantcontactmomenten", body)
    assert response.status_code == 400
    reason = f"De URL {body['klant']} gaf als antwoord HTTP {status}. Geef een geldige URL op."
    assert entries(response) == [("klant", "bad-url", reason)]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_update_checks_a_given_medewerker(own: Api, neighbours: Neighbours, method: str) -> None:
    moment = own.post("/contactmomenten", MOMENT | {"medewerker": medewerker(neighbours)}).json()
    neighbours.medewerkers.answer = lambda _: Reply(404)
    body = MOMENT | {"medewerker": medewerker(neighbours) + "1"}
    response = own.request(method, moment["url"], body)
    assert [entry[:2] for entry in entries(response)] == [("medewerker", "bad-url")]
    assert own.read(moment["url"]) == moment


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_update_without_medewerker_asks_nobody(
    own: Api, neighbours: Neighbours, method: str
) -> None:
    moment = own.post("/contactmomenten", MOMENT | {"medewerker": medewerker(neighbours)}).json()
    neighbours.medewerkers.asked.clear()
    neighbours.medewerkers.answer = lambda _: Reply(500)
    assert own.request(method, moment["url"], MOMENT | {"tekst": "x"}).status_code == 200
    assert own.request(method, moment["url"], MOMENT | {"medewerker": ""}).status_code == 200
    assert neighbours.medewerkers.asked == []


def test_a_malformed_medewerker_is_never_asked_for(own: Api, neighbours: Neighbours) -> None:
    url = f"{neighbours.medewerkers.origin}/a b"
    response = own.post("/contactmomenten", MOMENT | {"medewerker": url})
    assert [entry[:2] for entry in entries(response)] == [("medewerker", "invalid")]
    assert neighbours.medewerkers.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_lead_eventually_to_a_200(own: Api, neighbours: Neighbours, status: int) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/1"):
            return Reply(status, headers={"Location": "/medewerkers/nieuw"})
        return Reply()

    neighbours.medewerkers.answer = answer
    response = own.post("/contactmomenten", MOMENT | {"medewerker": medewerker(neighbours)})
    assert response.status_code == 201
    assert response.json()["medewerker"] == medewerker(neighbours)


def test_the_reason_names_where_a_redirect_failed(own: Api, neighbours: Neighbours) -> None:
    neighbours.medewerkers.answer = lambda asked: (
        Reply(301, headers={"Location": "/weg"}) if asked.path.endswith("/1") else Reply(404)
    )
    response = own.post("/contactmomenten", MOMENT | {"medewerker": medewerker(neighbours)})
    (name, code, reason) = entries(response)[0]
    assert (name, code) == ("medewerker", "bad-url")
    assert "HTTP 404" in reason
    assert f"{neighbours.medewerkers.origin}/weg" in reason


def test_a_redirect_loop_ends_in_a_refusal(own: Api, neighbours: Neighbours) -> None:
    neighbours.medewerkers.answer = lambda _: Reply(302, headers={"Location": "/medewerkers/1"})
    response = own.post("/contactmomenten", MOMENT | {"medewerker": medewerker(neighbours)})
    assert [entry[:2] for entry in entries(response)] == [("medewerker", "bad-url")]
    assert len(neighbours.medewerkers.asked) <= 6


@pytest.mark.parametrize(
    "reply",
    [Reply(wait=30), Reply(content="x" * 60, drip=1), Reply(endless=True)],
    ids=["silent", "drip", "endless"],
)
def test_a_bad_neighbour_costs_no_more_than_the_timeout(
    own: Api, neighbours: Neighbours, reply: Reply
) -> None:
    neighbours.medewerkers.answer = lambda _: reply
    begin = time.monotonic()
    response = own.post("/contactmomenten", MOMENT | {"medewerker": medewerker(neighbours)})
    assert time.monotonic() - begin < TIMEOUT + 1
    assert [entry[:2] for entry in entries(response)] == [("medewerker", "bad-url")]


def test_a_dead_neighbour_is_told_without_internals(own: Api, neighbours: Neighbours) -> None:
    gone = Neighbour()
    gone.close()
    url = f"{gone.origin}/1"
    response = own.post("/contactmomenten", MOMENT | {"medewerker": url})
    (name, code, reason) = entries(response)[0]
    assert (name, code) == ("medewerker", "bad-url")
    assert reason.startswith(f"De URL {url} kon niet opgehaald worden. Foutmelding: ")
    for internal in ("Errno", "httpx", "Exception", "Traceback"):
        assert internal not in reason


def test_one_dead_neighbour_does_not_slow_another(own: Api, neighbours: Neighbours) -> None:
    neighbours.klanten.answer = lambda _: Reply(wait=30)
    begin = time.monotonic()
    response = own.post("/contactmomenten", MOMENT | {"medewerker": medewerker(neighbours)})
    assert response.status_code == 201
    assert time.monotonic() - begin < 1


def test_our_own_credentials_go_along_and_never_those_of_the_caller(
    own: Api, neighbours: Neighbours
) -> None:
    response = own.post("/klantcontactmomenten", klant_body(own, neighbours))
    assert response.status_code == 201
    assert own.post("/contactmomenten", MOMENT | {"medewerker": medewerker(neighbours)}).is_success
    assert neighbours.klanten.asked[-1].headers["authorization"] == "Token sleutel-bij-klanten"
    assert "authorization" not in neighbours.medewerkers.asked[-1].headers


def test_a_redirect_to_another_host_takes_no_credentials_along(
    own: Api, neighbours: Neighbours
) -> None:
    elsewhere = f"{neighbours.medewerkers.origin}/elders"
    neighbours.klanten.answer = lambda _: Reply(302, headers={"Location": elsewhere})
    assert own.post("/klantcontactmomenten", klant_body(own, neighbours)).status_code == 201
    assert "authorization" not in neighbours.medewerkers.asked[-1].headers


def test_a_klant_is_asked_for_even_when_the_rest_is_wrong(own: Api, neighbours: Neighbours) -> None:
    neighbours.klanten.answer = lambda _: Reply(404)
    body = klant_body(own, neighbours) | {"contactmoment": own.root, "rol": "baas"}
    response = own.post("/klantcontactmomenten", body)
    assert [entry[:2] for entry in entries(response)] == [
        ("contactmoment", "no_match"),
        ("klant", "bad-url"),
        ("rol", "invalid_choice"),
    ]


def test_a_failure_is_never_remembered(own: Api, neighbours: Neighbours) -> None:
    body = MOMENT | {"medewerker": medewerker(neighbours)}
    neighbours.medewerkers.answer = lambda _: Reply(500)
    assert own.post("/contactmomenten", body).status_code == 400
    neighbours.medewerkers.answer = lambda _: Reply()
    assert own.post("/contactmomenten", body).status_code == 201


def test_transaction_headers_are_passed_on(own: Api, neighbours: Neighbours) -> None:
    body = MOMENT | {"medewerker": medewerker(neighbours)}
    traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = {"Fsc-Transaction-Id": "0190-abc", "traceparent": traceparent}
    assert own.post("/contactmomenten", body, headers=headers).status_code == 201
    sent = neighbours.medewerkers.asked[-1].headers
    assert (sent["fsc-transaction-id"], sent["traceparent"]) == ("0190-abc", traceparent)
