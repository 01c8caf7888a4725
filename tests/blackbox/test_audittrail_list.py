"""GET and HEAD /contactmomenten/{contactmoment_uuid}/audittrail, and what is in it."""

import re
import time
import uuid
from collections.abc import Callable
from datetime import datetime

import pytest

from .support import clients, expect
from .support.api import Api
from .support.values import AUDIT_KEYS, OMIT, RSIN, JsonObject, uuid_of

ACTIES = {"update": "Object bijgewerkt", "partial_update": "Object deels bijgewerkt"}


def last(api: Api, moment: JsonObject) -> JsonObject:
    """Give the newest row of the trail."""
    return api.trail(moment)[-1]


def weergave(moment: JsonObject, medewerker: str) -> str:
    """Give the text that section 9.2 prescribes for a contactmoment."""
    datum = moment["registratiedatum"].replace("T", " ").replace("Z", "+00:00")
    return f"{moment['bronorganisatie']} {medewerker} at {datum} via {moment['kanaal']}"


def test_anonymous_is_refused(api: Api, moment: JsonObject) -> None:
    expect.forbidden(api.as_client(None).get(f"{moment['url']}/audittrail"))


def test_an_unknown_contactmoment_is_not_found(api: Api) -> None:
    expect.not_found(api.get(f"/contactmomenten/{uuid.uuid4()}/audittrail"))


@pytest.mark.parametrize("fragment", ["0", "a", "-", "abc", "4"])
def test_a_fragment_of_a_uuid_is_not_found(api: Api, moment: JsonObject, fragment: str) -> None:
    """D-23."""
    assert moment
    expect.not_found(api.get(f"/contactmomenten/{fragment}/audittrail"))


@pytest.mark.parametrize("form", [str.upper, lambda text: text.replace("-", "")])
def test_another_spelling_of_the_uuid_is_taken(
    api: Api, moment: JsonObject, form: Callable[[str], str]
) -> None:
    path = f"/contactmomenten/{form(uuid_of(moment['url']))}/audittrail"
    assert api.get(path).json() == api.trail(moment)


def test_it_is_a_plain_array_of_rows_with_the_keys_in_order(api: Api, moment: JsonObject) -> None:
    response = api.get(f"{moment['url']}/audittrail")
    assert response.headers["content-type"] == "application/json"
    expect.headers(response, expect.TRAIL)
    rows = response.json()
    assert isinstance(rows, list)
    assert [list(row) for row in rows] == [AUDIT_KEYS]
    assert list(rows[0]["wijzigingen"]) == ["oud", "nieuw"]


def test_query_parameters_are_ignored(api: Api, moment: JsonObject) -> None:
    response = api.get(f"{moment['url']}/audittrail", page="9", foo="1", format="xml")
    assert response.json() == api.trail(moment)


def test_head_has_the_headers_of_get_without_a_body(api: Api, moment: JsonObject) -> None:
    path = f"{moment['url']}/audittrail".removeprefix(api.root)
    head, get = api.raw("HEAD", path), api.raw("GET", path)
    assert (head.status_code, head.content) == (200, b"")
    expect.headers(head, expect.TRAIL)
    assert head.headers["content-length"] == str(len(get.content))


def test_the_row_of_a_create(api: Api) -> None:
    before = time.time()
    moment = api.moment()
    [row] = api.trail(moment)
    assert re.fullmatch(expect.UUID4, row.pop("uuid"))
    assert re.fullmatch(expect.MOMENT_OUT, row["aanmaakdatum"])
    stamp = datetime.fromisoformat(row.pop("aanmaakdatum")).timestamp()
    assert before - 1 <= stamp <= time.time() + 1
    assert row == {
        "bron": "cmc",
        "applicatieId": clients.APPLICATIE_ALLES,
        "applicatieWeergave": clients.LABEL_ALLES,
        "gebruikersId": "u-1",
        "gebruikersWeergave": "Uta Eén",
        "actie": "create",
        "actieWeergave": "Object aangemaakt",
        "resultaat": 201,
        "hoofdObject": moment["url"],
        "resource": "contactmoment",
        "resourceUrl": moment["url"],
        "toelichting": "",
        "resourceWeergave": weergave(moment, uuid_of(moment["medewerker"])),
        "wijzigingen": {"oud": None, "nieuw": moment},
    }


