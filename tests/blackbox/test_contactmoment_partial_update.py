"""PATCH /contactmomenten/{uuid}."""

import uuid
from collections.abc import Callable

import pytest

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.values import CONTACTMOMENT_KEYS, MEDEWERKER_KEYS, OMIT, JsonObject


def test_anonymous_is_refused(api: Api, moment: JsonObject) -> None:
    expect.forbidden(api.as_client(None).patch(moment["url"], {}))


def test_an_unknown_uuid_is_not_found(api: Api) -> None:
    expect.not_found(api.patch(f"/contactmomenten/{uuid.uuid4()}", {}))


@pytest.mark.parametrize("body", [OMIT, {}], ids=["no body", "empty object"])
def test_nothing_is_required(api: Api, moment: JsonObject, body: object) -> None:
    content = expect.answer(api.patch(moment["url"], body), 200, expect.MOMENT)
    assert content == moment
    assert list(content) == CONTACTMOMENT_KEYS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bronorganisatie", "000000012"),
        ("registratiedatum", "2021-01-02T03:04:05.000001Z"),
        ("kanaal", "balie"),
        ("kanaal", ""),
        ("voorkeurskanaal", "post"),
        ("voorkeurstaal", "fry"),
        ("tekst", "anders"),
        ("onderwerpLinks", ["https://example.nl/2"]),
        ("initiatiefnemer", "gemeente"),
        ("initiatiefnemer", ""),
        ("medewerkerIdentificatie", dict.fromkeys(MEDEWERKER_KEYS, "y")),
    ],
)
def test_one_field_changes_and_nothing_else(
    api: Api, moment: JsonObject, name: str, value: object
) -> None:
    content = expect.answer(api.patch(moment["url"], {name: value}), 200, expect.MOMENT)
    assert content == moment | {name: value}
    assert api.read(moment["url"]) == content


def test_medewerker_changes(api: Api, moment: JsonObject) -> None:
    medewerker = api.standin.medewerker()
    content = api.patch(moment["url"], {"medewerker": medewerker}).json()
    assert content == moment | {"medewerker": medewerker}


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("bronorganisatie", None, expect.NULL),
        ("bronorganisatie", "", expect.BLANK),
        ("bronorganisatie", "12345678", ("invalid-length", "RSIN moet 9 tekens lang zijn.")),
        ("registratiedatum", None, expect.NULL),
        ("registratiedatum", "2020-01-01", expect.DATETIME),
        ("kanaal", None, expect.NULL),
        ("kanaal", "x" * 51, expect.max_length(50)),
        ("voorkeurskanaal", True, expect.NO_STRING),
        ("voorkeurstaal", "abcd", expect.max_length(3)),
        ("tekst", "\0", expect.NUL),
        ("onderwerpLinks", None, expect.NULL),
        ("onderwerpLinks", {}, expect.not_a_list("dict")),
        ("initiatiefnemer", None, expect.NULL),
        ("initiatiefnemer", "x", expect.invalid_choice("x")),
        ("medewerker", None, expect.NULL),
        ("medewerker", "abc", expect.NO_URL),
        ("vorigContactmoment", "abc", expect.NO_MATCH),
        ("vorigContactmoment", [], expect.incorrect_type("list")),
    ],
)
def test_the_rules_of_create_hold(
    api: Api, moment: JsonObject, name: str, value: object, fault: expect.Fault
) -> None:
    expect.invalid(api.patch(moment["url"], {name: value}), at(name, fault))
    assert api.read(moment["url"]) == moment


@pytest.mark.parametrize("value", [None, {}], ids=repr)
def test_an_identificatie_cannot_be_removed(api: Api, value: object) -> None:
    before = api.moment(medewerkerIdentificatie={"achternaam": "Vries"})
    content = api.patch(before["url"], {"medewerkerIdentificatie": value}).json()
    assert content == before


def test_only_the_given_parts_of_an_identificatie_change(api: Api) -> None:
    before = api.moment(medewerkerIdentificatie={"achternaam": "Vries", "voorletters": "A."})
    body = {"medewerkerIdentificatie": {"achternaam": "", "identificatie": "7"}}
    content = api.patch(before["url"], body).json()
    assert content["medewerkerIdentificatie"] == {
        "identificatie": "7",
        "achternaam": "",
        "voorletters": "A.",
        "voorvoegselAchternaam": "",
    }


@pytest.mark.parametrize("value", [None, {}], ids=repr)
def test_no_identificatie_is_created_out_of_nothing(
    api: Api, moment: JsonObject, value: object
) -> None:
    content = api.patch(moment["url"], {"medewerkerIdentificatie": value}).json()
    assert content["medewerkerIdentificatie"] is None


def test_medewerker_can_be_cleared_beside_an_identificatie(api: Api) -> None:
    before = api.moment(medewerkerIdentificatie={"achternaam": "Vries"})
    content = expect.answer(api.patch(before["url"], {"medewerker": ""}), 200, expect.MOMENT)
    assert content["medewerker"] == ""


def test_medewerker_cleared_without_an_identificatie_never_crashes(
    api: Api, moment: JsonObject
) -> None:
    """D-15 leaves the choice; recommended is 200."""
    response = api.patch(moment["url"], {"medewerker": ""})
    if response.status_code == 200:
        assert response.json()["medewerker"] == ""
    else:
        assert expect.entries(response)[0][:2] == ("nonFieldErrors", "invalid-medewerker")


def test_a_refused_change_changes_nothing(api: Api, moment: JsonObject) -> None:
    response = api.patch(moment["url"], {"tekst": "nieuw", "kanaal": None})
    expect.invalid(response, at("kanaal", expect.NULL))
    assert api.read(moment["url"]) == moment


def test_there_is_no_location_and_no_etag(api: Api, moment: JsonObject) -> None:
    response = api.patch(moment["url"], {})
    assert "location" not in response.headers
    assert "etag" not in response.headers


@pytest.mark.parametrize("form", [str.upper, lambda text: text.replace("-", "")])
def test_another_spelling_of_the_uuid_is_taken(
    api: Api, moment: JsonObject, form: Callable[[str], str]
) -> None:
    path = f"/contactmomenten/{form(moment['url'].rsplit('/', 1)[1])}"
    assert api.patch(path, {}).json() == moment
