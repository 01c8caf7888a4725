"""PUT /contactmomenten/{uuid}."""

import uuid

import pytest

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.values import CONTACTMOMENT_KEYS, MEDEWERKER_KEYS, OMIT, RSIN, JsonObject

REQUIRED = {"bronorganisatie": RSIN}
IDENTIFICATIE = {
    "identificatie": "m-1",
    "achternaam": "Vries",
    "voorletters": "A.",
    "voorvoegselAchternaam": "de",
}


def full(api: Api) -> JsonObject:
    """Create a contactmoment with a value in every field."""
    return api.moment(
        vorigContactmoment=api.moment()["url"],
        registratiedatum="2020-01-02T03:04:05Z",
        voorkeurskanaal="e-mail",
        voorkeurstaal="nld",
        tekst="tekst",
        onderwerpLinks=["https://example.nl/1"],
        initiatiefnemer="klant",
        medewerkerIdentificatie=IDENTIFICATIE,
    )


def test_anonymous_is_refused(api: Api, moment: JsonObject) -> None:
    expect.forbidden(api.as_client(None).put(moment["url"], REQUIRED))


def test_an_unknown_uuid_is_not_found(api: Api) -> None:
    expect.not_found(api.put(f"/contactmomenten/{uuid.uuid4()}", REQUIRED))


@pytest.mark.parametrize("body", [OMIT, {}, {"kanaal": "x"}], ids=repr)
def test_bronorganisatie_is_required(api: Api, moment: JsonObject, body: object) -> None:
    response = api.put(moment["url"], body)
    expect.invalid(response, at("bronorganisatie", expect.REQUIRED))
    assert api.read(moment["url"]) == moment


def test_omitted_fields_keep_their_stored_values(api: Api) -> None:
    before = full(api)
    response = api.put(before["url"], {"bronorganisatie": "000000000"})
    content = expect.answer(response, 200, expect.MOMENT)
    assert content == before | {"bronorganisatie": "000000000"}
    assert list(content) == CONTACTMOMENT_KEYS


def test_every_field_can_be_changed(api: Api) -> None:
    before = full(api)
    changes: JsonObject = {
        "vorigContactmoment": api.moment()["url"],
        "bronorganisatie": "000000000",
        "registratiedatum": "2021-01-02T03:04:05.000001Z",
        "kanaal": "balie",
        "voorkeurskanaal": "post",
        "voorkeurstaal": "fry",
        "tekst": "anders",
        "onderwerpLinks": [],
        "initiatiefnemer": "gemeente",
        "medewerker": api.standin.medewerker(),
        "medewerkerIdentificatie": dict.fromkeys(MEDEWERKER_KEYS, "x"),
    }
    content = expect.answer(api.put(before["url"], changes), 200, expect.MOMENT)
    assert content == before | changes
    assert api.read(before["url"]) == content


def test_registratiedatum_is_not_renewed(api: Api, moment: JsonObject) -> None:
    content = api.put(moment["url"], REQUIRED).json()
    assert content["registratiedatum"] == moment["registratiedatum"]


def test_url_and_volgend_contactmoment_cannot_be_written(api: Api, moment: JsonObject) -> None:
    body = REQUIRED | {"url": "http://x.nl/", "volgendContactmoment": moment["url"]}
    assert api.put(moment["url"], body).json() == moment


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("bronorganisatie", None, expect.NULL),
        ("bronorganisatie", "", expect.BLANK),
        ("registratiedatum", "", expect.DATETIME),
        ("kanaal", "x" * 51, expect.max_length(50)),
        ("voorkeurskanaal", None, expect.NULL),
        ("voorkeurstaal", "abcd", expect.max_length(3)),
        ("tekst", [], expect.NO_STRING),
        ("onderwerpLinks", "x", expect.not_a_list("str")),
        ("initiatiefnemer", "x", expect.invalid_choice("x")),
        ("medewerker", "abc", expect.NO_URL),
        ("vorigContactmoment", "abc", expect.NO_MATCH),
        ("vorigContactmoment", 1, expect.incorrect_type("int")),
    ],
)
def test_the_rules_of_create_hold(
    api: Api, moment: JsonObject, name: str, value: object, fault: expect.Fault
) -> None:
    expect.invalid(api.put(moment["url"], REQUIRED | {name: value}), at(name, fault))
    assert api.read(moment["url"]) == moment


@pytest.mark.parametrize("value", [OMIT, None, {}], ids=repr)
def test_an_identificatie_cannot_be_removed(api: Api, value: object) -> None:
    before = full(api)
    body = REQUIRED if value is OMIT else REQUIRED | {"medewerkerIdentificatie": value}
    assert api.put(before["url"], body).json()["medewerkerIdentificatie"] == IDENTIFICATIE


def test_only_the_given_parts_of_an_identificatie_change(api: Api) -> None:
    before = full(api)
    body = REQUIRED | {"medewerkerIdentificatie": {"achternaam": "Jansen"}}
    content = api.put(before["url"], body).json()
    assert content["medewerkerIdentificatie"] == IDENTIFICATIE | {"achternaam": "Jansen"}


def test_an_identificatie_is_created_where_there_was_none(api: Api, moment: JsonObject) -> None:
    body = REQUIRED | {"medewerkerIdentificatie": {"achternaam": "Jansen"}}
    content = api.put(moment["url"], body).json()
    assert content["medewerkerIdentificatie"] == {
        "identificatie": "",
        "achternaam": "Jansen",
        "voorletters": "",
        "voorvoegselAchternaam": "",
    }


def test_there_is_no_location_and_no_etag(api: Api, moment: JsonObject) -> None:
    response = api.put(moment["url"], REQUIRED)
    assert "location" not in response.headers
    assert "etag" not in response.headers


def test_a_body_must_be_an_object(api: Api, moment: JsonObject) -> None:
    expect.invalid(
        api.put(moment["url"], []), at("nonFieldErrors", expect.not_a_dictionary("list"))
    )
    expect.invalid(api.put(moment["url"], None), ("nonFieldErrors", "null", "No data provided"))