@pytest.mark.parametrize(
    ("method", "body", "actie"),
    [
        ("PUT", {"bronorganisatie": RSIN, "kanaal": "nieuw"}, "update"),
        ("PATCH", {"kanaal": "nieuw"}, "partial_update"),
        ("PATCH", {}, "partial_update"),
        ("PATCH", OMIT, "partial_update"),
    ],
    ids=["put", "patch", "empty object", "empty body"],
)
def test_the_row_of_a_change_describes_the_old_state(
    api: Api, moment: JsonObject, method: str, body: object, actie: str
) -> None:
    after = api.request(method, moment["url"], body).json()
    first, row = api.trail(moment)
    assert first["actie"] == "create"
    assert (row["actie"], row["actieWeergave"], row["resultaat"]) == (
        actie,
        ACTIES[actie],
        200,
    )
    assert row["wijzigingen"] == {"oud": moment, "nieuw": after}
    assert row["resourceWeergave"] == weergave(moment, uuid_of(moment["medewerker"]))
    assert row["hoofdObject"] == row["resourceUrl"] == moment["url"]
    assert (row["resource"], row["bron"]) == ("contactmoment", "cmc")


def test_rows_are_in_ascending_order_of_time(api: Api, moment: JsonObject) -> None:
    for number in range(5):
        api.patch(moment["url"], {"tekst": str(number)})
    rows = api.trail(moment)
    stamps = [datetime.fromisoformat(row["aanmaakdatum"]) for row in rows]
    assert stamps == sorted(stamps)
    assert [row["wijzigingen"]["nieuw"]["tekst"] for row in rows] == ["", *"01234"]


def test_it_is_never_cut_into_pages(api: Api, moment: JsonObject) -> None:
    for _ in range(101):
        api.patch(moment["url"], {})
    assert len(api.trail(moment)) == 102


def test_reads_lists_and_failures_leave_no_row(api: Api, moment: JsonObject) -> None:
    api.get(moment["url"])
    api.head(moment["url"])
    api.get("/contactmomenten", kanaal=moment["kanaal"])
    api.patch(moment["url"], {"kanaal": None})
    api.put(moment["url"], {})
    api.as_client(None).patch(moment["url"], {})
    api.trail(moment)
    assert len(api.trail(moment)) == 1


@pytest.mark.parametrize(
    ("medewerker", "part"),
    [
        ("/medewerkers/77", "77"),
        ("/medewerkers/77///", "77"),
        ("/medewerkers/77?x=1", "77?x=1"),
        ("/medewerkers/77?x=/9", "9"),
    ],
)
def test_resource_weergave_names_the_last_segment_of_medewerker(
    api: Api, medewerker: str, part: str
) -> None:
    moment = api.moment(medewerker=f"{api.standin.origin}{medewerker}")
    assert last(api, moment)["resourceWeergave"] == weergave(moment, part)


def test_resource_weergave_without_medewerker_has_two_blanks(api: Api) -> None:
    moment = api.moment(medewerker=OMIT, medewerkerIdentificatie={"achternaam": "Vries"})
    assert last(api, moment)["resourceWeergave"] == weergave(moment, "")
    assert "  at " in last(api, moment)["resourceWeergave"]


def test_resource_weergave_without_kanaal_ends_after_via(api: Api) -> None:
    moment = api.moment(kanaal="")
    assert last(api, moment)["resourceWeergave"].endswith("+00:00 via ")


def test_resource_weergave_leaves_out_a_fraction_of_zero(api: Api) -> None:
    moment = api.moment(registratiedatum="2020-01-02T03:04:05Z", kanaal="telefoon")
    part = uuid_of(moment["medewerker"])
    wanted = f"{RSIN} {part} at 2020-01-02 03:04:05+00:00 via telefoon"
    assert last(api, moment)["resourceWeergave"] == wanted


