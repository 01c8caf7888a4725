"""cm-005, cm-006 and the delete rule: what the Zaken API says of a relation."""

import socket
import threading
import time
from typing import Protocol
from uuid import uuid4

import httpx
import jwt
import pytest

from tests.blackbox.support.api import Api
from tests.blackbox.support.expect import entries
from tests.blackbox.support.neighbour import Asked, Neighbour, Reply
from tests.blackbox.support.standin import zaak as zaak_json
from tests.blackbox.support.values import JsonObject

from .conftest import TIMEOUT, ZAKEN_SECRET, Neighbours

LIST = "/zaken/api/v1/zaakcontactmomenten"
NO_RELATION = (
    "nonFieldErrors",
    "inconsistent-relation",
    "The contactmoment has no relations to zaak",
)
STILL_THERE = (
    "nonFieldErrors",
    "remote-relation-exists",
    "The canonical remote relation still exists, this relation cannot be deleted.",
)


class HasZaken(Protocol):
    """Neighbours among which there is a Zaken API."""

    zaken: Neighbour


class ZakenApi:
    """Behaves as Open Zaak does: knows relations by the literal text of both URLs."""

    def __init__(self, neighbours: HasZaken) -> None:
        self.server = neighbours.zaken
        self.relations: set[tuple[str, str]] = set()
        self.paginated = False
        self.shape: JsonObject = {}
        self.listing: Reply | None = None
        self.single: Reply | None = None
        self.server.answer = self.answer

    def zaak(self) -> str:
        return f"{self.server.origin}/zaken/api/v1/zaken/{uuid4()}"

    def answer(self, asked: Asked) -> Reply:
        if asked.path != LIST:
            url = f"{self.server.origin}{asked.path}"
            return self.single or Reply(content=zaak_json(url) | self.shape)
        if self.listing:
            return self.listing
        known = (asked.query["zaak"], asked.query["contactmoment"]) in self.relations
        found = [{"url": f"{self.server.origin}{LIST}/1"}] if known else []
        if self.paginated:
            return Reply(content={"count": 0, "next": None, "previous": None, "results": found})
        return Reply(content=found)

    def lookups(self) -> list[str]:
        return [one.query["contactmoment"] for one in self.server.asked if one.path == LIST]


@pytest.fixture
def zaken(neighbours: Neighbours) -> ZakenApi:
    return ZakenApi(neighbours)


@pytest.fixture
def contact(own: Api) -> str:
    body = {"bronorganisatie": "423182687", "medewerkerIdentificatie": {"achternaam": "x"}}
    url: str = own.post("/contactmomenten", body).json()["url"]
    return url


def body(zaak: str, contact: str) -> JsonObject:
    return {"contactmoment": contact, "object": zaak, "objectType": "zaak"}


def related(own: Api, zaken: ZakenApi, contact: str) -> tuple[JsonObject, str]:
    """Create a relation on both sides."""
    zaak = zaken.zaak()
    zaken.relations.add((zaak, contact))
    response = own.post("/objectcontactmomenten", body(zaak, contact))
    assert response.status_code == 201, response.text
    relation: JsonObject = response.json()
    return relation, zaak


@pytest.mark.parametrize("paginated", [False, True], ids=["array", "results"])
def test_a_relation_that_the_source_has_is_created(
    own: Api, zaken: ZakenApi, contact: str, *, paginated: bool
) -> None:
    zaken.paginated = paginated
    relation, zaak = related(own, zaken, contact)
    assert (relation["object"], relation["contactmoment"]) == (zaak, contact)


@pytest.mark.parametrize("paginated", [False, True], ids=["array", "results"])
def test_a_relation_that_the_source_has_not_is_refused(
    own: Api, zaken: ZakenApi, contact: str, *, paginated: bool
) -> None:
    zaken.paginated = paginated
    response = own.post("/objectcontactmomenten", body(zaken.zaak(), contact))
    assert entries(response) == [NO_RELATION]


def test_the_literal_strings_of_the_request_are_sent_first(
    own: Api, zaken: ZakenApi, contact: str
) -> None:
    literal = contact.replace(own.host, "alias.example.nl:81").replace("http:", "https:")
    related(own, zaken, literal)
    assert zaken.lookups() == [literal]
    asked = [one for one in zaken.server.asked if one.path == LIST]
    assert asked[0].headers["accept"] == "application/json"


def test_the_public_url_is_asked_for_when_the_literal_one_is_unknown(
    own: Api, zaken: ZakenApi, contact: str
) -> None:
    public = f"https://cmc.example.nl/api/v1/contactmomenten/{contact.rpartition('/')[2]}"
    zaak = zaken.zaak()
    zaken.relations.add((zaak, public))
    assert own.post("/objectcontactmomenten", body(zaak, contact)).status_code == 201
    assert zaken.lookups() == [contact, public]