def test_resource_weergave_is_cut_at_200(api: Api) -> None:
    """D-22."""
    moment = api.moment(medewerker=f"{api.standin.origin}/m/{'é' * 180}", kanaal="k" * 50)
    assert last(api, moment)["resourceWeergave"] == weergave(moment, "é" * 180)[:200]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"wegens verhuizing", "wegens verhuizing"),
        (b"caf\xe9", "café"),
        ("café".encode(), "cafÃ©"),
        (b"", ""),
        (b"x" * 3000, "x" * 3000),
    ],
    ids=["ascii", "latin-1", "utf-8 read as latin-1", "empty", "long"],
)
def test_toelichting_is_the_header_read_as_latin_1(api: Api, sent: bytes, kept: str) -> None:
    headers = {"X-Audit-Toelichting": sent}
    response = api.post("/contactmomenten", api.moment_body(), headers=headers)
    moment = response.json()
    api.patch(moment["url"], {}, headers=headers)
    assert [row["toelichting"] for row in api.trail(moment)] == [kept, kept]


@pytest.mark.parametrize(
    ("value", "kept"),
    [(OMIT, ""), (None, ""), ("", ""), (77, "77"), ("jan", "jan"), ("é" * 300, "é" * 255)],
    ids=["missing", "null", "empty", "number", "text", "300 characters"],
)
def test_the_user_comes_from_the_token(api: Api, value: object, kept: str) -> None:
    claims = {"user_id": value, "user_representation": value}
    response = api.request("POST", "/contactmomenten", api.moment_body(), claims=claims)
    row = last(api, response.json())
    assert (row["gebruikersId"], row["gebruikersWeergave"]) == (kept, kept)


@pytest.mark.parametrize("value", [[1], {"a": 1}, True, 1.5, "a\0b", "\ud800"], ids=repr)
def test_an_odd_user_in_the_token_never_crashes(api: Api, value: object) -> None:
    claims = {"user_id": value, "user_representation": value}
    response = api.request("POST", "/contactmomenten", api.moment_body(), claims=claims)
    assert response.status_code in {201, 403}


def test_of_several_applications_the_first_is_named(api: Api) -> None:
    moment = api.as_client(clients.UNIE).moment()
    row = last(api, moment)
    assert row["applicatieId"] == clients.APPLICATIE_UNIE
    assert row["applicatieWeergave"] == clients.LABEL_UNIE


def test_the_application_header_is_no_more_than_a_fallback(api: Api) -> None:
    headers = {
        "X-NLX-Request-Application-Id": "nlx-app",
        "X-NLX-Request-User-Id": "nlx-user",
    }
    response = api.post("/contactmomenten", api.moment_body(), headers=headers)
    row = last(api, response.json())
    assert row["applicatieId"] == clients.APPLICATIE_ALLES
    assert row["gebruikersId"] == "u-1"


@pytest.mark.parametrize("value", ["", "abc-123", "x" * 256, "x" * 4000])
def test_any_logrecord_id_is_taken(api: Api, value: str) -> None:
    """D-22."""
    headers = {"X-NLX-Logrecord-ID": value}
    response = api.post("/contactmomenten", api.moment_body(), headers=headers)
    assert response.status_code == 201
    assert api.patch(response.json()["url"], {}, headers=headers).status_code == 200


def test_urls_in_a_row_are_those_of_the_writer(api: Api) -> None:
    headers = {"Host": "inway.example.nl"}
    written = api.post("/contactmomenten", api.moment_body(), headers=headers).json()
    path = f"/contactmomenten/{uuid_of(written['url'])}"
    [row] = api.get(f"{path}/audittrail").json()
    assert row["hoofdObject"] == row["resourceUrl"] == written["url"]
    assert row["wijzigingen"]["nieuw"] == written
    assert written["url"].startswith("http://inway.example.nl/api/v1/")