def test_the_zaak_is_asked_for_with_crs_and_our_own_token(
    own: Api, zaken: ZakenApi, contact: str
) -> None:
    related(own, zaken, contact)
    asked = next(one for one in zaken.server.asked if one.path != LIST)
    assert asked.headers["accept-crs"] == "EPSG:4326"
    token = asked.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, ZAKEN_SECRET, algorithms=["HS256"])
    assert claims["client_id"] == claims["iss"] == "cmc-bij-zaken"
    assert (claims["user_id"], claims["user_representation"]) == ("cmc", "Contactmomenten")


@pytest.mark.parametrize("status", [201, 204, 403, 404, 500])
def test_a_zaak_that_gives_no_200_is_refused(
    own: Api, zaken: ZakenApi, contact: str, status: int
) -> None:
    zaken.single = Reply(status)
    zaak = zaken.zaak()
    response = own.post("/objectcontactmomenten", body(zaak, contact))
    reason = f"De URL {zaak} gaf als antwoord HTTP {status}. Geef een geldige URL op."
    assert entries(response) == [("object", "bad-url", reason)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"geen json",
        [],
        None,
        {},
        {
            "bronorganisatie": 1,
            "zaaktype": "",
            "verantwoordelijkeOrganisatie": "",
            "startdatum": "",
        },
    ],
    ids=str,
)
def test_an_answer_that_is_no_zaak_is_refused(
    own: Api, zaken: ZakenApi, contact: str, content: object
) -> None:
    zaken.single = Reply(content=content)
    zaak = zaken.zaak()
    response = own.post("/objectcontactmomenten", body(zaak, contact))
    reason = f"De URL {zaak} resource lijkt niet op een `Zaak`. Geef een validate URL op."
    assert entries(response) == [("object", "invalid-resource", reason)]


@pytest.mark.parametrize(
    ("shape", "accepted"),
    [
        ({"einddatum": None, "hoofdzaak": None, "kenmerken": [], "deelzaken": []}, True),
        ({"zaakgeometrie": 1, "verlenging": "x", "opschorting": [], "eigen": {}}, True),
        ({"identificatie": None}, False),
        ({"omschrijving": 1}, False),
        ({"status": 1}, False),
        ({"deelzaken": None}, False),
        ({"kenmerken": {}}, False),
    ],
)
def test_the_shape_of_a_zaak_follows_the_table(
    own: Api, zaken: ZakenApi, contact: str, shape: JsonObject, *, accepted: bool
) -> None:
    zaken.shape = shape
    zaak = zaken.zaak()
    zaken.relations.add((zaak, contact))
    response = own.post("/objectcontactmomenten", body(zaak, contact))
    assert response.status_code == (201 if accepted else 400)


def test_wrong_fields_are_refused_without_a_call(own: Api, zaken: ZakenApi, contact: str) -> None:
    response = own.post("/objectcontactmomenten", body(zaken.zaak(), contact) | {"objectType": "x"})
    assert [entry[:2] for entry in entries(response)] == [("objectType", "invalid_choice")]
    assert zaken.server.asked == []


def test_a_duplicate_is_refused_without_a_call(own: Api, zaken: ZakenApi, contact: str) -> None:
    _, zaak = related(own, zaken, contact)
    zaken.server.asked.clear()
    response = own.post("/objectcontactmomenten", body(zaak, contact))
    reason = "De velden contactmoment, object moeten een unieke set zijn."
    assert entries(response) == [("nonFieldErrors", "unique", reason)]
    assert zaken.server.asked == []


@pytest.mark.parametrize(
    ("reply", "part"),
    [
        (Reply(403, content={"detail": "Mag niet."}), "Mag niet."),
        (Reply(404, content=b""), "HTTP 404"),
        (Reply(500, content=b"boem"), "HTTP 500"),
        (Reply(204, content=b""), "HTTP 204"),
        (Reply(content=b"geen json"), "zaakcontactmomenten"),
        (Reply(content={"count": 1}), "zaakcontactmomenten"),
        (Reply(wait=30), "zaakcontactmomenten"),
    ],
    ids=["403", "404", "500", "204", "no json", "no list", "silent"],
)
def test_a_lookup_that_fails_is_one_clean_entry(
    own: Api, zaken: ZakenApi, contact: str, reply: Reply, part: str
) -> None:
    zaken.listing = reply
    begin = time.monotonic()
    response = own.post("/objectcontactmomenten", body(zaken.zaak(), contact))
    assert time.monotonic() - begin < TIMEOUT + 1
    [(name, code, reason)] = entries(response)
    assert (name, code) == ("nonFieldErrors", "relation-validation-error")
    assert part in reason


def test_both_questions_go_out_side_by_side(own: Api, zaken: ZakenApi, contact: str) -> None:
    slow = zaken.server.answer

    def answer(asked: Asked) -> Reply:
        reply = slow(asked)
        return Reply(reply.status, reply.content, wait=1.5)

    zaak = zaken.zaak()
    zaken.relations.add((zaak, contact))
    zaken.server.answer = answer
    begin = time.monotonic()
    assert own.post("/objectcontactmomenten", body(zaak, contact)).status_code == 201
    assert time.monotonic() - begin < 2.9


def test_our_own_contactmoment_can_be_read_during_the_call(
    own: Api, zaken: ZakenApi, contact: str
) -> None:
    """The Zaken API may call back while we wait for it, as no transaction is open."""
    answers: list[int] = []
    plain = zaken.server.answer

    def answer(asked: Asked) -> Reply:
        answers.append(own.get(contact).status_code)
        answers.append(own.patch(contact, {"tekst": "terugbellen"}).status_code)
        return plain(asked)

    zaak = zaken.zaak()
    zaken.relations.add((zaak, contact))
    zaken.server.answer = answer
    assert own.post("/objectcontactmomenten", body(zaak, contact)).status_code == 201
    assert set(answers) == {200}


def test_a_relation_is_deleted_once_the_source_has_it_no_more(
    own: Api, zaken: ZakenApi, contact: str
) -> None:
    relation, zaak = related(own, zaken, contact)
    assert entries(own.delete(relation["url"])) == [STILL_THERE]
    assert own.read(relation["url"]) == relation
    zaken.relations.discard((zaak, contact))
    assert own.delete(relation["url"]).status_code == 204
    assert own.get(relation["url"]).status_code == 404


def test_a_delete_asks_with_the_literal_string_of_the_create(
    own: Api, zaken: ZakenApi, contact: str
) -> None:
    literal = contact.replace(own.host, "alias.example.nl")
    relation, _ = related(own, zaken, literal)
    assert entries(own.delete(relation["url"])) == [STILL_THERE]


@pytest.mark.parametrize("status", [403, 404, 500, 204])
def test_a_delete_that_cannot_be_checked_is_refused(
    own: Api, zaken: ZakenApi, contact: str, status: int
) -> None:
    relation, _ = related(own, zaken, contact)
    zaken.listing = Reply(status)
    found = entries(own.delete(relation["url"]))
    assert [entry[:2] for entry in found] == [("nonFieldErrors", "relation-lookup-error")]
    assert own.read(relation["url"]) == relation


def test_a_contactmoment_is_deleted_without_asking(own: Api, zaken: ZakenApi, contact: str) -> None:
    relation, _ = related(own, zaken, contact)
    zaken.server.asked.clear()
    assert own.delete(contact).status_code == 204
    assert own.get(relation["url"]).status_code == 404
    assert zaken.server.asked == []


def test_a_create_whose_caller_hung_up_is_absent_or_complete(
    own: Api, zaken: ZakenApi, contact: str
) -> None:
    """Open Zaak gives up, rolls back, and tries again later: the retry must succeed or be clear."""
    plain = zaken.server.answer
    reached = threading.Event()

    def answer(asked: Asked) -> Reply:
        reached.set()
        reply = plain(asked)
        return Reply(reply.status, reply.content, wait=1.0)

    zaak = zaken.zaak()
    zaken.relations.add((zaak, contact))
    zaken.server.answer = answer
    hang_up_after(own, body(zaak, contact), reached)
    time.sleep(1.5)
    found = own.results("/objectcontactmomenten", contactmoment=contact)
    lines = [line for line in own.trail({"url": contact}) if line["resource"] != "contactmoment"]
    assert len(found) == len(lines) <= 1
    zaken.server.answer = plain
    retry = own.post("/objectcontactmomenten", body(zaak, contact))
    if found:
        assert [entry[:2] for entry in entries(retry)] == [("nonFieldErrors", "unique")]
    else:
        assert retry.status_code == 201


def hang_up_after(own: Api, content: JsonObject, reached: threading.Event) -> None:
    """Send a create and close the connection as soon as the source is being asked."""
    request = httpx.Request(
        "POST", f"{own.root}/objectcontactmomenten", json=content, headers=own.authorization()
    )
    host, port = own.host.split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = [f"POST {request.url.path} HTTP/1.1"]
        head += [f"{name}: {value}" for name, value in request.headers.items()]
        connection.sendall("\r\n".join([*head, "", ""]).encode() + request.content)
        assert reached.wait(5)