def test_deleting_through_another_host_leaves_no_rows(api: Api) -> None:
    """D-13."""
    headers = {"Host": "inway.example.nl"}
    written = api.post("/contactmomenten", api.moment_body(), headers=headers).json()
    path = f"/contactmomenten/{uuid_of(written['url'])}"
    expect.deleted(api.delete(path), expect.MOMENT)
    expect.not_found(api.get(f"{path}/audittrail"))
    expect.not_found(api.get(f"{path}/audittrail", headers))


def _relation(api: Api, kind: str, moment: JsonObject) -> JsonObject:
    return api.klant(moment) if kind == "klantcontactmoment" else api.object(moment)


@pytest.mark.parametrize("kind", ["klantcontactmoment", "objectcontactmoment"])
def test_creating_a_relation_is_in_the_trail(api: Api, moment: JsonObject, kind: str) -> None:
    """D-24."""
    relation = _relation(api, kind, moment)
    first, row = api.trail(moment)
    assert first["resource"] == "contactmoment"
    assert re.fullmatch(expect.UUID4, row.pop("uuid"))
    assert re.fullmatch(expect.MOMENT_OUT, row.pop("aanmaakdatum"))
    assert 1 <= len(row.pop("resourceWeergave")) <= 200
    assert row == {
        "bron": "cmc",
        "applicatieId": clients.APPLICATIE_ALLES,
        "applicatieWeergave": clients.LABEL_ALLES,
        "gebruikersId": "u-1",
        "gebruikersWeergave": "Uta Eén",
        "actie": "create",
        "actieWeergave": "Object aangemaakt",
        "resultaat": 201,
        "hoofdObject": moment["url"],
        "resource": kind,
        "resourceUrl": relation["url"],
        "toelichting": "",
        "wijzigingen": {"oud": None, "nieuw": relation},
    }


@pytest.mark.parametrize("kind", ["klantcontactmoment", "objectcontactmoment"])
def test_deleting_a_relation_is_in_the_trail(api: Api, moment: JsonObject, kind: str) -> None:
    """D-24."""
    relation = _relation(api, kind, moment)
    if kind == "objectcontactmoment":
        api.standin.forget(relation["object"])
    headers = {"X-Audit-Toelichting": "vergissing"}
    expect.deleted(api.delete(relation["url"], headers=headers), expect.RELATION)
    row = last(api, moment)
    assert (row["actie"], row["actieWeergave"]) == ("destroy", "Object verwijderd")
    assert (row["resultaat"], row["resource"], row["toelichting"]) == (204, kind, "vergissing")
    assert (row["hoofdObject"], row["resourceUrl"]) == (moment["url"], relation["url"])
    assert row["wijzigingen"] == {"oud": relation, "nieuw": None}
    assert len(api.trail(moment)) == 3


@pytest.mark.parametrize("kind", ["klantcontactmoment", "objectcontactmoment"])
def test_creating_a_relation_reads_the_audit_headers(
    api: Api, moment: JsonObject, kind: str
) -> None:
    """D-24."""
    make = api.klant_body if kind == "klantcontactmoment" else api.object_body
    headers: dict[str, str | bytes] = {
        "X-Audit-Toelichting": b"caf\xe9",
        "X-NLX-Logrecord-ID": "x" * 256,
    }
    response = api.post(f"/{kind}en", make(moment["url"]), headers=headers)
    assert response.status_code == 201
    assert last(api, moment)["toelichting"] == "café"


@pytest.mark.parametrize("kind", ["klantcontactmoment", "objectcontactmoment"])
def test_resource_weergave_of_a_relation_is_cut_at_200(api: Api, kind: str) -> None:
    moment = api.moment(medewerker=f"{api.standin.origin}/m/{'m' * 180}")
    _relation(api, kind, moment)
    assert 1 <= len(last(api, moment)["resourceWeergave"]) <= 200


def test_a_refused_relation_leaves_no_row(api: Api, moment: JsonObject) -> None:
    api.post("/klantcontactmomenten", api.klant_body(moment["url"], rol="x"))
    api.post("/objectcontactmomenten", api.object_body(moment["url"], objectType="x"))
    assert len(api.trail(moment)) == 1
